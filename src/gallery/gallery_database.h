#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <QHash>
#include <QList>
#include <QString>

#include "base/result.h"
#include "gallery/gallery_entry.h"
#include "gallery/sql.h"

/// One connection to the index, on the thread that opened it. Knows SQL, no files but its own.
namespace unfog {

class GalleryDatabase final {
public:
    /// After prepareIndex() (gallery/gallery_schema.h). `folder` is the root that file names are kept
    /// relative to.
    static Result<std::unique_ptr<GalleryDatabase>> open(const QString& file, const QString& folder,
                                                         bool readOnly = false);
    ~GalleryDatabase();
    GalleryDatabase(const GalleryDatabase&) = delete;
    GalleryDatabase& operator=(const GalleryDatabase&) = delete;

    struct Put {
        PictureId id = 0;
        bool isNew = false;
    };
    /// In one transaction: new by file name, or brought up to date. In the order given. A picture that went
    /// missing and has the same content hash under another name is the same picture, moved.
    Result<QList<Put>> put(const QList<GalleryEntry>& entries);
    Result<void> setStars(const QList<PictureId>& ids, int stars);
    Result<void> setMissing(const QList<PictureId>& ids, bool missing);
    Result<void> remove(const QList<PictureId>& ids);

    /// Newest first.
    Result<std::vector<PictureId>> find(const GalleryFilter& filter) const;
    bool matches(PictureId id, const GalleryFilter& filter) const;
    Result<QList<GalleryEntry>>
    fetch(const QList<PictureId>& ids) const; ///< in the order asked; unknown ids left out
    /// File name (absolute) → id and missing flag, of everything.
    struct Known {
        PictureId id = 0;
        bool missing = false;
    };
    Result<QHash<QString, Known>> knownFiles() const;
    Result<qint64> count() const;
    /// "" = sound, else the first complaint of the integrity checks of the file and of the text index. Not on
    /// a connection that only reads.
    QString complaint() const;
    /// Makes the text index again from the rows.
    Result<void> rebuildTextIndex();

private:
    GalleryDatabase(SqlConnection connection, QString folder);
    /// Ids newest first with their stars, as they were at `state`.
    struct Order {
        std::pair<qint64, qint64> state{-1, -1};
        std::vector<PictureId> ids;
        std::vector<std::int8_t> stars;
        PictureId highestId = 0;
    };

    Result<Put> putOne(const GalleryEntry& entry);
    Result<void> putText(PictureId id, const QString& text);
    Result<void> refreshOrder() const;
    QString relative(const QString& file) const;
    QString absolute(const QString& file) const;

    const SqlConnection m_connection;
    const QString m_folder; ///< with "/" at its end
    mutable Order m_order;
};

} // namespace unfog
