#include "widgets/window/dock_title.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>

#include "widgets/fields/field_row.h"

namespace unfog {

QDockWidget* makeDock(const QString& title, const QString& objectName, QWidget* content, QWidget* parent,
                      QWidget* header)
{
    auto* dock = new QDockWidget(title, parent);
    dock->setObjectName(objectName);
    dock->setAccessibleName(title);
    auto* bar = new QWidget(dock);
    auto* label = new QLabel(title, bar);
    label->setProperty("heading", true);
    QToolButton* close = smallButton(QStringLiteral("close"), QDockWidget::tr("Hide: %1").arg(title), bar);
    close->setIconSize({12, 12});
    auto* layout = new QHBoxLayout(bar);
    layout->setContentsMargins(14, 8, 8, 0);
    layout->addWidget(label);
    if (header)
        layout->addWidget(header, 1);
    else
        layout->addStretch();
    layout->addWidget(close);
    QObject::connect(close, &QToolButton::clicked, dock, &QDockWidget::close);
    dock->setTitleBarWidget(bar);
    dock->setWidget(content);
    return dock;
}

} // namespace unfog
