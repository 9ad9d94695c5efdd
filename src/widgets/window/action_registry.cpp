#include "widgets/window/action_registry.h"

#include <QWidget>

#include "widgets/fields/symbolic_icon.h"

namespace unfog {

ActionRegistry::ActionRegistry(QWidget* window) : QObject(window), m_window(window) {}

QAction* ActionRegistry::add(const Description& description)
{
    Q_ASSERT(!m_actions.contains(description.id));
    auto* action = new QAction(description.text, this);
    action->setObjectName(description.id);
    action->setStatusTip(description.tip);
    if (!description.icon.isEmpty())
        action->setIcon(symbolicIcon(description.icon));
    action->setShortcut(description.shortcut);
    m_actions.emplace(description.id, action);
    m_categories.emplace(description.id, description.category);
    m_defaults.emplace(description.id, description.shortcut);
    m_tips.emplace(description.id, description.tip);
    updateToolTip(action);
    m_window->addAction(action);
    return action;
}

void ActionRegistry::scope(const QString& id, QWidget* widget)
{
    QAction* scoped = action(id);
    m_window->removeAction(scoped);
    scoped->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    widget->addAction(scoped);
}

QAction* ActionRegistry::action(const QString& id) const
{
    const auto found = m_actions.find(id);
    Q_ASSERT_X(found != m_actions.end(), "ActionRegistry::action", qPrintable(id));
    return found->second;
}

QString ActionRegistry::idWithShortcut(const QKeySequence& shortcut, const QString& except) const
{
    if (shortcut.isEmpty())
        return {};
    for (const auto& [id, action] : m_actions) {
        if (id != except && action->shortcut() == shortcut)
            return id;
    }
    return {};
}

void ActionRegistry::setShortcut(const QString& id, const QKeySequence& shortcut)
{
    const QString previousOwner = idWithShortcut(shortcut, id);
    if (!previousOwner.isEmpty()) {
        action(previousOwner)->setShortcut({});
        updateToolTip(action(previousOwner));
    }
    action(id)->setShortcut(shortcut);
    updateToolTip(action(id));
}

void ActionRegistry::updateToolTip(QAction* action) const
{
    QString tip = m_tips.at(action->objectName());
    if (tip.isEmpty())
        tip = action->text().remove(u'&');
    const QString keys = action->shortcut().toString(QKeySequence::NativeText);
    action->setToolTip(keys.isEmpty() ? tip : QStringLiteral("%1 (%2)").arg(tip, keys));
}

QJsonObject ActionRegistry::changedShortcuts() const
{
    QJsonObject changed;
    for (const auto& [id, action] : m_actions) {
        if (action->shortcut() != m_defaults.at(id))
            changed.insert(id, action->shortcut().toString(QKeySequence::PortableText));
    }
    return changed;
}

void ActionRegistry::restoreShortcuts(const QJsonObject& changed)
{
    for (auto entry = changed.begin(); entry != changed.end(); ++entry) {
        if (m_actions.contains(entry.key()))
            setShortcut(entry.key(), QKeySequence(entry.value().toString(), QKeySequence::PortableText));
    }
}

} // namespace unfog
