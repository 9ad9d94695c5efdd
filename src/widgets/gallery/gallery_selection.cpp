#include "widgets/gallery/gallery_selection.h"

#include <algorithm>
#include <utility>

#include <QAbstractItemView>
#include <QSet>

namespace unfog {

GallerySelection::GallerySelection(GalleryModel& model, QObject* parent) : QObject(parent), m_model(model)
{
    connect(&m_model, &QAbstractItemModel::rowsAboutToBeRemoved, this, &GallerySelection::beforeRemoval);
    connect(&m_model, &QAbstractItemModel::modelAboutToBeReset, this, &GallerySelection::beforeReset);
}

void GallerySelection::attach(QAbstractItemView& view)
{
    m_view = &view;
    connect(&m_model, &QAbstractItemModel::rowsRemoved, this,
            [this](const QModelIndex&, int first) { afterRemoval(first); });
    connect(&m_model, &QAbstractItemModel::modelReset, this, &GallerySelection::afterReset);
    connect(&m_model, &QAbstractItemModel::rowsInserted, this, &GallerySelection::selectPending);
    connect(&m_model, &GalleryModel::filterApplied, this, [this] {
        selectPending();
        if (!m_model.isSearching())
            m_pending.clear();
    });
    connect(m_view->selectionModel(), &QItemSelectionModel::selectionChanged, this, [this] {
        if (m_view->selectionModel()->hasSelection())
            m_before.reset(); // a person chose anew
    });
}

bool GallerySelection::moveOnFrom(const QList<PictureId>& ids)
{
    const QSet<PictureId> leaving(ids.begin(), ids.end());
    const std::vector<PictureId>& rows = m_model.ids();
    const auto leaves = [&](PictureId id) { return leaving.contains(id); };
    const auto last = std::find_if(rows.rbegin(), rows.rend(), leaves);
    if (last == rows.rend())
        return false;
    auto next = last.base(); // behind the last that leaves
    if (next == rows.end()) {
        const auto before = std::find_if_not(last, rows.rend(), leaves);
        if (before == rows.rend())
            return false;
        next = std::prev(before.base());
    }
    selectRow(static_cast<int>(next - rows.begin()));
    return true;
}

void GallerySelection::selectWhenShown(const QList<PictureId>& ids)
{
    m_pending = ids;
    selectPending();
    if (!m_model.isSearching())
        m_pending.clear();
}

void GallerySelection::selectPending()
{
    if (!m_pending.isEmpty())
        selectIds(m_pending, m_pending.constFirst());
}

void GallerySelection::beforeRemoval()
{
    m_hadSelection = m_view && m_view->selectionModel()->hasSelection();
}

void GallerySelection::afterRemoval(int first)
{
    const bool isLost = m_hadSelection && !m_view->selectionModel()->hasSelection();
    if (isLost && m_model.rowCount() > 0)
        selectRow(std::min(first, m_model.rowCount() - 1));
}

void GallerySelection::beforeReset()
{
    if (!m_view || !m_view->selectionModel()->hasSelection())
        return;
    Before before{m_model.ids(), {}, m_model.idAt(m_view->currentIndex().row())};
    QList<int> rows;
    const QItemSelection selection = m_view->selectionModel()->selection();
    for (const QItemSelectionRange& range : selection) {
        for (int row = range.top(); row <= range.bottom(); ++row)
            rows.append(row);
    }
    std::sort(rows.begin(), rows.end());
    for (const int row : std::as_const(rows))
        before.selected.append(m_model.idAt(row));
    m_before = std::move(before);
}

void GallerySelection::afterReset()
{
    if (!m_before || m_model.rowCount() == 0)
        return;
    const Before before = *std::exchange(m_before, std::nullopt);
    if (selectIds(before.selected, before.current))
        return;
    const std::vector<PictureId>& now = m_model.ids();
    const QSet<PictureId> shown(now.begin(), now.end());
    const auto isShown = [&](PictureId id) { return shown.contains(id); };
    const auto last = std::find(before.ids.begin(), before.ids.end(), before.selected.constLast());
    const auto next = std::find_if(last, before.ids.end(), isShown);
    if (next != before.ids.end())
        return selectRow(m_model.rowOf(*next));
    const auto previous = std::find_if(std::make_reverse_iterator(last), before.ids.rend(), isShown);
    selectRow(previous == before.ids.rend() ? 0 : m_model.rowOf(*previous));
}

void GallerySelection::selectRow(int row)
{
    m_view->selectionModel()->setCurrentIndex(m_model.index(row), QItemSelectionModel::ClearAndSelect);
}

bool GallerySelection::selectIds(const QList<PictureId>& ids, PictureId current)
{
    const QSet<PictureId> wanted(ids.begin(), ids.end());
    QItemSelection selection;
    int first = -1;
    int currentRow = -1;
    const std::vector<PictureId>& rows = m_model.ids();
    for (int row = 0; row < m_model.rowCount(); ++row) {
        const PictureId id = rows[static_cast<std::size_t>(row)];
        if (!wanted.contains(id))
            continue;
        const bool continues = !selection.isEmpty() && selection.constLast().bottom() == row - 1;
        if (continues)
            selection.last() = QItemSelectionRange(selection.constLast().topLeft(), m_model.index(row));
        else
            selection.append(QItemSelectionRange(m_model.index(row)));
        first = first < 0 ? row : first;
        currentRow = id == current ? row : currentRow;
    }
    if (selection.isEmpty())
        return false;
    m_view->selectionModel()->select(selection, QItemSelectionModel::ClearAndSelect);
    m_view->selectionModel()->setCurrentIndex(m_model.index(currentRow < 0 ? first : currentRow),
                                              QItemSelectionModel::NoUpdate);
    return true;
}

} // namespace unfog
