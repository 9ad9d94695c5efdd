#include "widgets/gallery/thumbnail_grid.h"

#include <algorithm>

#include <QDrag>
#include <QMimeData>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QRubberBand>
#include <QScrollBar>
#include <QWheelEvent>

#include "gallery/gallery_model.h"
#include "widgets/fields/plain_tooltip_delegate.h"
#include "widgets/fields/symbolic_icon.h"
#include "widgets/window/theme.h"

namespace unfog {

namespace {
constexpr int gapPx = 8;
constexpr int edgePx = 10;
constexpr int smallestSidePx = 64;
constexpr int largestSidePx = 320;
constexpr int dragPicturePx = 96;
constexpr int markPx = 24;
constexpr double ringPx = 4.0; // all of it lies in the gap between cells, of which each side has gapPx / 2
constexpr double gapLinePx = 2.0;
constexpr double currentRingPx = 2.0;
} // namespace

ThumbnailGrid::ThumbnailGrid(QWidget* parent)
    : QAbstractItemView(parent), m_band(new QRubberBand(QRubberBand::Rectangle, viewport()))
{
    setItemDelegate(new PlainToolTipDelegate(this));
    setAccessibleName(tr("Images"));
    setSelectionMode(QAbstractItemView::ExtendedSelection);
    setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn); // a bar that comes and goes would change the columns
    setDragEnabled(true);
    setDragDropMode(QAbstractItemView::DragOnly);
    setFrameShape(QFrame::NoFrame);
    viewport()->setAutoFillBackground(false);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
}

void ThumbnailGrid::setThumbnailSidePx(int sidePx)
{
    const int side = std::clamp(sidePx, smallestSidePx, largestSidePx);
    if (side == m_sidePx)
        return;
    m_sidePx = side;
    updateGeometries();
    viewport()->update();
    Q_EMIT thumbnailSideChanged(side);
}

void ThumbnailGrid::setEmptyText(const QString& text)
{
    m_emptyText = text;
    viewport()->update();
}

int ThumbnailGrid::rowCount() const
{
    return model() ? model()->rowCount(rootIndex()) : 0;
}

int ThumbnailGrid::columnCount() const
{
    return std::max(1, qRound(double(viewport()->width() - 2 * edgePx + gapPx) / (m_sidePx + gapPx)));
}

int ThumbnailGrid::cellPx() const
{
    // The columns share what is left over, so that both edges are straight.
    const int columns = columnCount();
    return std::max(smallestSidePx / 2, (viewport()->width() - 2 * edgePx - (columns - 1) * gapPx) / columns);
}

int ThumbnailGrid::leftPx() const
{
    return edgePx;
}

QRect ThumbnailGrid::cellRect(int row) const
{
    const int columns = columnCount();
    const int cell = cellPx();
    const int x = leftPx() + (row % columns) * (cell + gapPx);
    const int y = edgePx + (row / columns) * (cell + gapPx) - verticalOffset();
    return {x, y, cell, cell};
}

QRect ThumbnailGrid::visualRect(const QModelIndex& index) const
{
    return index.isValid() ? cellRect(index.row()) : QRect();
}

QModelIndex ThumbnailGrid::indexAt(const QPoint& point) const
{
    const int cell = cellPx() + gapPx;
    const int x = point.x() - leftPx();
    const int y = point.y() + verticalOffset() - edgePx;
    if (x < 0 || y < 0 || x % cell >= cellPx() || y % cell >= cellPx() || x / cell >= columnCount())
        return {};
    const int row = y / cell * columnCount() + x / cell;
    return row < rowCount() ? model()->index(row, 0, rootIndex()) : QModelIndex();
}

int ThumbnailGrid::verticalOffset() const
{
    return verticalScrollBar()->value();
}

void ThumbnailGrid::updateGeometries()
{
    const int columns = columnCount();
    const int lines = (rowCount() + columns - 1) / columns;
    const int height = 2 * edgePx + lines * (cellPx() + gapPx) - gapPx;
    verticalScrollBar()->setPageStep(viewport()->height());
    verticalScrollBar()->setSingleStep((cellPx() + gapPx) / 3);
    verticalScrollBar()->setRange(0, std::max(0, height - viewport()->height()));
    verticalScrollBar()->setEnabled(verticalScrollBar()->maximum() > 0);
    QAbstractItemView::updateGeometries();
}

void ThumbnailGrid::resizeEvent(QResizeEvent* event)
{
    QAbstractItemView::resizeEvent(event);
    updateGeometries();
}

