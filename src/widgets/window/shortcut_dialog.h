#pragma once

#include <memory>

#include <QDialog>

class QTreeWidgetItem;

namespace Ui {
class ShortcutDialog;
}

namespace unfog {

class ActionRegistry;

/// Every command with its keys; choose one and press others. A change applies at once.
class ShortcutDialog final : public QDialog {
    Q_OBJECT
public:
    explicit ShortcutDialog(ActionRegistry& actions, QWidget* parent = nullptr);
    ~ShortcutDialog() override;

private:
    QString chosenId() const;
    void fill();
    void showChosen();
    void apply(const QKeySequence& keys);
    void filter(const QString& text);

    ActionRegistry& m_actions;
    std::unique_ptr<Ui::ShortcutDialog> m_ui;
};

} // namespace unfog
