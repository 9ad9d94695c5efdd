#include "widgets/export/export_dialog.h"

#include <QDesktopServices>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QMenu>
#include <QUrl>

#include "ui_export_dialog.h"
#include "widgets/fields/field_row.h"

namespace unfog {

namespace {
const QStringList tellingPlaceholders{QStringLiteral("{prompt}"), QStringLiteral("{negative}"),
                                      QStringLiteral("{seed}")};
} // namespace

ExportDialog::ExportDialog(const ExportPlan& plan, const QList<ExportItem>& items, bool isSearchResult,
                           QWidget* parent)
    : QDialog(parent), m_items(items), m_isSearchResult(isSearchResult),
      m_ui(std::make_unique<Ui::ExportDialog>())
{
    m_ui->setupUi(this);
    QFont font = m_ui->heading->font();
    font.setPointSizeF(font.pointSizeF() * 1.25);
    m_ui->heading->setFont(font);
    showHeading();
    if (!items.isEmpty()) {
        if (const auto read = nameValuesOf(items.constFirst(), {}, 1))
            m_example = *read;
    }
    fillChoices();
    setPlan(plan);
    m_ui->progress->setVisible(false);
    m_ui->openFolder->setVisible(false);
    m_ui->start->setEnabled(!items.isEmpty());

    connect(m_ui->chooseFolder, &QPushButton::clicked, this, [this] {
        const QString folder =
            QFileDialog::getExistingDirectory(this, tr("Export into"), m_ui->folder->text());
        if (!folder.isEmpty())
            m_ui->folder->setText(folder);
    });
    connect(m_ui->quality, &QSlider::valueChanged, m_ui->qualityBox, &QSpinBox::setValue);
    connect(m_ui->qualityBox, &QSpinBox::valueChanged, m_ui->quality, &QSlider::setValue);
    for (QComboBox* box : {m_ui->format, m_ui->resize, m_ui->clash})
        connect(box, &QComboBox::currentIndexChanged, this, &ExportDialog::showFields);
    connect(m_ui->contactSheet, &QCheckBox::toggled, this, &ExportDialog::showFields);
    connect(m_ui->keepMetadata, &QCheckBox::toggled, this, &ExportDialog::showNamePreview);
    for (QLineEdit* edit : {m_ui->nameTemplate, m_ui->folder})
        connect(edit, &QLineEdit::textChanged, this, &ExportDialog::showNamePreview);
    for (QSpinBox* box : {m_ui->longestSide, m_ui->exactWidth, m_ui->exactHeight})
        connect(box, &QSpinBox::valueChanged, this, &ExportDialog::showNamePreview);
    connect(m_ui->percent, &QDoubleSpinBox::valueChanged, this, &ExportDialog::showNamePreview);
    connect(m_ui->start, &QPushButton::clicked, this, &ExportDialog::start);
    connect(m_ui->close, &QPushButton::clicked, this, &ExportDialog::reject);
    connect(m_ui->openFolder, &QPushButton::clicked, this,
            [this] { QDesktopServices::openUrl(QUrl::fromLocalFile(m_ui->folder->text())); });
    connect(&m_exporter, &Exporter::progress, this, &ExportDialog::showProgress);
    connect(&m_exporter, &Exporter::finished, this, &ExportDialog::showReport);
    showFields();
}

ExportDialog::~ExportDialog() = default;

void ExportDialog::addItems(const QList<ExportItem>& items, bool complete)
{
    m_items.append(items);
    m_complete = complete;
    showHeading();
    showNamePreview();
}

void ExportDialog::showHeading()
{
    const auto count = static_cast<int>(m_items.size());
    m_ui->heading->setText(m_isSearchResult ? tr("Export all %n image(s) found", nullptr, count)
                                            : tr("Export %n selected image(s)", nullptr, count));
}

void ExportDialog::fillChoices()
{
    m_ui->format->addItem(tr("PNG"), static_cast<int>(ExportFormat::Png));
    m_ui->format->addItem(tr("JPEG"), static_cast<int>(ExportFormat::Jpeg));
    m_ui->format->addItem(tr("WebP"), static_cast<int>(ExportFormat::WebP));
    m_ui->resize->addItem(tr("As they are"), static_cast<int>(ResizeKind::None));
    m_ui->resize->addItem(tr("Longest side"), static_cast<int>(ResizeKind::LongestSide));
    m_ui->resize->addItem(tr("Percent"), static_cast<int>(ResizeKind::Percent));
    m_ui->resize->addItem(tr("Exactly, cropped"), static_cast<int>(ResizeKind::Exact));
    m_ui->clash->addItem(tr("Add a number"), static_cast<int>(ClashRule::Rename));
    m_ui->clash->addItem(tr("Leave the image out"), static_cast<int>(ClashRule::Skip));
    m_ui->clash->addItem(tr("Overwrite the file"), static_cast<int>(ClashRule::Overwrite));
    auto* menu = new QMenu(m_ui->insertPlaceholder);
    const QStringList placeholders = knownPlaceholders();
    for (const QString& name : placeholders) {
        QString plain = name;
        plain.remove(u'{').remove(u'}');
        const QString inserted = QStringLiteral("{%1}").arg(plain);
        connect(menu->addAction(inserted), &QAction::triggered, this,
                [this, inserted] { m_ui->nameTemplate->insert(inserted); });
    }
    m_ui->insertPlaceholder->setMenu(menu);
}

ExportPlan ExportDialog::plan() const
{
    ExportPlan plan;
    plan.folder = m_ui->folder->text().trimmed();
    plan.nameTemplate = m_ui->nameTemplate->text();
    plan.format = static_cast<ExportFormat>(m_ui->format->currentData().toInt());
    plan.quality = m_ui->qualityBox->value();
    plan.resize.kind = static_cast<ResizeKind>(m_ui->resize->currentData().toInt());
    plan.resize.longestSidePx = m_ui->longestSide->value();
    plan.resize.percent = m_ui->percent->value();
    plan.resize.widthPx = m_ui->exactWidth->value();
    plan.resize.heightPx = m_ui->exactHeight->value();
    plan.keepMetadata = m_ui->keepMetadata->isChecked();
    plan.clash = static_cast<ClashRule>(m_ui->clash->currentData().toInt());
    plan.manifest = m_ui->manifest->isChecked();
    plan.contactSheet = m_ui->contactSheet->isChecked();
    plan.contactSheetColumns = m_ui->sheetColumns->value();
    plan.contactSheetTilePx = m_ui->sheetTile->value();
    return plan;
}

void ExportDialog::setPlan(const ExportPlan& plan)
{
    const auto choose = [](QComboBox* box, auto value) {
        box->setCurrentIndex(box->findData(static_cast<int>(value)));
    };
    m_ui->folder->setText(plan.folder);
    m_ui->nameTemplate->setText(plan.nameTemplate);
    choose(m_ui->format, plan.format);
    m_ui->qualityBox->setValue(plan.quality);
    m_ui->quality->setValue(plan.quality);
    choose(m_ui->resize, plan.resize.kind);
    m_ui->longestSide->setValue(plan.resize.longestSidePx);
    m_ui->percent->setValue(plan.resize.percent);
    m_ui->exactWidth->setValue(plan.resize.widthPx);
    m_ui->exactHeight->setValue(plan.resize.heightPx);
    m_ui->keepMetadata->setChecked(plan.keepMetadata);
    choose(m_ui->clash, plan.clash);
    m_ui->manifest->setChecked(plan.manifest);
    m_ui->contactSheet->setChecked(plan.contactSheet);
    m_ui->sheetColumns->setValue(plan.contactSheetColumns);
    m_ui->sheetTile->setValue(plan.contactSheetTilePx);
    showFields();
}

void ExportDialog::showFields()
{
    const ExportPlan now = plan();
    const bool lossy = now.format != ExportFormat::Png;
    for (QWidget* widget : {static_cast<QWidget*>(m_ui->quality), static_cast<QWidget*>(m_ui->qualityBox),
                            static_cast<QWidget*>(m_ui->qualityLabel)})
        widget->setEnabled(lossy);
    m_ui->longestSide->setVisible(now.resize.kind == ResizeKind::LongestSide);
    m_ui->percent->setVisible(now.resize.kind == ResizeKind::Percent);
    m_ui->exactWidth->setVisible(now.resize.kind == ResizeKind::Exact);
    m_ui->exactHeight->setVisible(now.resize.kind == ResizeKind::Exact);
    m_ui->sheetColumns->setEnabled(now.contactSheet);
    m_ui->sheetTile->setEnabled(now.contactSheet);
    showNamePreview();
}

QString ExportDialog::namePreview() const
{
    return m_ui->namePreview->text();
}

void ExportDialog::showNamePreview()
{
    const ExportPlan now = plan();
    const auto valid = validatePlan(now);
    m_ui->start->setEnabled(valid.has_value() && !m_items.isEmpty() && m_complete && !isRunning());
    setProblem(m_ui->namePreview, !valid.has_value());
    if (!valid)
        return m_ui->namePreview->setText(QString::fromStdString(valid.error().message));
    NameValues values;
    if (m_example) {
        values = *m_example;
    } else {
        values.created = QDateTime::currentDateTime();
        values.prompt = tr("a red apple on a table");
        values.widthPx = values.heightPx = 512;
    }
    const QSize size = exportedSize({values.widthPx, values.heightPx}, now.resize);
    values.widthPx = size.width();
    values.heightPx = size.height();
    const auto name = expandTemplate(now.nameTemplate, values, suffixOf(now.format));
    setProblem(m_ui->namePreview, !name.has_value());
    if (!name)
        return m_ui->namePreview->setText(QString::fromStdString(name.error().message));
    QStringList lines{tr("For example: %1").arg(*name)};
    QStringList telling;
    for (const QString& placeholder : usedPlaceholders(now.nameTemplate)) {
        if (tellingPlaceholders.contains(placeholder))
            telling << placeholder;
    }
    if (!now.keepMetadata && !telling.isEmpty())
        lines << tr("The file names still say how the images were made: %1.").arg(telling.join(u", "));
    m_ui->namePreview->setText(lines.join(u'\n'));
}

void ExportDialog::start()
{
    if (isRunning()) {
        m_exporter.cancel();
        m_ui->start->setEnabled(false);
        m_ui->status->setText(tr("Stopping…"));
        return;
    }
    m_ui->settings->setEnabled(false);
    m_ui->openFolder->hide();
    m_ui->progress->setRange(0, static_cast<int>(m_items.size()));
    m_ui->progress->setValue(0);
    m_ui->progress->show();
    m_ui->start->setText(tr("Stop"));
    setProblem(m_ui->status, false);
    m_exporter.start(plan(), m_items);
}

void ExportDialog::showProgress(const ExportProgress& progress)
{
    m_ui->progress->setRange(0, progress.total);
    m_ui->progress->setValue(progress.done);
    m_ui->status->setText(
        tr("%1 of %2: %3").arg(progress.done).arg(progress.total).arg(QFileInfo(progress.file).fileName()));
}

void ExportDialog::showReport(const ExportReport& report)
{
    m_ui->settings->setEnabled(true);
    m_ui->start->setText(tr("Export"));
    m_ui->progress->hide();
    m_ui->openFolder->setVisible(!report.files.isEmpty());
    QStringList lines;
    QStringList counts;
    counts << tr("%n image(s) written", nullptr, report.written);
    if (report.skippedDone > 0)
        counts << tr("%n there already", nullptr, report.skippedDone);
    if (report.skippedClash > 0)
        counts << tr("%n left out because the name was taken", nullptr, report.skippedClash);
    lines << (report.cancelled ? tr("Stopped: %1.") : tr("Done: %1.")).arg(counts.join(QStringLiteral(", ")));
    for (const QString& line : {report.notice, report.stopped}) {
        if (!line.isEmpty())
            lines << line;
    }
    if (!report.failures.isEmpty())
        lines << tr("%n failed", nullptr, static_cast<int>(report.failures.size())) + QStringLiteral(": ") +
                     report.failures.constFirst().message;
    m_ui->status->setText(lines.join(u'\n'));
    setProblem(m_ui->status, !report.stopped.isEmpty() || !report.failures.isEmpty());
    showNamePreview();
    Q_EMIT exported(report);
    if (m_closeAtEnd)
        QDialog::reject();
}

void ExportDialog::reject()
{
    if (!isRunning())
        return QDialog::reject();
    m_closeAtEnd = true;
    m_exporter.cancel();
    m_ui->status->setText(tr("Stopping…"));
}

} // namespace unfog
