#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <QHash>
#include <QList>
#include <QSqlDatabase>
#include <QString>

#include "gallery/gallery_entry.h"
#include "generation/result.h"

/// One connection to the index, on the thread that opened it. Knows SQL, no files but its own.
namespace unfog {

class GalleryDatabase final {
public:
    /// The schema this program writes: the number of the last script in :/unfog/gallery/schema.
    static int newestVersion();

    /// What is found at `file` when it is opened to be used.
    enum class State { Ready, Absent, Older, Newer, Garbage };
    static Result<State> inspect(const QString& file);

    /// Makes the file usable: creates it, or backs an older one up (".backup-vN") and migrates it in one
    /// transaction, or moves garbage aside (".corrupt-DATE", with -wal and -shm) and creates it anew. A newer
    /// version is refused and left as it is. Returns one sentence when something was moved aside or migrated,
    /// else "". `faultAt` is for tests: called before each statement of a migration, true = fail there.
    static Result<QString> prepare(const QString& file, const std::function<bool(int)>& faultAt = {});

    /// After prepare(). `folder` is the root that file names are kept relative to.
    static Result<std::unique_ptr<GalleryDatabase>> open(const QString& file, const QString& folder,
                                                         bool readOnly = false);
    ~GalleryDatabase();
    GalleryDatabase(const GalleryDatabase&) = delete;
    GalleryDatabase& operator=(const GalleryDatabase&) = delete;

    /// In one transaction: new by file name, or brought up to date. Returns the ids, in order. A picture that
    /// went missing and has the same content hash under another name is the same picture, moved.
    Result<QList<PictureId>> put(const QList<GalleryEntry>& entries);
    Result<void> setStars(const QList<PictureId>& ids, int stars);
    Result<void> setMissing(const QList<PictureId>& ids, bool missing);
    Result<void> remove(const QList<PictureId>& ids);

    /// Newest first.
    Result<std::vector<PictureId>> find(const GalleryFilter& filter) const;
    bool matches(PictureId id, const GalleryFilter& filter) const;
    Result<QList<GalleryEntry>>
    fetch(const QList<PictureId>& ids) const; ///< in the order asked; unknown ids left out
    Result<std::optional<GalleryEntry>> findFile(const QString& file) const;
    /// File name (absolute) → id and missing flag, of everything.
    struct Known {
        PictureId id = 0;
        bool missing = false;
    };
    Result<QHash<QString, Known>> knownFiles() const;
    Result<qint64> count() const;
    /// "" = sound, else the first complaint of the integrity check.
    QString complaint() const;
    /// Makes the text index again from the rows.
    Result<void> rebuildTextIndex();

private:
    GalleryDatabase(QString connection, QString folder);
    QSqlDatabase database() const;
    QString relative(const QString& file) const;
    QString absolute(const QString& file) const;

    const QString m_connection;
    const QString m_folder;
};

} // namespace unfog
