#include "widgets/fields/search_popup.h"

#include <algorithm>

#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QScreen>
#include <QVBoxLayout>

#include "widgets/fields/field_row.h"
#include "widgets/fields/search_box.h"

namespace unfog {

namespace {
constexpr int marginPx = 6;
constexpr int widestPx = 520;
constexpr int rowPaddingPx = 8;
} // namespace

void SearchFilter::setText(const QString& text)
{
    m_words = text.toCaseFolded().split(u' ', Qt::SkipEmptyParts);
    invalidateFilter();
}

bool SearchFilter::filterAcceptsRow(int sourceRow, const QModelIndex& sourceParent) const
{
    const QModelIndex index = sourceModel()->index(sourceRow, 0, sourceParent);
    const QString text =
        (index.data(Qt::DisplayRole).toString() + u' ' + index.data(SearchBox::KeywordsRole).toString())
            .toCaseFolded();
    return std::all_of(m_words.begin(), m_words.end(),
                       [&](const QString& word) { return text.contains(word); });
}

QVariant SearchFilter::data(const QModelIndex& index, int role) const
{
    const QVariant value = QSortFilterProxyModel::data(index, role);
    const bool isText = role == Qt::DisplayRole || role == Qt::AccessibleTextRole;
    if (!isText)
        return value;
    const QString name = QSortFilterProxyModel::data(index, Qt::DisplayRole).toString();
    const QString reason = QSortFilterProxyModel::data(index, SearchBox::ReasonRole).toString();
    return reason.isEmpty() ? name : tr("%1 – %2").arg(name, reason);
}

SearchPopup::SearchPopup(SearchBox& box)
    : QFrame(&box, Qt::Popup), m_box(box), m_filter(new SearchFilter(this)), m_search(new QLineEdit(this)),
      m_list(new QListView(this)), m_nothing(new QLabel(tr("Nothing found"), this))
{
    setAttribute(Qt::WA_NoMouseReplay); // a click on the box closes the list, it does not open it again
    setFrameShape(QFrame::StyledPanel);
    m_filter->setSourceModel(box.model());
    m_search->setPlaceholderText(tr("Type to search"));
    m_search->setToolTip(tr("Shows the entries that contain all typed words."));
    addClearButton(m_search);
    m_list->setModel(m_filter);
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setUniformItemSizes(true);
    m_list->setSelectionMode(QAbstractItemView::SingleSelection);
    m_list->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setTextElideMode(Qt::ElideRight);
    m_list->setMouseTracking(true);
    m_nothing->setProperty("subtle", true);
    m_nothing->setAlignment(Qt::AlignCenter);
    m_nothing->hide();
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(marginPx, marginPx, marginPx, marginPx);
    layout->setSpacing(marginPx);
    layout->addWidget(m_search);
    layout->addWidget(m_nothing);
    layout->addWidget(m_list, 1);
    m_search->installEventFilter(this);
    m_list->installEventFilter(this);
    connect(m_search, &QLineEdit::textChanged, this, &SearchPopup::filter);
    connect(m_list, &QListView::clicked, this, &SearchPopup::chooseCurrent);
    connect(m_list, &QListView::entered, m_list, &QListView::setCurrentIndex);
}

void SearchPopup::open(const QString& typed)
{
    const bool isLong = m_box.count() >= SearchBox::kLongList;
    m_search->setVisible(isLong);
    m_search->setAccessibleName(tr("Search: %1").arg(m_box.accessibleName()));
    m_list->setAccessibleName(m_box.accessibleName());
    m_search->clear();
    filter({});
    place();
    show();
    (isLong ? static_cast<QWidget*>(m_search) : m_list)->setFocus(Qt::PopupFocusReason);
    setCurrentRow(m_box.currentIndex());
    if (isLong)
        m_search->setText(typed);
}

void SearchPopup::place()
{
    const QRect area = m_box.screen()->availableGeometry();
    const QRect box(m_box.mapToGlobal(QPoint(0, 0)), m_box.size());
    const int row = std::max(m_list->sizeHintForRow(0), m_list->fontMetrics().height() + rowPaddingPx);
    const int rows = std::clamp(m_filter->rowCount(), 1, m_box.maxVisibleItems());
    const int searchPx = m_search->isHidden() ? 0 : m_search->sizeHint().height() + marginPx;
    const int wanted = rows * row + searchPx + 2 * marginPx + 2 * frameWidth() + 2;
    const int below = area.bottom() - box.bottom();
    const int above = box.top() - area.top();
    const bool isBelow = below >= wanted || below >= above;
    const int heightPx = std::min(wanted, isBelow ? below : above);
    const int scrollPx = m_filter->rowCount() > rows ? 20 : 0;
    const int widthPx = std::max(
        box.width(), std::min(widestPx, m_list->sizeHintForColumn(0) + 2 * marginPx + scrollPx + 12));
    const int x = std::clamp(box.left(), area.left(), std::max(area.left(), area.right() - widthPx));
    setGeometry(x, isBelow ? box.bottom() + 1 : box.top() - heightPx, widthPx, heightPx);
}

void SearchPopup::filter(const QString& text)
{
    m_filter->setText(text);
    m_nothing->setVisible(m_filter->rowCount() == 0);
    setCurrentRow(text.isEmpty() ? m_box.currentIndex() : -1);
}

void SearchPopup::setCurrentRow(int boxRow)
{
    QModelIndex index = m_filter->mapFromSource(m_box.model()->index(boxRow, 0));
    for (int row = 0; !index.isValid() && row < m_filter->rowCount(); ++row) {
        const QModelIndex candidate = m_filter->index(row, 0);
        if (m_filter->flags(candidate).testFlag(Qt::ItemIsEnabled))
            index = candidate;
    }
    m_list->setCurrentIndex(index);
    m_list->scrollTo(index, QAbstractItemView::PositionAtCenter);
}

void SearchPopup::chooseCurrent()
{
    const QModelIndex index = m_list->currentIndex();
    if (index.isValid() && m_filter->flags(index).testFlag(Qt::ItemIsEnabled))
        Q_EMIT chosen(m_filter->mapToSource(index).row());
}

bool SearchPopup::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() != QEvent::KeyPress)
        return QFrame::eventFilter(watched, event);
    switch (const auto* key = static_cast<QKeyEvent*>(event); key->key()) {
    case Qt::Key_Up:
    case Qt::Key_Down:
    case Qt::Key_PageUp:
    case Qt::Key_PageDown:
        if (watched != m_search)
            break;
        QCoreApplication::sendEvent(m_list, event);
        return true;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        chooseCurrent();
        return true;
    case Qt::Key_Tab:
    case Qt::Key_Backtab:
    case Qt::Key_Escape:
        hide();
        return true;
    default:
        break;
    }
    return QFrame::eventFilter(watched, event);
}

} // namespace unfog
