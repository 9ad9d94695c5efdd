#include "widgets/create/import_report.h"

#include <algorithm>
#include <array>

#include <QCoreApplication>
#include <QDialog>
#include <QDialogButtonBox>
#include <QHeaderView>
#include <QLabel>
#include <QTableWidget>
#include <QVBoxLayout>

#include "widgets/create/picture_parameters.h"
#include "widgets/fields/plain_text.h"

namespace unfog {

namespace {

constexpr std::size_t kShownValueBytes = 300;

struct Words final {
    Q_DECLARE_TR_FUNCTIONS(ImportReport)
};

QString outcomeText(ImportOutcome outcome)
{
    switch (outcome) {
    case ImportOutcome::Applied:
        return Words::tr("Applied");
    case ImportOutcome::Approximated:
        return Words::tr("Approximated");
    case ImportOutcome::Ignored:
        break;
    }
    return Words::tr("Ignored");
}

QTableWidgetItem* cell(const QString& text)
{
    auto* item = new QTableWidgetItem(singleLine(text));
    item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable);
    item->setToolTip(plainToolTip(text));
    return item;
}

QTableWidget* makeTable(const PictureParameters& parameters)
{
    auto* table = new QTableWidget;
    table->setObjectName(QStringLiteral("importReport"));
    table->setColumnCount(4);
    table->setHorizontalHeaderLabels(
        {Words::tr("Setting"), Words::tr("Value"), Words::tr("Result"), Words::tr("Note")});
    std::vector<ImportedValue> values = parameters.imported.values;
    // What needs attention first, each in the order of the source.
    std::stable_sort(values.begin(), values.end(), [](const ImportedValue& a, const ImportedValue& b) {
        const auto rank = [](ImportOutcome outcome) {
            return outcome == ImportOutcome::Applied ? 2 : outcome == ImportOutcome::Approximated ? 0 : 1;
        };
        return rank(a.outcome) < rank(b.outcome);
    });
    table->setRowCount(static_cast<int>(values.size() + parameters.notes.size()));
    int row = 0;
    for (const ImportedValue& value : values) {
        table->setItem(row, 0, cell(QString::fromStdString(value.name)));
        table->setItem(row, 1, cell(QString::fromStdString(shortened(value.value, kShownValueBytes))));
        table->setItem(row, 2, cell(outcomeText(value.outcome)));
        table->setItem(row++, 3, cell(QString::fromStdString(value.note)));
    }
    for (const QString& note : parameters.notes) {
        table->setItem(row, 2, cell(outcomeText(ImportOutcome::Ignored)));
        table->setItem(row++, 3, cell(note));
    }
    table->verticalHeader()->hide();
    table->setWordWrap(true);
    table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    table->horizontalHeader()->setSectionResizeMode(1, QHeaderView::Stretch);
    table->horizontalHeader()->setSectionResizeMode(3, QHeaderView::Stretch);
    table->verticalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    return table;
}

} // namespace

void showImportReport(const QString& source, const PictureParameters& parameters, QWidget* parent)
{
    auto* dialog = new QDialog(parent);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(Words::tr("Imported settings"));
    auto* layout = new QVBoxLayout(dialog);
    auto* heading = new QLabel(
        Words::tr("From %1: %2 applied, %3 approximated, %4 ignored.")
            .arg(singleLine(source))
            .arg(parameters.count(ImportOutcome::Applied))
            .arg(parameters.count(ImportOutcome::Approximated))
            .arg(parameters.count(ImportOutcome::Ignored) + static_cast<int>(parameters.notes.size())));
    heading->setTextFormat(Qt::PlainText);
    heading->setWordWrap(true);
    layout->addWidget(heading);
    layout->addWidget(makeTable(parameters));
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    QObject::connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::reject);
    layout->addWidget(buttons);
    dialog->resize(860, 520);
    dialog->open();
}

} // namespace unfog