void ThumbnailGrid::rowsInserted(const QModelIndex& parent, int first, int last)
{
    QAbstractItemView::rowsInserted(parent, first, last);
    updateGeometries();
    viewport()->update();
}

void ThumbnailGrid::rowsAboutToBeRemoved(const QModelIndex& parent, int first, int last)
{
    QAbstractItemView::rowsAboutToBeRemoved(parent, first, last);
    scheduleDelayedItemsLayout();
    viewport()->update();
}

void ThumbnailGrid::scrollTo(const QModelIndex& index, ScrollHint hint)
{
    if (!index.isValid())
        return;
    const QRect rect = cellRect(index.row());
    QScrollBar* bar = verticalScrollBar();
    if (hint == PositionAtTop)
        bar->setValue(bar->value() + rect.top() - edgePx);
    else if (hint == PositionAtCenter)
        bar->setValue(bar->value() + rect.center().y() - viewport()->height() / 2);
    else if (rect.top() < edgePx)
        bar->setValue(bar->value() + rect.top() - edgePx);
    else if (rect.bottom() > viewport()->height() - edgePx)
        bar->setValue(bar->value() + rect.bottom() - viewport()->height() + edgePx);
}

QModelIndex ThumbnailGrid::moveCursor(CursorAction action, Qt::KeyboardModifiers)
{
    const int count = rowCount();
    if (count == 0)
        return {};
    const int columns = columnCount();
    const int linesInSight = std::max(1, viewport()->height() / (cellPx() + gapPx));
    int row = currentIndex().isValid() ? currentIndex().row() : -1;
    if (row < 0)
        return model()->index(0, 0, rootIndex());
    switch (action) {
    case MoveLeft:
    case MovePrevious:
        row -= 1;
        break;
    case MoveRight:
    case MoveNext:
        row += 1;
        break;
    case MoveUp:
        row = row >= columns ? row - columns : row;
        break;
    case MoveDown:
        row = row + columns < count ? row + columns : row;
        break;
    case MovePageUp:
        row -= columns * linesInSight;
        break;
    case MovePageDown:
        row += columns * linesInSight;
        break;
    case MoveHome:
        row = 0;
        break;
    case MoveEnd:
        row = count - 1;
        break;
    }
    return model()->index(std::clamp(row, 0, count - 1), 0, rootIndex());
}

void ThumbnailGrid::setSelection(const QRect& rect, QItemSelectionModel::SelectionFlags command)
{
    QItemSelection selection;
    const auto select = [this, &selection](int first, int last) {
        selection.select(model()->index(first, 0, rootIndex()), model()->index(last, 0, rootIndex()));
    };
    if (!m_bandFrom) {
        // Keys and clicks select along the rows, as in a text; the rectangle they come with says too little.
        const QModelIndex current = currentIndex();
        if (current.isValid()) {
            const int anchor =
                m_extending && m_anchorRow >= 0 && m_anchorRow < rowCount() ? m_anchorRow : current.row();
            select(std::min(anchor, current.row()), std::max(anchor, current.row()));
        }
        return selectionModel()->select(selection, command);
    }
    const QRect area = rect.normalized();
    const int columns = columnCount();
    const int cell = cellPx() + gapPx;
    const int firstLine = std::max(0, (area.top() + verticalOffset() - edgePx) / cell);
    const int lastLine =
        std::min((rowCount() - 1) / columns, (area.bottom() + verticalOffset() - edgePx) / cell);
    for (int line = firstLine; line <= lastLine && rowCount() > 0; ++line) {
        std::optional<std::pair<int, int>> run; // one range a line keeps the selection small
        for (int column = 0; column < columns; ++column) {
            const int row = line * columns + column;
            if (row < rowCount() && cellRect(row).intersects(area))
                run = run ? std::pair(run->first, row) : std::pair(row, row);
        }
        if (run)
            select(run->first, run->second);
    }
    selectionModel()->select(selection, command);
}

QRegion ThumbnailGrid::visualRegionForSelection(const QItemSelection& selection) const
{
    // Only what is in sight needs painting, however much is selected.
    const int columns = columnCount();
    const int cell = cellPx() + gapPx;
    const int first = std::max(0, (verticalOffset() - edgePx) / cell * columns);
    const int last =
        std::min(rowCount() - 1, (verticalOffset() + viewport()->height()) / cell * columns + columns - 1);
    QRegion region;
    for (const QItemSelectionRange& range : selection) {
        for (int row = std::max(first, range.top()); row <= std::min(last, range.bottom()); ++row)
            region += cellRect(row);
    }
    return region;
}

