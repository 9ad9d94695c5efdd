#include "widgets/window/shortcut_dialog.h"

#include <QHeaderView>
#include <QSignalBlocker>

#include "ui_shortcut_dialog.h"
#include "widgets/fields/field_row.h"
#include "widgets/window/action_registry.h"

namespace unfog {

namespace {
constexpr int idRole = Qt::UserRole;

QString plainText(const QAction* action)
{
    return action->text().remove(u'&').remove(u'…');
}
} // namespace

ShortcutDialog::ShortcutDialog(ActionRegistry& actions, QWidget* parent)
    : QDialog(parent), m_actions(actions), m_ui(std::make_unique<Ui::ShortcutDialog>())
{
    m_ui->setupUi(this);
    addClearButton(m_ui->search);
    m_ui->list->header()->setSectionResizeMode(0, QHeaderView::Stretch);
    m_ui->list->header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
    fill();
    connect(m_ui->list, &QTreeWidget::currentItemChanged, this, &ShortcutDialog::showChosen);
    connect(m_ui->search, &QLineEdit::textChanged, this, &ShortcutDialog::filter);
    connect(m_ui->keys, &QKeySequenceEdit::editingFinished, this,
            [this] { apply(m_ui->keys->keySequence()); });
    connect(m_ui->clear, &QPushButton::clicked, this, [this] { apply({}); });
    connect(m_ui->reset, &QPushButton::clicked, this, [this] {
        if (!chosenId().isEmpty())
            apply(m_actions.defaultShortcut(chosenId()));
    });
    connect(m_ui->close, &QPushButton::clicked, this, &QDialog::accept);
    showChosen();
}

ShortcutDialog::~ShortcutDialog() = default;

QString ShortcutDialog::chosenId() const
{
    const QTreeWidgetItem* item = m_ui->list->currentItem();
    return item ? item->data(0, idRole).toString() : QString();
}

void ShortcutDialog::fill()
{
    std::map<QString, QTreeWidgetItem*> categories;
    for (const auto& [id, action] : m_actions.actions()) {
        QTreeWidgetItem*& category = categories[m_actions.category(id)];
        if (!category) {
            category = new QTreeWidgetItem(m_ui->list, {m_actions.category(id)});
            QFont bold = font();
            bold.setWeight(QFont::DemiBold);
            category->setFont(0, bold);
            category->setFlags(Qt::ItemIsEnabled);
            category->setExpanded(true);
        }
        auto* item = new QTreeWidgetItem(
            category, {plainText(action), action->shortcut().toString(QKeySequence::NativeText)});
        item->setData(0, idRole, id);
        item->setToolTip(0, action->statusTip());
    }
}

void ShortcutDialog::showChosen()
{
    const QString id = chosenId();
    const QSignalBlocker blocker(m_ui->keys);
    for (QWidget* widget : {static_cast<QWidget*>(m_ui->keys), static_cast<QWidget*>(m_ui->clear),
                            static_cast<QWidget*>(m_ui->reset)})
        widget->setEnabled(!id.isEmpty());
    m_ui->keys->setKeySequence(id.isEmpty() ? QKeySequence() : m_actions.action(id)->shortcut());
    m_ui->problem->setText(id.isEmpty() ? tr("Choose a command to change its keys.")
                                        : m_actions.action(id)->statusTip());
}

void ShortcutDialog::apply(const QKeySequence& keys)
{
    const QString id = chosenId();
    if (id.isEmpty() || keys == m_actions.action(id)->shortcut())
        return;
    const QString loser = m_actions.idWithShortcut(keys, id);
    m_actions.setShortcut(id, keys);
    for (QTreeWidgetItemIterator item(m_ui->list); *item; ++item) {
        const QString itemId = (*item)->data(0, idRole).toString();
        if (!itemId.isEmpty())
            (*item)->setText(1, m_actions.action(itemId)->shortcut().toString(QKeySequence::NativeText));
    }
    showChosen();
    if (!loser.isEmpty())
        m_ui->problem->setText(tr("“%1” no longer has a shortcut.").arg(plainText(m_actions.action(loser))));
}

void ShortcutDialog::filter(const QString& text)
{
    for (int row = 0; row < m_ui->list->topLevelItemCount(); ++row) {
        QTreeWidgetItem* category = m_ui->list->topLevelItem(row);
        bool any = false;
        for (int child = 0; child < category->childCount(); ++child) {
            const bool matches = category->child(child)->text(0).contains(text, Qt::CaseInsensitive) ||
                                 category->child(child)->text(1).contains(text, Qt::CaseInsensitive);
            category->child(child)->setHidden(!matches);
            any = any || matches;
        }
        category->setHidden(!any);
    }
}

} // namespace unfog
