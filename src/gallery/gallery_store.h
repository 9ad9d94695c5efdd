#pragma once

#include <memory>
#include <stop_token>
#include <vector>

#include <QObject>

#include "gallery/gallery_entry.h"
#include "generation/result.h"

/// Everything made, kept as files in a plain folder by date; the index only finds it fast.
namespace unfog {

class GalleryDatabase;
class TaskThread;

/// ~/Pictures/Unfog
QString defaultGalleryFolder();

/// A picture in the system's trash, enough to bring it back.
struct TrashedPicture {
    GalleryEntry entry;
    QString trashFile;
    QString trashSidecar; ///< "" = it had none
};

/// GUI thread only; signals arrive there. Reads answer at once; changes are made on the store's own
/// thread, in order, and reported by signals.
class GalleryStore final : public QObject {
    Q_OBJECT

public:
    /// Fails when the index is of a newer version or its folder cannot be written. notice() says what was
    /// repaired.
    static Result<std::unique_ptr<GalleryStore>> open(const QString& folder, const QString& databaseFile);
    ~GalleryStore() override;

    const QString& folder() const { return m_folder; }
    const QString& databaseFile() const { return m_databaseFile; }
    const QString& notice() const { return m_notice; } ///< migrated or moved aside on opening; "" = nothing
    bool needsRebuild() const
    {
        return m_needsRebuild;
    } ///< the index is new while the folder may hold pictures

    // Reads.
    std::vector<PictureId> find(const GalleryFilter& filter) const;
    bool matches(PictureId id, const GalleryFilter& filter) const;
    QList<GalleryEntry> fetch(const QList<PictureId>& ids) const;
    std::optional<GalleryDetails> details(PictureId id) const;
    qint64 count() const;

    /// The same as find(), on another thread; the newest call wins. Answered by found() with the number
    /// returned here.
    quint64 findLater(const GalleryFilter& filter);

    // Changes.
    /// A file inside the folder, just written. Its own text decides what is kept of it.
    void add(const QString& file);
    void setStars(const QList<PictureId>& ids, int stars);
    /// To the system's trash, sidecar too. Answered by trashed(); what could not be moved stays and is told
    /// by failed().
    void trash(const QList<PictureId>& ids);
    /// Back to where they were (another name if that is taken).
    void restore(const QList<TrashedPicture>& pictures);
    /// Looks for new, changed-place and missing files; nothing is ever removed. Answered by scanEnded.
    void rescan();
    /// Reads every file again and makes the text index anew.
    void rebuild();
    void cancelScan();
    bool isScanning() const { return m_scanning; }
    /// Returns when all changes asked for so far are made (their signals may still be on the way).
    void drain();

Q_SIGNALS:
    void added(const QList<unfog::PictureId>& ids);
    void changed(const QList<unfog::PictureId>& ids); ///< stars, missing, or read anew
    void removed(const QList<unfog::PictureId>& ids);
    void trashed(const QList<unfog::TrashedPicture>& pictures);
    void restored(const QList<unfog::PictureId>& ids);
    void found(quint64 ticket, const std::vector<unfog::PictureId>& ids);
    void scanProgress(int done, int total);
    void scanEnded(int newCount, int missingCount, bool cancelled);
    void
    failed(const QString& message); ///< show it: an index that silently misses pictures is worse than none

private:
    GalleryStore(QString folder, QString databaseFile, QString notice, bool needsRebuild);
    void scan(bool readAll);
    template <class Task>
    void change(Task task);

    const QString m_folder;
    const QString m_databaseFile;
    const QString m_notice;
    const bool m_needsRebuild;
    bool m_scanning = false;
    std::stop_source m_scanStop;
    struct Search;
    std::shared_ptr<Search> m_search;
    std::unique_ptr<GalleryDatabase> m_reader;
    struct Writer;
    std::shared_ptr<Writer> m_writer;
    std::unique_ptr<TaskThread> m_scanThread;
    std::unique_ptr<TaskThread> m_searchThread;
    std::unique_ptr<TaskThread> m_writeThread;
};

} // namespace unfog

Q_DECLARE_METATYPE(unfog::TrashedPicture)
