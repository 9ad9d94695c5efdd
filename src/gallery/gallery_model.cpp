#include "gallery/gallery_model.h"

#include <algorithm>

#include <QMimeData>
#include <QSize>
#include <QUrl>

#include "gallery/thumbnail_cache.h"

namespace unfog {

namespace {

constexpr std::size_t kMaxEntries = 4096;
constexpr qsizetype kMaxSingly = 32; // more than that at once: one search is cheaper than row by row

} // namespace

GalleryModel::GalleryModel(GalleryStore& store, ThumbnailCache* thumbnails, QObject* parent)
    : QAbstractListModel(parent), m_store(store), m_thumbnails(thumbnails)
{
    connect(&store, &GalleryStore::found, this, &GalleryModel::onFound);
    connect(&store, &GalleryStore::added, this, &GalleryModel::onAdded);
    connect(&store, &GalleryStore::changed, this, &GalleryModel::onChanged);
    connect(&store, &GalleryStore::removed, this, &GalleryModel::onRemoved);
    connect(&store, &GalleryStore::reset, this, [this] {
        beginResetModel();
        m_ids.clear();
        m_entries.clear();
        m_fetched.clear();
        endResetModel();
        search();
    });
    if (thumbnails)
        connect(thumbnails, &ThumbnailCache::ready, this, &GalleryModel::onThumbnail);
    search();
}

void GalleryModel::setFilter(const GalleryFilter& filter)
{
    m_filter = filter;
    search();
}

void GalleryModel::search()
{
    m_isStale = false;
    m_ticket = m_store.findLater(m_filter);
}

void GalleryModel::setThumbnailSize(int sidePx, double devicePixelRatio)
{
    if (m_sidePx == sidePx && m_devicePixelRatio == devicePixelRatio)
        return;
    m_sidePx = sidePx;
    m_devicePixelRatio = devicePixelRatio;
    m_waitingForThumbnail.clear();
    if (!m_ids.empty())
        Q_EMIT dataChanged(index(0), index(rowCount() - 1), {Qt::DecorationRole});
}

PictureId GalleryModel::idAt(int row) const
{
    return row >= 0 && row < rowCount() ? m_ids[static_cast<std::size_t>(row)] : 0;
}

int GalleryModel::rowOf(PictureId id) const
{
    const auto found = std::find(m_ids.begin(), m_ids.end(), id);
    return found == m_ids.end() ? -1 : static_cast<int>(found - m_ids.begin());
}

GalleryEntry GalleryModel::entryAt(int row) const
{
    const GalleryEntry* found = row >= 0 && row < rowCount() ? entry(row) : nullptr;
    return found ? *found : GalleryEntry();
}

int GalleryModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_ids.size());
}

const GalleryEntry* GalleryModel::entry(int row) const
{
    const PictureId id = m_ids[static_cast<std::size_t>(row)];
    auto found = m_entries.constFind(id);
    if (found == m_entries.constEnd()) {
        fetchWindow(row);
        found = m_entries.constFind(id);
    }
    return found == m_entries.constEnd() ? nullptr : &*found;
}

void GalleryModel::fetchWindow(int row) const
{
    const int begin = row / kWindow * kWindow;
    const int end = std::min(begin + kWindow, rowCount());
    QList<PictureId> ids;
    for (int i = begin; i < end; ++i) {
        const PictureId id = m_ids[static_cast<std::size_t>(i)];
        if (!m_entries.contains(id))
            ids.append(id);
    }
    for (const GalleryEntry& fetched : m_store.fetch(ids)) {
        m_entries.insert(fetched.id, fetched);
        m_fetched.push_back(fetched.id);
    }
    while (m_fetched.size() > kMaxEntries) {
        m_entries.remove(m_fetched.front());
        m_fetched.pop_front();
    }
}

QVariant GalleryModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    if (role == IdRole)
        return QVariant::fromValue(idAt(index.row()));
    const GalleryEntry* shown = entry(index.row());
    if (!shown)
        return {};
    switch (role) {
    case Qt::DisplayRole:
    case Qt::AccessibleTextRole:
        return shown->prompt.trimmed().isEmpty() ? tr("(no prompt)") : shown->prompt.simplified();
    case Qt::ToolTipRole:
        return shown->parameters.isEmpty() ? shown->file : shown->parameters;
    case Qt::DecorationRole: {
        if (!m_thumbnails)
            return {};
        const QImage image =
            m_thumbnails->thumbnail(shown->contentHash, shown->file, m_sidePx, m_devicePixelRatio);
        if (!image.isNull())
            return image;
        QList<PictureId>& waiting = m_waitingForThumbnail[shown->contentHash];
        if (!waiting.contains(shown->id))
            waiting.append(shown->id);
        return {};
    }
    case FileRole:
        return shown->file;
    case PromptRole:
        return shown->prompt;
    case NegativePromptRole:
        return shown->negativePrompt;
    case SeedRole:
        return QVariant::fromValue(shown->seed);
    case StarsRole:
        return shown->stars;
    case MissingRole:
        return shown->missing;
    case CreatedRole:
        return shown->created;
    case SizeRole:
        return QSize(shown->widthPx, shown->heightPx);
    case ParametersRole:
        return shown->parameters;
    case EntryRole:
        return QVariant::fromValue(*shown);
    case ThumbnailBrokenRole:
        return m_thumbnails && m_thumbnails->isBroken(shown->contentHash);
    default:
        return {};
    }
}