void ThumbnailGrid::paintEvent(QPaintEvent* event)
{
    QPainter painter(viewport());
    painter.setRenderHints(QPainter::Antialiasing | QPainter::SmoothPixmapTransform);
    if (rowCount() == 0) {
        painter.setPen(Theme::colours(palette()).subtle);
        painter.drawText(viewport()->rect().adjusted(20, 20, -20, -20), Qt::AlignCenter | Qt::TextWordWrap,
                         m_emptyText);
        return;
    }
    const int columns = columnCount();
    const int cell = cellPx() + gapPx;
    const int firstLine = std::max(0, (event->rect().top() + verticalOffset() - edgePx) / cell);
    const int lastLine = (event->rect().bottom() + verticalOffset() - edgePx) / cell;
    const int last = std::min(rowCount() - 1, lastLine * columns + columns - 1);
    for (int row = firstLine * columns; row <= last; ++row)
        paintCell(painter, row);
}

void ThumbnailGrid::paintCell(QPainter& painter, int row) const
{
    const QModelIndex index = model()->index(row, 0, rootIndex());
    const QRect cell = cellRect(row);
    const ThemeColours colours = Theme::colours(palette());
    const auto image = index.data(Qt::DecorationRole).value<QImage>();
    QRectF picture(cell);
    if (!image.isNull()) {
        // Small pictures are enlarged to the cell: a wall of stamps is no gallery.
        const QSizeF size = QSizeF(image.size()).scaled(cell.size(), Qt::KeepAspectRatio);
        picture = QRectF(
            QPointF(cell.center()) + QPointF(0.5, 0.5) - QPointF(size.width() / 2, size.height() / 2), size);
    }
    const bool isMissing = index.data(GalleryModel::MissingRole).toBool();
    const QRect mark(cell.center() - QPoint(markPx / 2, markPx / 2), QSize(markPx, markPx));
    QPainterPath outline;
    outline.addRoundedRect(picture, 5, 5);
    painter.save();
    painter.setClipPath(outline);
    if (image.isNull()) {
        painter.fillRect(cell, colours.line);
        if (isMissing || index.data(GalleryModel::ThumbnailBrokenRole).toBool())
            symbolicIcon(QStringLiteral("warning")).paint(&painter, mark);
    } else {
        painter.drawImage(picture, image);
        if (isMissing) { // what is remembered of it, and that it is only that
            QColor veil = palette().color(QPalette::Base);
            veil.setAlphaF(0.7F);
            painter.fillRect(cell, veil);
            symbolicIcon(QStringLiteral("warning")).paint(&painter, mark);
        }
    }
    painter.restore();

    const int stars = index.data(GalleryModel::StarsRole).toInt();
    if (stars > 0) {
        const int side = 12;
        const QRectF badge(picture.left() + 5, picture.bottom() - side - 9, stars * (side + 1) + 7, side + 5);
        painter.setPen(Qt::NoPen);
        painter.setBrush(QColor(0, 0, 0, 150));
        painter.drawRoundedRect(badge, 4, 4);
        const double ratio = devicePixelRatioF();
        QPixmap star =
            symbolicPixmap(QStringLiteral("star-filled"), QSize(side, side) * ratio, QColor(0xffd166));
        star.setDevicePixelRatio(ratio);
        for (int number = 0; number < stars; ++number)
            painter.drawPixmap(QPointF(badge.left() + 4 + number * (side + 1), badge.top() + 2.5), star);
    }

    paintFrame(painter, cell, selectionModel()->isSelected(index), index == currentIndex() && hasFocus());
}

void ThumbnailGrid::paintFrame(QPainter& painter, const QRect& cell, bool isSelected, bool isCurrent) const
{
    if (!isSelected && !isCurrent)
        return;
    painter.setBrush(Qt::NoBrush);
    const auto ring = [&](const QColor& colour, double width, double outset) {
        painter.setPen(QPen(colour, width));
        painter.drawRoundedRect(QRectF(cell).adjusted(-outset, -outset, outset, outset), 5 + outset,
                                5 + outset);
    };
    // Between the image and the ring there is always a line of the background's colour: an image that has the
    // ring's own colour at its edge would swallow it.
    if (isSelected) {
        ring(palette().color(QPalette::Window), gapLinePx, -gapLinePx / 2.0);
        ring(palette().color(QPalette::Highlight), ringPx, ringPx / 2.0);
    }
    if (isCurrent && !isSelected) {
        ring(palette().color(QPalette::Window), gapLinePx, -gapLinePx / 2.0);
        ring(palette().color(QPalette::Text), currentRingPx, currentRingPx / 2.0);
    }
}

