#include "widgets/canvas/run_controls.h"

#include <QHBoxLayout>
#include <QPushButton>
#include <QToolButton>

#include "widgets/fields/symbolic_icon.h"
#include "widgets/window/action_registry.h"

namespace unfog {

RunControls::RunControls(ActionRegistry& actions, QWidget* parent)
    : QWidget(parent), m_generate(new QPushButton(this))
{
    setObjectName(QStringLiteral("runControls"));
    QAction* generate = actions.action(QStringLiteral("run.generate"));
    const auto showKey = [this, generate] {
        const QString keys = generate->shortcut().toString(QKeySequence::NativeText);
        const QString name = generate->text().remove(u'&');
        m_generate->setText(keys.isEmpty() ? name : name + QStringLiteral("  ") + keys);
        m_generate->setAccessibleName(name);
    };
    showKey();
    m_generate->setToolTip(generate->toolTip());
    m_generate->setIcon(symbolicIcon(QStringLiteral("generate"), {}, QPalette::BrightText));
    m_generate->setProperty("primary", true);
    m_generate->setEnabled(generate->isEnabled());
    m_generate->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(m_generate, &QPushButton::clicked, generate, &QAction::trigger);
    connect(generate, &QAction::changed, this, [this, generate, showKey] {
        showKey();
        m_generate->setEnabled(generate->isEnabled());
        m_generate->setToolTip(generate->toolTip());
    });
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(14, 10, 14, 12);
    layout->setSpacing(6);
    layout->addWidget(m_generate, 1);
    for (const char* id : {"run.live", "run.stop", "run.stop-after"}) {
        auto* button = new QToolButton(this);
        button->setDefaultAction(actions.action(QString::fromLatin1(id)));
        button->setAccessibleName(button->defaultAction()->text().remove(u'&'));
        button->setIconSize({20, 20});
        button->setAutoRaise(true);
        button->setMinimumSize(34, 34);
        layout->addWidget(button);
    }
}

} // namespace unfog
