#include "widgets/window/computer_dialog.h"

#include <QClipboard>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QGuiApplication>
#include <QLabel>
#include <QPushButton>

#include "base/printable.h"

namespace unfog {

ComputerDialog::ComputerDialog(const DeviceReport& report, QWidget* parent) : QDialog(parent)
{
    setWindowTitle(tr("About this computer"));
    auto* layout = new QFormLayout(this);
    layout->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
    QString all;
    for (const auto& [label, text] : rowsOf(report)) {
        const QString name = QString::fromStdString(label);
        auto* value = new QLabel(QString::fromStdString(printableLine(text)), this);
        value->setTextFormat(Qt::PlainText);
        value->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
        value->setWordWrap(true);
        value->setMinimumWidth(fontMetrics().averageCharWidth() * 60);
        value->setAccessibleName(name);
        layout->addRow(name + u':', value);
        all += name + QStringLiteral(": ") + value->text() + u'\n';
    }
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    QPushButton* copy = buttons->addButton(tr("&Copy"), QDialogButtonBox::ActionRole);
    connect(copy, &QPushButton::clicked, this, [all] { QGuiApplication::clipboard()->setText(all); });
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    layout->addRow(buttons);
}

} // namespace unfog