void ThumbnailGrid::currentChanged(const QModelIndex& current, const QModelIndex& previous)
{
    QAbstractItemView::currentChanged(current, previous);
    if (!m_extending)
        m_anchorRow = current.row();
    viewport()->update();
    Q_EMIT currentRowChanged(current.isValid() ? current.row() : -1);
}

void ThumbnailGrid::selectionChanged(const QItemSelection& selected, const QItemSelection& deselected)
{
    QAbstractItemView::selectionChanged(selected, deselected);
    viewport()->update(); // the frame of a selected cell reaches over its rectangle
    Q_EMIT selectedRowsChanged();
}

bool ThumbnailGrid::selectSomething()
{
    if (rowCount() == 0 || selectionModel()->hasSelection())
        return false;
    Q_EMIT selectionWanted();
    if (!selectionModel()->hasSelection())
        selectionModel()->setCurrentIndex(currentIndex().isValid() ? currentIndex()
                                                                   : model()->index(0, 0, rootIndex()),
                                          QItemSelectionModel::ClearAndSelect);
    return true;
}

void ThumbnailGrid::focusInEvent(QFocusEvent* event)
{
    QAbstractItemView::focusInEvent(event);
    viewport()->update();
    const auto reason = event->reason();
    if (reason == Qt::TabFocusReason || reason == Qt::BacktabFocusReason || reason == Qt::ShortcutFocusReason)
        selectSomething();
}

void ThumbnailGrid::keyPressEvent(QKeyEvent* event)
{
    const bool isArrow = event->key() == Qt::Key_Left || event->key() == Qt::Key_Right ||
                         event->key() == Qt::Key_Up || event->key() == Qt::Key_Down;
    if (isArrow && !(event->modifiers() & ~Qt::KeypadModifier) && selectSomething())
        return event->accept();
    m_extending = event->modifiers().testFlag(Qt::ShiftModifier);
    QAbstractItemView::keyPressEvent(event);
    m_extending = false;
}

void ThumbnailGrid::mousePressEvent(QMouseEvent* event)
{
    m_extending = event->modifiers().testFlag(Qt::ShiftModifier);
    if (event->button() == Qt::LeftButton && !indexAt(event->position().toPoint()).isValid())
        m_bandFrom = event->position().toPoint() + QPoint(0, verticalOffset());
    QAbstractItemView::mousePressEvent(event);
    m_extending = false;
}

void ThumbnailGrid::mouseMoveEvent(QMouseEvent* event)
{
    QAbstractItemView::mouseMoveEvent(event);
    if (!m_bandFrom)
        return;
    m_band->setGeometry(
        QRect(*m_bandFrom - QPoint(0, verticalOffset()), event->position().toPoint()).normalized());
    m_band->show();
}

void ThumbnailGrid::mouseReleaseEvent(QMouseEvent* event)
{
    QAbstractItemView::mouseReleaseEvent(event);
    m_bandFrom.reset();
    m_band->hide();
}

void ThumbnailGrid::wheelEvent(QWheelEvent* event)
{
    if (!event->modifiers().testFlag(Qt::ControlModifier))
        return QAbstractItemView::wheelEvent(event);
    setThumbnailSidePx(m_sidePx + (event->angleDelta().y() > 0 ? 16 : -16));
    event->accept();
}

void ThumbnailGrid::startDrag(Qt::DropActions actions)
{
    // Not selectedIndexes(): with everything selected that is a list of 100,000. The one under the mouse is
    // first.
    QModelIndexList rows;
    if (selectionModel()->isSelected(currentIndex()))
        rows.append(currentIndex());
    const QItemSelection selection = selectionModel()->selection();
    for (const QItemSelectionRange& range : selection) {
        for (int row = range.top(); row <= range.bottom() && rows.size() < GalleryModel::kMaxDragged; ++row) {
            if (row != currentIndex().row())
                rows.append(model()->index(row, 0, rootIndex()));
        }
    }
    if (rows.isEmpty())
        return;
    auto* drag = new QDrag(this);
    drag->setMimeData(model()->mimeData(rows));
    const auto image = currentIndex().data(Qt::DecorationRole).value<QImage>();
    if (!image.isNull())
        drag->setPixmap(QPixmap::fromImage(image.scaled(QSize(dragPicturePx, dragPicturePx),
                                                        Qt::KeepAspectRatio, Qt::SmoothTransformation)));
    drag->exec(actions, Qt::CopyAction);
}

} // namespace unfog
