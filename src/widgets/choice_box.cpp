#include "widgets/choice_box.h"

#include <algorithm>

#include <QSignalBlocker>
#include <QStandardItemModel>

namespace unfog {

ChoiceBox::ChoiceBox(QWidget* parent) : QComboBox(parent)
{
    setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    setMinimumContentsLength(10);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setMaxVisibleItems(24);
    connect(this, &QComboBox::currentIndexChanged, this,
            [this] { Q_EMIT nameChanged(QString::fromStdString(name())); });
}

void ChoiceBox::setChoices(const std::vector<NamedChoice>& choices)
{
    const std::string kept = name();
    const bool hadNone = count() == 0;
    {
        const QSignalBlocker blocker(this);
        clear();
        for (const NamedChoice& choice : choices) {
            addItem(QString::fromStdString(choice.title), QString::fromStdString(choice.name));
            setItemData(count() - 1, QString::fromStdString(choice.description), Qt::ToolTipRole);
        }
        if (!hadNone)
            setName(kept);
    }
}

std::string ChoiceBox::name() const
{
    return currentData().toString().toStdString();
}

void ChoiceBox::setName(const std::string& name)
{
    const QString wanted = QString::fromStdString(name);
    int index = findData(wanted);
    if (index < 0) {
        addItem(wanted, wanted);
        setItemData(count() - 1, tr("Not known to this engine"), Qt::ToolTipRole);
        index = count() - 1;
    }
    setCurrentIndex(index);
}

bool ChoiceBox::isCurrentPossible() const
{
    const auto* items = qobject_cast<const QStandardItemModel*>(model());
    const QStandardItem* item = items->item(currentIndex());
    return !item || item->isEnabled();
}

void ChoiceBox::setPossible(const std::vector<std::string>& names)
{
    auto* items = qobject_cast<QStandardItemModel*>(model());
    for (int row = 0; row < count(); ++row) {
        const std::string name = itemData(row).toString().toStdString();
        const bool possible = names.empty() || name.empty() || std::ranges::find(names, name) != names.end();
        items->item(row)->setEnabled(possible);
    }
}

} // namespace unfog