QHash<int, QByteArray> GalleryModel::roleNames() const
{
    auto names = QAbstractListModel::roleNames();
    names.insert({{IdRole, "pictureId"},
                  {FileRole, "file"},
                  {PromptRole, "prompt"},
                  {NegativePromptRole, "negativePrompt"},
                  {SeedRole, "seed"},
                  {StarsRole, "stars"},
                  {MissingRole, "missing"},
                  {CreatedRole, "created"},
                  {SizeRole, "size"},
                  {ParametersRole, "parameters"},
                  {EntryRole, "entry"},
                  {ThumbnailBrokenRole, "thumbnailBroken"}});
    return names;
}

Qt::ItemFlags GalleryModel::flags(const QModelIndex& index) const
{
    if (!index.isValid())
        return Qt::NoItemFlags;
    return Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsDragEnabled | Qt::ItemNeverHasChildren;
}

QStringList GalleryModel::mimeTypes() const
{
    return {QStringLiteral("text/uri-list")};
}

QMimeData* GalleryModel::mimeData(const QModelIndexList& indexes) const
{
    QList<PictureId> ids;
    for (const QModelIndex& index : indexes.mid(0, kMaxDragged))
        ids.append(idAt(index.row()));
    QList<QUrl> urls;
    for (const GalleryEntry& dragged : m_store.fetch(ids)) { // one query, however far apart the rows are
        if (!dragged.missing)
            urls.append(QUrl::fromLocalFile(dragged.file));
    }
    auto* data = new QMimeData;
    data->setUrls(urls);
    return data;
}

Qt::DropActions GalleryModel::supportedDragActions() const
{
    return Qt::CopyAction; // a move would take the file out of the gallery
}

void GalleryModel::onFound(quint64 ticket, const std::vector<PictureId>& ids)
{
    if (ticket != m_ticket)
        return;
    m_ticket = 0;
    if (m_ids != ids) {
        beginResetModel();
        m_ids = ids;
        m_waitingForThumbnail.clear();
        endResetModel();
    }
    Q_EMIT filterApplied(rowCount());
    if (m_isStale)
        search();
}

void GalleryModel::onAdded(const QList<PictureId>& ids)
{
    if (isSearching()) {
        m_isStale = true; // the search may have looked before or after this
    } else if (ids.size() > kMaxSingly) {
        search();
    } else {
        for (const PictureId id : ids)
            insertById(id);
    }
}

void GalleryModel::insertById(PictureId id)
{
    if (rowOf(id) >= 0 || !m_store.matches(id, m_filter))
        return;
    const QList<GalleryEntry> fetched = m_store.fetch({id});
    if (fetched.isEmpty())
        return;
    const GalleryEntry& fresh = fetched.first();
    const auto isNewer = [&](PictureId other) {
        const QList<GalleryEntry> entries = m_store.fetch({other});
        return !entries.isEmpty() && std::pair(entries.first().created, other) > std::pair(fresh.created, id);
    };
    const auto place = std::partition_point(m_ids.begin(), m_ids.end(), isNewer);
    const int row = static_cast<int>(place - m_ids.begin());
    beginInsertRows({}, row, row);
    m_ids.insert(place, id);
    endInsertRows();
}

/// A file that came back, or was read anew, may be whole now.
void GalleryModel::retryThumbnails(const QList<PictureId>& ids)
{
    if (!m_thumbnails)
        return;
    if (ids.size() > kMaxSingly)
        return m_thumbnails->retryAll();
    for (const PictureId id : ids) {
        if (const auto known = m_entries.constFind(id); known != m_entries.constEnd())
            m_thumbnails->retry(known->contentHash);
    }
    for (const GalleryEntry& now : m_store.fetch(ids))
        m_thumbnails->retry(now.contentHash);
}

void GalleryModel::onChanged(const QList<PictureId>& ids)
{
    retryThumbnails(ids);
    for (const PictureId id : ids)
        m_entries.remove(id);
    if (isSearching()) {
        m_isStale = true;
        return;
    }
    const bool isMany = ids.size() > kMaxSingly;
    if (isMany && !m_ids.empty())
        Q_EMIT dataChanged(index(0), index(rowCount() - 1));
    if (isMany) {
        search();
        return;
    }
    for (const PictureId id : ids) {
        const int row = rowOf(id);
        const bool fits = m_store.matches(id, m_filter);
        if (row >= 0 && fits)
            Q_EMIT dataChanged(index(row), index(row));
        else if (row >= 0)
            removeRowAt(row);
        else if (fits)
            insertById(id);
    }
}

void GalleryModel::removeRowAt(int row)
{
    beginRemoveRows({}, row, row);
    m_entries.remove(m_ids[static_cast<std::size_t>(row)]);
    m_ids.erase(m_ids.begin() + row);
    endRemoveRows();
}

void GalleryModel::onRemoved(const QList<PictureId>& ids)
{
    if (ids.size() > kMaxSingly) {
        if (isSearching())
            m_isStale = true;
        else
            search();
        return;
    }
    m_isStale = m_isStale || isSearching();
    for (const PictureId id : ids) {
        if (const int row = rowOf(id); row >= 0)
            removeRowAt(row);
    }
}

void GalleryModel::onThumbnail(const QString& contentHash)
{
    for (const PictureId id : m_waitingForThumbnail.take(contentHash)) {
        if (const int row = rowOf(id); row >= 0)
            Q_EMIT dataChanged(index(row), index(row), {Qt::DecorationRole, ThumbnailBrokenRole});
    }
}

} // namespace unfog
