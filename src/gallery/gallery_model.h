#pragma once

#include <deque>
#include <vector>

#include <QAbstractListModel>
#include <QHash>

#include "gallery/gallery_store.h"

/// The gallery as rows, newest first. Holds the ids of what the filter lets through; what a row shows
/// is fetched in windows around what is looked at.
namespace unfog {

class ThumbnailCache;

class GalleryModel final : public QAbstractListModel {
    Q_OBJECT

public:
    enum Role {
        IdRole = Qt::UserRole + 1, ///< qint64
        FileRole,
        PromptRole,
        NegativePromptRole,
        SeedRole, ///< quint64
        StarsRole,
        MissingRole,
        CreatedRole,
        SizeRole, ///< QSize of the picture
        ParametersRole,
        EntryRole,           ///< unfog::GalleryEntry
        ThumbnailBrokenRole, ///< the file cannot be shown
    };
    static constexpr int kWindow = 64;
    static constexpr int kMaxDragged = 500; ///< files in one drag: more make other programs stall

    /// Both must outlive the model; `thumbnails` may be null (no DecorationRole).
    GalleryModel(GalleryStore& store, ThumbnailCache* thumbnails, QObject* parent = nullptr);

    /// Searches on another thread; rows change when filterApplied comes. The newest call wins.
    void setFilter(const GalleryFilter& filter);
    const GalleryFilter& filter() const { return m_filter; }
    bool isSearching() const { return m_ticket != 0; }
    /// Side of the square that a thumbnail fills at most, in logical pixels, and the window's own ratio.
    void setThumbnailSize(int sidePx, double devicePixelRatio);

    PictureId idAt(int row) const;
    int rowOf(PictureId id) const; ///< −1 = not shown; looks through all ids
    GalleryEntry entryAt(int row) const;
    /// Everything the filter lets through, newest first: "export the whole search result".
    const std::vector<PictureId>& ids() const { return m_ids; }

    int rowCount(const QModelIndex& parent = {}) const override;
    /// DecorationRole is a QImage with its device pixel ratio set, or null until it is made.
    QVariant data(const QModelIndex& index, int role) const override;
    QHash<int, QByteArray> roleNames() const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    QStringList mimeTypes() const override;
    /// Files, for other programs: of the first kMaxDragged rows.
    QMimeData* mimeData(const QModelIndexList& indexes) const override;
    Qt::DropActions supportedDragActions() const override;

Q_SIGNALS:
    void filterApplied(int count);

private:
    const GalleryEntry* entry(int row) const;
    void fetchWindow(int row) const;
    void onFound(quint64 ticket, const std::vector<PictureId>& ids);
    void onAdded(const QList<PictureId>& ids);
    void onChanged(const QList<PictureId>& ids);
    void onRemoved(const QList<PictureId>& ids);
    void onThumbnail(const QString& contentHash);
    void search();
    void retryThumbnails(const QList<PictureId>& ids);
    void insertById(PictureId id);
    void removeRowAt(int row);

    GalleryStore& m_store;
    ThumbnailCache* m_thumbnails;
    GalleryFilter m_filter;
    quint64 m_ticket = 0;   ///< of the search under way; 0 = none
    bool m_isStale = false; ///< something changed while it was under way
    int m_sidePx = 160;
    double m_devicePixelRatio = 1.0;
    std::vector<PictureId> m_ids;
    mutable QHash<PictureId, GalleryEntry> m_entries; ///< at most kMaxEntries, oldest fetched go first
    mutable std::deque<PictureId> m_fetched;
    mutable QHash<QString, QList<PictureId>> m_waitingForThumbnail; ///< content hash → ids shown
};

} // namespace unfog
