#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <stop_token>
#include <vector>

#include <QObject>

#include "base/result.h"
#include "gallery/gallery_entry.h"

/// Everything made, kept as files in a plain folder by date; the index only finds it fast.
namespace unfog {

class GalleryDatabase;
class TaskThread;

/// ~/Pictures/Unfog
QString defaultGalleryFolder();

/// A picture in the trash, enough to bring it back.
struct TrashedPicture {
    GalleryEntry entry;
    QString trashFile;
    QString trashSidecar; ///< "" = it had none
    QString ownTrash;     ///< folder of our own trash when the system's could not be used, else ""
};

/// GUI thread only; signals arrive there. Reads answer at once; changes are made on the store's own
/// thread, in order, and reported by signals.
class GalleryStore final : public QObject {
    Q_OBJECT

public:
    /// Fails when the index is of a newer version or a folder cannot be made. A damaged index is set aside
    /// and made again from the images: at once when opening shows it, later when a read does or, after a
    /// session that did not end as it should, the check in the background; failed() then says so. notice()
    /// says what was repaired; an index that had to be made new is filled from the files by itself, from the
    /// next turn of the event loop on.
    static Result<std::unique_ptr<GalleryStore>> open(const QString& folder, const QString& databaseFile);
    ~GalleryStore() override;

    const QString& folder() const { return m_folder; }
    const QString& databaseFile() const { return m_databaseFile; }
    const QString& notice() const { return m_notice; } ///< migrated or moved aside on opening; "" = nothing

    /// Each move to the trash of earlier sessions that can still be undone, the last one last.
    const QList<QList<TrashedPicture>>& trashedBefore() const { return m_trashedBefore; }

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
    /// To the trash (gallery/picture_trash.h), sidecar too. Answered by trashed(); what could not be moved
    /// stays and is told by failed().
    void trash(const QList<PictureId>& ids);
    /// Back to where they were (another name if that is taken). Answered by restored(); what could not be
    /// brought back is told by failed().
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
    /// `left`: could not be brought back now and still lie in the trash.
    void restored(const QList<unfog::PictureId>& ids, const QList<unfog::TrashedPicture>& left);
    void found(quint64 ticket, const std::vector<unfog::PictureId>& ids);
    void reset(); ///< the index was made anew: no id of before is valid
    /// Files looked at; (0, 0) when a rebuild begins, before the files are counted. scanEnded comes after it.
    void scanProgress(int done, int total);
    void scanEnded(int newCount, int missingCount, bool cancelled);
    void
    failed(const QString& message); ///< show it: an index that silently misses pictures is worse than none

private:
    struct Trash;
    struct Connection; ///< opened and closed by the thread that uses it
    struct Search;

    GalleryStore(QString folder, QString databaseFile, QString notice,
                 std::unique_ptr<GalleryDatabase> reader);
    void change(std::function<void(GalleryDatabase&)> task);
    void report(std::function<void()> function) const;
    void complain(const Error& error) const;
    void beginScan(bool readAll);
    void scan(bool readAll, std::stop_token stop);
    void putLater(const QList<GalleryEntry>& entries);
    void makeIndexAnew();
    void repair();
    void readTrashLog();
    void writeTrashLog() const;
    void closeConnections();

    const QString m_folder;
    const QString m_databaseFile;
    QString m_notice;
    QList<QList<TrashedPicture>> m_trashedBefore;
    std::shared_ptr<Trash> m_trash; ///< the writer's
    bool m_scanning = false;
    bool m_repairWanted = false; ///< when the scan has ended
    mutable std::atomic<bool> m_isRepairing = false;
    mutable std::atomic<bool> m_isRepaired =
        false; ///< once a session: a disk that fails is not written to for ever
    std::stop_source m_scanStop;
    std::unique_ptr<GalleryDatabase> m_reader;
    std::shared_ptr<Connection> m_writer;
    std::shared_ptr<Search> m_search;
    // In this order: the scan hands its finds to the writer, so it ends first.
    std::unique_ptr<TaskThread> m_writeThread;
    std::unique_ptr<TaskThread> m_searchThread;
    std::unique_ptr<TaskThread> m_scanThread;
};

} // namespace unfog

Q_DECLARE_METATYPE(unfog::TrashedPicture)
