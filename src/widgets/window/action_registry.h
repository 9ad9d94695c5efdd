#pragma once

#include <map>

#include <QAction>
#include <QJsonObject>
#include <QKeySequence>
#include <QObject>
#include <QString>

class QWidget;

/// Every command of the window, once: menus, tool bars, context menus and the list of shortcuts take it from
/// here.
namespace unfog {

class ActionRegistry final : public QObject {
    Q_OBJECT
public:
    /// Actions are added to `window`, so that their shortcuts work in all of it.
    explicit ActionRegistry(QWidget* window);

    struct Description {
        QString id;       ///< stable, e.g. "queue.generate"; also the key of a changed shortcut
        QString category; ///< heading in the list of shortcuts
        QString text;
        QString tip;  ///< what it does, one sentence
        QString icon; ///< a name of resources/icons, or empty
        QKeySequence shortcut;
    };

    /// The id must be new. Its shortcut works in the whole window until scope() says otherwise.
    QAction* add(const Description& description);
    /// The shortcut works only while `widget` or something in it has the focus.
    void scope(const QString& id, QWidget* widget);
    /// The id must exist.
    QAction* action(const QString& id) const;
    const std::map<QString, QAction*>& actions() const { return m_actions; }
    QString category(const QString& id) const { return m_categories.at(id); }
    QKeySequence defaultShortcut(const QString& id) const { return m_defaults.at(id); }

    /// The id of the action that has this shortcut, or an empty string.
    QString idWithShortcut(const QKeySequence& shortcut, const QString& except = {}) const;
    /// Takes the shortcut away from the action that had it.
    void setShortcut(const QString& id, const QKeySequence& shortcut);

    /// By id, only what differs from the defaults; unknown ids are let pass.
    QJsonObject changedShortcuts() const;
    void restoreShortcuts(const QJsonObject& changed);

private:
    void updateToolTip(QAction* action) const;

    QWidget* m_window;
    std::map<QString, QAction*> m_actions;
    std::map<QString, QString> m_categories;
    std::map<QString, QKeySequence> m_defaults;
    std::map<QString, QString> m_tips;
};

} // namespace unfog
