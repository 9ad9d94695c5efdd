#pragma once

#include <QString>
#include <QWidget>

class QHBoxLayout;
class QLabel;
class QLineEdit;
class QToolButton;

/// The building blocks of the form, so that every row looks and resets alike.
namespace unfog {

/// A flat button with one symbolic icon; the tooltip is its accessible name too.
QToolButton* smallButton(const QString& icon, const QString& tip, QWidget* parent);
/// Gives the clear button of a line edit its name; switches it on.
void addClearButton(QLineEdit* edit);
/// Switches the red of a label on and off.
void setProblem(QWidget* label, bool isProblem);

/// Label on the left, control in the middle, the control's own reset on the right (hidden while at the
/// default).
class FieldRow final : public QWidget {
    Q_OBJECT
public:
    /// `name` may hold a mnemonic. `tip` says what the control does to the picture. Takes `control` over.
    FieldRow(const QString& name, const QString& tip, QWidget* control, QWidget* parent = nullptr);

    void setAtDefault(bool atDefault);
    QLabel* label() const { return m_label; }
    static constexpr int labelWidth = 82;

Q_SIGNALS:
    void resetRequested();

private:
    QLabel* m_label;
    QToolButton* m_reset;
};

/// The reset button alone, for controls with a layout of their own.
QToolButton* resetButton(const QString& name, QWidget* parent);

/// A heading that folds the widget under it.
class Section final : public QWidget {
    Q_OBJECT
public:
    Section(const QString& title, QWidget* content, QWidget* parent = nullptr);

    bool isOpen() const;
    void setOpen(bool open);

private:
    QToolButton* m_heading;
    QWidget* m_content;
};

} // namespace unfog
