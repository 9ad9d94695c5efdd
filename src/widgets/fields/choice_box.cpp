#include "widgets/fields/choice_box.h"

#include <QSignalBlocker>

namespace unfog {

ChoiceBox::ChoiceBox(QWidget* parent) : SearchBox(parent)
{
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
            setItemData(count() - 1, QString::fromStdString(choice.name), KeywordsRole);
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
    return reason(currentIndex()).isEmpty();
}

void ChoiceBox::setDefaultTitle(const QString& title)
{
    if (const int row = findData(QString()); row >= 0)
        setItemText(row, title);
}

void ChoiceBox::setReasons(const std::map<std::string, QString>& reasons)
{
    for (int row = 0; row < count(); ++row) {
        const auto found = reasons.find(itemData(row).toString().toStdString());
        setReason(row, found == reasons.end() ? QString() : found->second);
    }
}

} // namespace unfog
