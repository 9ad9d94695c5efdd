#include "widgets/window/preferences_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QDir>
#include <QFileDialog>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

#include "widgets/fields/choice_box.h"
#include "widgets/fields/field_row.h"

namespace unfog {

namespace {

constexpr int kMostThreads = 1024;
constexpr int kMostSteps = 50; // of a preview's interval, as in the form

QLabel* note(const QString& text)
{
    auto* label = new QLabel(text);
    label->setProperty("subtle", true);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    return label;
}

QLabel* labelFor(const QString& text, QWidget* buddy)
{
    auto* label = new QLabel(text);
    label->setBuddy(buddy);
    return label;
}

} // namespace

PreferencesDialog::PreferencesDialog(const StudioState& state, const QString& standardFolder, int usableCores,
                                     QWidget* parent)
    : QDialog(parent), m_standardFolder(standardFolder), m_imageFolder(new QLineEdit(this)),
      m_modelFolders(new QListWidget(this)), m_threads(new QSpinBox(this)),
      m_previewMode(new ChoiceBox(this)), m_previewEvery(new QSpinBox(this)), m_theme(new QComboBox(this)),
      m_language(new QComboBox(this))
{
    setWindowTitle(tr("Preferences"));
    setObjectName(QStringLiteral("preferences"));
    m_imageFolder->setObjectName(QStringLiteral("imageFolder"));
    m_imageFolder->setText(state.galleryFolder);
    m_imageFolder->setPlaceholderText(standardFolder);
    m_imageFolder->setAccessibleName(tr("Image folder"));
    addClearButton(m_imageFolder);
    m_modelFolders->setObjectName(QStringLiteral("modelFolders"));
    m_modelFolders->setAccessibleName(tr("Model folders"));
    m_modelFolders->addItems(state.modelFolders);
    m_modelFolders->setMaximumHeight(110);
    m_threads->setObjectName(QStringLiteral("threads"));
    m_threads->setRange(0, kMostThreads);
    m_threads->setSpecialValueText(tr("Automatic (%1)").arg(usableCores));
    m_threads->setValue(state.threads);
    m_previewMode->setChoices({{"approximate", tr("Fast approximation").toStdString(), ""},
                               {"full", tr("Full decode").toStdString(), ""},
                               {"off", tr("Off").toStdString(), ""}});
    m_previewMode->setCurrentIndex(state.preview.mode == PreviewMode::Full  ? 1
                                   : state.preview.mode == PreviewMode::Off ? 2
                                                                            : 0);
    m_previewMode->setAccessibleName(tr("Preview"));
    m_previewEvery->setRange(1, kMostSteps);
    m_previewEvery->setPrefix(tr("every "));
    m_previewEvery->setSuffix(tr(" steps"));
    m_previewEvery->setSpecialValueText(tr("every step"));
    m_previewEvery->setValue(state.preview.everyNthStep);
    m_previewEvery->setAccessibleName(tr("How often the preview is shown"));
    m_theme->setObjectName(QStringLiteral("theme"));
    m_theme->addItems({tr("As the system"), tr("Light"), tr("Dark")});
    m_theme->setCurrentIndex(static_cast<int>(state.theme));
    m_language->addItem(tr("English"));
    m_language->setEnabled(false);
    m_language->setToolTip(tr("There is no translation yet."));

    auto* imageRow = new QHBoxLayout;
    auto* browse = new QPushButton(tr("Browse…"), this);
    imageRow->addWidget(m_imageFolder, 1);
    imageRow->addWidget(browse);
    connect(browse, &QPushButton::clicked, this, &PreferencesDialog::chooseImageFolder);
    auto* previewRow = new QHBoxLayout;
    previewRow->addWidget(m_previewMode, 1);
    previewRow->addWidget(m_previewEvery);

    auto* form = new QFormLayout;
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    form->setVerticalSpacing(10);
    form->addRow(labelFor(tr("&Image folder"), m_imageFolder), imageRow);
    form->addRow(QString(),
                 note(tr("New images are saved there at once; the gallery shows that folder after the next "
                         "start.")));
    form->addRow(labelFor(tr("&Model folders"), m_modelFolders), buildFolders());
    form->addRow(tr("&Threads"), m_threads);
    form->addRow(QString(),
                 note(tr("Cores that compute images on the processor. Fewer leave more to other programs.")));
    form->addRow(labelFor(tr("&Preview"), m_previewMode), previewRow);
    form->addRow(tr("T&heme"), m_theme);
    form->addRow(tr("&Language"), m_language);

    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(20, 18, 20, 18);
    layout->setSpacing(14);
    layout->addLayout(form);
    layout->addWidget(buttons);
    setMinimumWidth(560);
}

QWidget* PreferencesDialog::buildFolders()
{
    auto* box = new QWidget(this);
    auto* layout = new QVBoxLayout(box);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_modelFolders);
    auto* row = new QHBoxLayout;
    auto* add = new QPushButton(tr("Add…"), box);
    auto* remove = new QPushButton(tr("Remove"), box);
    remove->setEnabled(false);
    row->addWidget(add);
    row->addWidget(remove);
    row->addStretch();
    layout->addLayout(row);
    layout->addWidget(note(tr("The list of models shows every model in these folders.")));
    connect(add, &QPushButton::clicked, this, &PreferencesDialog::addModelFolder);
    connect(remove, &QPushButton::clicked, this, [this] { delete m_modelFolders->currentItem(); });
    connect(m_modelFolders, &QListWidget::currentRowChanged, remove,
            [remove](int current) { remove->setEnabled(current >= 0); });
    return box;
}

void PreferencesDialog::chooseImageFolder()
{
    const QString start = m_imageFolder->text().isEmpty() ? m_standardFolder : m_imageFolder->text();
    const QString folder = QFileDialog::getExistingDirectory(this, tr("Choose the image folder"), start);
    if (!folder.isEmpty())
        m_imageFolder->setText(folder == m_standardFolder ? QString() : folder);
}

void PreferencesDialog::addModelFolder()
{
    const QString folder = QFileDialog::getExistingDirectory(this, tr("Add a folder with models"));
    if (!folder.isEmpty() && m_modelFolders->findItems(folder, Qt::MatchExactly).isEmpty())
        m_modelFolders->addItem(folder);
}

StudioState PreferencesDialog::applied(StudioState state) const
{
    const QString folder = m_imageFolder->text().trimmed();
    state.galleryFolder = folder.isEmpty() ? folder : QDir(folder).absolutePath();
    state.modelFolders.clear();
    for (int row = 0; row < m_modelFolders->count(); ++row)
        state.modelFolders.append(m_modelFolders->item(row)->text());
    state.threads = m_threads->value();
    const int mode = m_previewMode->currentIndex();
    state.preview.mode = mode == 1   ? PreviewMode::Full
                         : mode == 2 ? PreviewMode::Off
                                     : PreviewMode::Approximate;
    state.preview.everyNthStep = m_previewEvery->value();
    state.theme = static_cast<ThemeChoice>(m_theme->currentIndex());
    return state;
}

} // namespace unfog
