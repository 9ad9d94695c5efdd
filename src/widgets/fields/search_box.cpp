#include "widgets/fields/search_box.h"

#include <QKeyEvent>
#include <QStandardItemModel>

#include "widgets/fields/search_popup.h"

namespace unfog {

SearchBox::SearchBox(QWidget* parent) : QComboBox(parent)
{
    setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    setMinimumContentsLength(10);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setMaxVisibleItems(24);
}

SearchBox::~SearchBox() = default;

void SearchBox::setReason(int row, const QString& reason)
{
    const QString before = this->reason(row);
    if (before == reason)
        return;
    setItemData(row, reason, ReasonRole);
    auto* items = qobject_cast<QStandardItemModel*>(model());
    items->item(row)->setEnabled(reason.isEmpty());
    QStringList lines = itemData(row, Qt::ToolTipRole).toString().split(u'\n', Qt::SkipEmptyParts);
    if (!before.isEmpty())
        lines.removeLast();
    if (!reason.isEmpty())
        lines << reason.at(0).toUpper() + reason.mid(1);
    setItemData(row, lines.join(u'\n'), Qt::ToolTipRole);
}

void SearchBox::showPopup()
{
    openPopup({});
}

void SearchBox::openPopup(const QString& typed)
{
    if (count() == 0)
        return;
    if (!m_popup) {
        m_popup = new SearchPopup(*this);
        connect(m_popup, &SearchPopup::chosen, this, &SearchBox::choose);
    }
    m_popup->open(typed);
}

void SearchBox::hidePopup()
{
    if (m_popup)
        m_popup->hide();
    QComboBox::hidePopup();
}

void SearchBox::choose(int row)
{
    hidePopup();
    setCurrentIndex(row);
    Q_EMIT activated(row);
    Q_EMIT textActivated(itemText(row));
}

void SearchBox::keyPressEvent(QKeyEvent* event)
{
    const QString typed = event->text();
    const bool isWord = !typed.isEmpty() && typed.at(0).isPrint() && !typed.at(0).isSpace() &&
                        !(event->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier));
    if (!isWord || count() < kLongList)
        return QComboBox::keyPressEvent(event);
    openPopup(typed);
    event->accept();
}

} // namespace unfog
