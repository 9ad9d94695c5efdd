#pragma once

#include <QStyledItemDelegate>

namespace unfog {

/// Shows the tooltips of items, which quote prompts and file names, as plain text.
class PlainToolTipDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    bool helpEvent(QHelpEvent* event, QAbstractItemView* view, const QStyleOptionViewItem& option,
                   const QModelIndex& index) override;
};

} // namespace unfog
