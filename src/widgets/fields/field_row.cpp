#include "widgets/fields/field_row.h"

#include <QAction>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QStyle>
#include <QToolButton>
#include <QVBoxLayout>

#include "widgets/fields/symbolic_icon.h"

namespace unfog {

QToolButton* smallButton(const QString& icon, const QString& tip, QWidget* parent)
{
    auto* button = new QToolButton(parent);
    button->setIcon(symbolicIcon(icon));
    button->setIconSize({16, 16});
    button->setToolTip(tip);
    button->setAccessibleName(tip);
    button->setAutoRaise(true);
    return button;
}

QToolButton* resetButton(const QString& name, QWidget* parent)
{
    auto* button = smallButton(QStringLiteral("reset"), FieldRow::tr("Reset: %1").arg(name), parent);
    button->setIconSize({12, 12});
    button->setFixedWidth(22);
    QSizePolicy policy = button->sizePolicy();
    policy.setRetainSizeWhenHidden(true);
    button->setSizePolicy(policy);
    button->hide();
    return button;
}

void addClearButton(QLineEdit* edit)
{
    edit->setClearButtonEnabled(true);
    if (auto* action = edit->findChild<QAction*>(QStringLiteral("_q_qlineeditclearaction")))
        action->setText(FieldRow::tr("Clear"));
}

void setProblem(QWidget* label, bool isProblem)
{
    if (label->property("problem").toBool() == isProblem)
        return;
    label->setProperty("problem", isProblem);
    label->style()->unpolish(label);
    label->style()->polish(label);
}

FieldRow::FieldRow(const QString& name, const QString& tip, QWidget* control, QWidget* parent)
    : QWidget(parent), m_label(new QLabel(name, this)), m_reset(resetButton(QString(name).remove(u'&'), this))
{
    m_label->setFixedWidth(labelWidth);
    m_label->setBuddy(control);
    m_label->setToolTip(tip);
    control->setToolTip(tip);
    if (control->accessibleName().isEmpty())
        control->setAccessibleName(QString(name).remove(u'&'));
    control->setAccessibleDescription(tip);
    if (QWidget* inner = control->focusProxy(); inner && inner->toolTip().isEmpty()) {
        inner->setToolTip(tip);
        inner->setAccessibleDescription(tip);
    }
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    layout->addWidget(m_label);
    layout->addWidget(control, 1);
    layout->addWidget(m_reset);
    connect(m_reset, &QToolButton::clicked, this, &FieldRow::resetRequested);
}

void FieldRow::setAtDefault(bool atDefault)
{
    m_reset->setVisible(!atDefault);
}

Section::Section(const QString& title, QWidget* content, QWidget* parent)
    : QWidget(parent), m_heading(new QToolButton(this)), m_content(content)
{
    m_heading->setText(title);
    m_heading->setAccessibleName(title);
    m_heading->setToolTip(tr("Show or hide: %1").arg(title));
    m_heading->setCheckable(true);
    m_heading->setIcon(symbolicIcon(QStringLiteral("chevron-right"), QStringLiteral("chevron-down")));
    m_heading->setIconSize({14, 14});
    m_heading->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_heading->setProperty("section", true);
    m_heading->setAutoRaise(true);
    m_heading->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    layout->addWidget(m_heading);
    layout->addWidget(m_content);
    m_content->hide();
    connect(m_heading, &QToolButton::toggled, m_content, &QWidget::setVisible);
}

bool Section::isOpen() const
{
    return m_heading->isChecked();
}
void Section::setOpen(bool open)
{
    m_heading->setChecked(open);
}

} // namespace unfog
