#include "widgets/generate_panel.h"

#include <QCheckBox>
#include <QDoubleSpinBox>
#include <QEvent>
#include <QJsonObject>
#include <QLineEdit>
#include <QScopedValueRollback>
#include <QScrollBar>
#include <QSpinBox>
#include <QVBoxLayout>

#include "generation/validate.h"
#include "widgets/choice_box.h"
#include "widgets/field_row.h"
#include "widgets/model_picker.h"
#include "widgets/seed_field.h"
#include "widgets/size_field.h"
#include "widgets/slider_field.h"

namespace unfog {

namespace {

constexpr double etaOfScheduler = -0.05; // the spin box's lowest value, shown as words
constexpr int maximumSteps = 150;        // of the slider; more may be typed

/// A wheel over a form scrolls it; only the focused field takes it as a value.
class WheelGuard final : public QObject {
public:
    using QObject::QObject;
    bool eventFilter(QObject* watched, QEvent* event) override
    {
        const auto* widget = qobject_cast<QWidget*>(watched);
        if (event->type() == QEvent::Wheel && widget && !widget->hasFocus()) {
            event->ignore();
            return true;
        }
        return QObject::eventFilter(watched, event);
    }
};

std::vector<NamedChoice> withModelsOwn(std::vector<NamedChoice> choices)
{
    choices.insert(choices.begin(),
                   NamedChoice{"", GeneratePanel::tr("Model's own").toStdString(),
                               GeneratePanel::tr("As the model's configuration says").toStdString()});
    return choices;
}

QVBoxLayout* columnIn(QWidget* widget, int spacing = 10)
{
    auto* layout = new QVBoxLayout(widget);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(spacing);
    return layout;
}

QFrame* hairline(QWidget* parent)
{
    auto* line = new QFrame(parent);
    line->setProperty("hairline", true);
    return line;
}

} // namespace

GeneratePanel::GeneratePanel(const SamplerCatalog& catalog, InitImageField::Keeper keeper, QWidget* parent)
    : QWidget(parent), m_catalog(catalog),
      m_prompt(new PromptEditor(tr("&Prompt"), tr("What should be in the picture?"), 4, this)),
      m_negative(new PromptEditor(tr("&Negative prompt"), tr("What should stay out of it"), 2, this)),
      m_initImage(new InitImageField(std::move(keeper), this))
{
    m_prompt->edit()->setToolTip(
        tr("What the picture shows. Ctrl+Up and Ctrl+Down change the weight of a word: "
           "(word:1.1)."));
    m_negative->edit()->setToolTip(
        tr("What the picture is steered away from. Works only with guidance above 1."));
    auto* layout = columnIn(this, 14);
    layout->setContentsMargins(14, 12, 10, 12);
    layout->addWidget(m_prompt);
    layout->addWidget(m_negative);
    layout->addWidget(buildPicture(this));
    layout->addWidget(hairline(this));
    layout->addWidget(buildSampling(this));
    layout->addWidget(hairline(this));
    m_initSection = new Section(tr("Start from a picture"), m_initImage, this);
    m_previewSection = new Section(tr("Preview"), buildPreview(this), this);
    m_advancedSection = new Section(tr("Advanced"), buildAdvanced(this), this);
    auto* sections = new QVBoxLayout;
    sections->setSpacing(6);
    sections->addWidget(m_initSection);
    sections->addWidget(m_previewSection);
    sections->addWidget(m_advancedSection);
    layout->addLayout(sections);
    layout->addStretch();

    auto* guard = new WheelGuard(this);
    const auto children = findChildren<QWidget*>();
    for (QWidget* child : children) {
        if (qobject_cast<QAbstractSpinBox*>(child) || qobject_cast<QComboBox*>(child) ||
            qobject_cast<QAbstractSlider*>(child) != nullptr) {
            if (qobject_cast<QScrollBar*>(child))
                continue;
            child->setFocusPolicy(Qt::StrongFocus);
            child->installEventFilter(guard);
        }
    }
    connectFields();
    setRequest(m_defaults);
}

QWidget* GeneratePanel::buildPicture(QWidget* parent)
{
    auto* box = new QWidget(parent);
    auto* layout = columnIn(box);
    m_model = new ModelPicker(box);
    m_modelRow = new FieldRow(tr("&Model"), tr("The networks that paint. Each knows what it was trained on."),
                              m_model, box);
    layout->addWidget(m_modelRow);
    m_guidance =
        new SliderField(tr("&Guidance"),
                        tr("How closely the picture follows the prompt. Low is freer and softer, high is "
                           "more literal, with harder contrast; 1 switches it off."),
                        {.minimum = 1.0,
                         .maximum = 30.0,
                         .step = 0.1,
                         .decimals = 1,
                         .value = 7.5,
                         .spinMaximum = kMaxGuidance},
                        box);
    layout->addWidget(m_guidance);
    m_steps =
        new SliderField(tr("&Steps"),
                        tr("How many times noise is taken away. More is slower and cleaner; beyond about 30 "
                           "little changes."),
                        {.minimum = 1,
                         .maximum = maximumSteps,
                         .step = 1,
                         .decimals = 0,
                         .value = 20,
                         .spinMaximum = kMaxSteps},
                        box);
    layout->addWidget(m_steps);
    m_size = new SizeField(box);
    m_sizeRow = new FieldRow(tr("Size"), tr("Width and height of the picture in pixels."), m_size, box);
    layout->addWidget(m_sizeRow);
    m_seed = new SeedField(box);
    m_seedRow = new FieldRow(tr("See&d"),
                             tr("The number the noise is made from: the same seed and settings give the same "
                                "picture."),
                             m_seed, box);
    layout->addWidget(m_seedRow);
    m_count = new QSpinBox(box);
    m_count->setRange(1, kMaxCount);
    m_countRow = new FieldRow(tr("P&ictures"), tr("How many pictures a run makes, each with the next seed."),
                              m_count, box);
    layout->addWidget(m_countRow);
    return box;
}

QWidget* GeneratePanel::buildSampling(QWidget* parent)
{
    auto* box = new QWidget(parent);
    auto* layout = columnIn(box);
    m_scheduler = new ChoiceBox(box);
    std::vector<NamedChoice> schedulers;
    for (const SchedulerChoice& choice : m_catalog.schedulers)
        schedulers.push_back(choice.scheduler);
    m_scheduler->setChoices(withModelsOwn(schedulers));
    m_schedulerRow =
        new FieldRow(tr("Sche&duler"),
                     tr("The rule by which each step takes noise away: decides how fast a picture "
                        "becomes clean and how it looks at few steps."),
                     m_scheduler, box);
    layout->addWidget(m_schedulerRow);
    m_spacing = new ChoiceBox(box);
    m_spacing->setChoices(withModelsOwn(m_catalog.spacings));
    m_spacingRow =
        new FieldRow(tr("Spacin&g"),
                     tr("Which noise levels the steps visit: more of them early shape the composition, "
                        "more of them late sharpen details."),
                     m_spacing, box);
    layout->addWidget(m_spacingRow);
    return box;
}

QWidget* GeneratePanel::buildPreview(QWidget* parent)
{
    auto* box = new QWidget(parent);
    auto* layout = columnIn(box);
    m_previewMode = new ChoiceBox(box);
    m_previewMode->setChoices(
        {{"approximate", tr("Fast approximation").toStdString(),
          tr("Colours only, costs next to nothing").toStdString()},
         {"full", tr("Full decode").toStdString(),
          tr("As the finished picture would look; costs time").toStdString()},
         {"off", tr("Off").toStdString(), tr("Nothing until the picture is finished").toStdString()}});
    m_previewModeRow = new FieldRow(
        tr("Shown"), tr("How the picture is shown while it forms. Has no influence on the result."),
        m_previewMode, box);
    layout->addWidget(m_previewModeRow);
    m_previewEvery = new QSpinBox(box);
    m_previewEvery->setRange(1, 50);
    m_previewEvery->setSpecialValueText(tr("every step"));
    m_previewEvery->setPrefix(tr("every "));
    m_previewEvery->setSuffix(tr(" steps"));
    m_previewEveryRow = new FieldRow(
        tr("How often"), tr("At which steps the picture is shown while it forms."), m_previewEvery, box);
    layout->addWidget(m_previewEveryRow);
    return box;
}

QWidget* GeneratePanel::buildAdvanced(QWidget* parent)
{
    auto* box = new QWidget(parent);
    auto* layout = columnIn(box);
    m_device = new ChoiceBox(box);
    m_device->setChoices(
        {{"auto", tr("Automatic").toStdString(), tr("The graphics card if there is one").toStdString()},
         {"cpu", tr("Processor (CPU)").toStdString(), ""},
         {"cuda", tr("Graphics card (CUDA)").toStdString(), ""}});
    m_deviceRow = new FieldRow(
        tr("Device"), tr("Where it is computed. The picture is the same up to rounding."), m_device, box);
    m_precision = new ChoiceBox(box);
    m_precision->setChoices(
        {{"auto", tr("Automatic").toStdString(), tr("What the device does best").toStdString()},
         {"float32", tr("32 bit").toStdString(), ""},
         {"float16", tr("16 bit (half)").toStdString(), ""},
         {"bfloat16", tr("16 bit (bfloat)").toStdString(), ""}});
    m_precisionRow =
        new FieldRow(tr("Precision"),
                     tr("16 bit needs half the memory and is faster on graphics cards; fine details may "
                        "differ."),
                     m_precision, box);
    m_rescale = new SliderField(
        tr("Rescale"),
        tr("Takes back the over-exposure of high guidance: 0 leaves the picture as it is, 0.7 "
           "is usual for v-prediction models."),
        {.minimum = 0.0, .maximum = 1.0, .step = 0.01, .decimals = 2, .value = 0.0}, box);
    m_eta = new QDoubleSpinBox(box);
    m_eta->setRange(etaOfScheduler, 1.0);
    m_eta->setSingleStep(0.05);
    m_eta->setDecimals(4);
    m_eta->setSpecialValueText(tr("Scheduler's own"));
    m_etaRow = new FieldRow(
        tr("Eta (η)"),
        tr("Fresh noise at each step of DDIM and TCD: 0 always gives the same picture for a seed, "
           "1 wanders most."),
        m_eta, box);
    m_prediction = new ChoiceBox(box);
    m_prediction->setChoices(withModelsOwn(m_catalog.predictions));
    m_predictionRow =
        new FieldRow(tr("Prediction"),
                     tr("What the network was trained to answer. Wrong, it gives noise: change it only "
                        "for models that say nothing of it."),
                     m_prediction, box);
    m_clipSkip = new QSpinBox(box);
    m_clipSkip->setRange(0, 24);
    m_clipSkip->setSpecialValueText(tr("Model's own"));
    m_clipSkipRow =
        new FieldRow(tr("CLIP skip"),
                     tr("Leaves out the last layers of the text encoder: the prompt is understood more "
                        "loosely. Some models were trained with 2."),
                     m_clipSkip, box);
    m_tiled = new QCheckBox(tr("In tiles"), box);
    m_tiledRow =
        new FieldRow(tr("Decode"),
                     tr("Decodes the picture piece by piece: far less memory for large pictures, slightly "
                        "different at the seams."),
                     m_tiled, box);
    m_weights = new QCheckBox(tr("Brackets are weights"), box);
    m_weightsRow = new FieldRow(tr("Prompts"),
                                tr("(a:1.2) paints a more strongly, [a] less; \\( is a bracket. Off, brackets are "
                                   "read as text, as the reference software does."),
                                m_weights, box);
    m_tokenizer = new QLineEdit(box);
    m_tokenizer->setPlaceholderText(tr("Model's own"));
    addClearButton(m_tokenizer);
    m_tokenizerRow =
        new FieldRow(tr("Tokenizer"),
                     tr("A folder with vocab.json and merges.txt, for single-file models that come "
                        "without."),
                     m_tokenizer, box);
    for (QWidget* row : {static_cast<QWidget*>(m_deviceRow), static_cast<QWidget*>(m_precisionRow),
                         static_cast<QWidget*>(m_rescale), static_cast<QWidget*>(m_etaRow),
                         static_cast<QWidget*>(m_predictionRow), static_cast<QWidget*>(m_clipSkipRow),
                         static_cast<QWidget*>(m_tiledRow), static_cast<QWidget*>(m_weightsRow),
                         static_cast<QWidget*>(m_tokenizerRow)})
        layout->addWidget(row);
    return box;
}

void GeneratePanel::connectFields()
{
    const auto changed = [this] { fieldChanged(); };
    connect(m_prompt, &PromptEditor::textChanged, this, changed);
    connect(m_negative, &PromptEditor::textChanged, this, changed);
    const auto loadingChanged = [this] {
        fieldChanged();
        tellModel();
    };
    connect(m_model, &ModelPicker::modelChanged, this, loadingChanged);
    for (ChoiceBox* box : {m_device, m_precision})
        connect(box, &ChoiceBox::nameChanged, this, loadingChanged);
    connect(m_tokenizer, &QLineEdit::editingFinished, this, loadingChanged);
    for (SliderField* field : {m_guidance, m_steps, m_rescale})
        connect(field, &SliderField::valueChanged, this, changed);
    connect(m_size, &SizeField::sizeChanged, this, changed);
    connect(m_seed, &SeedField::seedChanged, this, changed);
    connect(m_seed, &SeedField::lockChanged, this, [this](bool locked) {
        showResets();
        Q_EMIT seedLockChanged(locked);
    });
    for (QSpinBox* box : {m_count, m_clipSkip})
        connect(box, &QSpinBox::valueChanged, this, changed);
    connect(m_eta, &QDoubleSpinBox::valueChanged, this, changed);
    connect(m_scheduler, &ChoiceBox::nameChanged, this, [this] {
        showSpacings();
        if (!m_filling && !m_spacing->isCurrentPossible())
            m_spacing->setName({});
        fieldChanged();
    });
    for (ChoiceBox* box : {m_spacing, m_prediction})
        connect(box, &ChoiceBox::nameChanged, this, changed);
    connect(m_tiled, &QCheckBox::toggled, this, changed);
    connect(m_weights, &QCheckBox::toggled, this, changed);
    connect(m_initImage, &InitImageField::changed, this, changed);
    connect(m_initImage, &InitImageField::problem, this, &GeneratePanel::problem);
    const auto previewChangedHere = [this] {
        m_previewEvery->setEnabled(preview().mode != PreviewMode::Off);
        showResets();
        Q_EMIT previewChanged(preview());
    };
    connect(m_previewMode, &ChoiceBox::nameChanged, this, previewChangedHere);
    connect(m_previewEvery, &QSpinBox::valueChanged, this, previewChangedHere);

    const auto onReset = [this](FieldRow* row, std::function<void()> reset) {
        connect(row, &FieldRow::resetRequested, this, std::move(reset));
    };
    onReset(m_modelRow, [this] { m_model->setModel(QString::fromStdString(m_defaults.model)); });
    onReset(m_schedulerRow, [this] { m_scheduler->setName(m_defaults.sampler.scheduler); });
    onReset(m_spacingRow, [this] { m_spacing->setName(m_defaults.sampler.spacing); });
    onReset(m_sizeRow, [this] { m_size->setSizePx({m_defaults.widthPx, m_defaults.heightPx}); });
    onReset(m_seedRow, [this] {
        m_seed->setSeed(m_defaults.seed);
        m_seed->setLocked(false);
    });
    onReset(m_countRow, [this] { m_count->setValue(m_defaults.count); });
    onReset(m_previewModeRow, [this] { m_previewMode->setName("approximate"); });
    onReset(m_previewEveryRow, [this] { m_previewEvery->setValue(1); });
    onReset(m_predictionRow, [this] { m_prediction->setName(m_defaults.sampler.prediction); });
    onReset(m_etaRow, [this] { m_eta->setValue(m_defaults.sampler.eta.value_or(etaOfScheduler)); });
    onReset(m_deviceRow, [this] { m_device->setCurrentIndex(static_cast<int>(m_defaults.device)); });
    onReset(m_precisionRow, [this] { m_precision->setCurrentIndex(static_cast<int>(m_defaults.precision)); });
    onReset(m_clipSkipRow, [this] { m_clipSkip->setValue(m_defaults.clipSkip); });
    onReset(m_tiledRow, [this] { m_tiled->setChecked(m_defaults.tiledDecode); });
    onReset(m_tokenizerRow, [this] {
        m_tokenizer->setText(QString::fromStdString(m_defaults.tokenizer));
        fieldChanged();
        tellModel();
    });
    onReset(m_weightsRow, [this] { m_weights->setChecked(m_defaults.promptWeights); });
}

GenerationRequest GeneratePanel::request() const
{
    GenerationRequest request;
    request.model = m_model->model().toStdString();
    request.tokenizer = m_tokenizer->text().toStdString();
    request.prompt = m_prompt->text().toStdString();
    request.negativePrompt = m_negative->text().toStdString();
    request.promptWeights = m_weights->isChecked();
    request.sampler.scheduler = m_scheduler->name();
    request.sampler.spacing = m_spacing->name();
    request.sampler.prediction = m_prediction->name();
    request.sampler.steps = static_cast<int>(m_steps->value());
    if (m_eta->value() > etaOfScheduler / 2)
        request.sampler.eta = m_eta->value();
    request.guidanceScale = m_guidance->value();
    request.guidanceRescale = m_rescale->value();
    request.seed = m_seed->seed();
    request.initImage = m_initImage->initImage();
    const QSize size =
        request.initImage && !m_size->effectiveSize().isEmpty() ? m_size->effectiveSize() : m_size->sizePx();
    request.widthPx = size.width();
    request.heightPx = size.height();
    request.count = m_count->value();
    request.clipSkip = m_clipSkip->value();
    request.device = static_cast<DeviceChoice>(m_device->currentIndex());
    request.precision = static_cast<Precision>(m_precision->currentIndex());
    request.tiledDecode = m_tiled->isChecked();
    return request;
}

void GeneratePanel::setRequest(const GenerationRequest& request, Part part)
{
    {
        const QScopedValueRollback guard(m_filling, true);
        if (part != Part::Seed) {
            m_weights->setChecked(request.promptWeights);
            m_prompt->setText(QString::fromStdString(request.prompt));
            m_negative->setText(QString::fromStdString(request.negativePrompt));
        }
        if (part != Part::Prompt)
            m_seed->setSeed(request.seed);
        if (part == Part::Seed)
            m_seed->setLocked(true);
        if (part == Part::All) {
            m_model->setModel(QString::fromStdString(request.model));
            m_tokenizer->setText(QString::fromStdString(request.tokenizer));
            m_scheduler->setName(request.sampler.scheduler);
            m_spacing->setName(request.sampler.spacing);
            m_prediction->setName(request.sampler.prediction);
            m_steps->setValue(request.sampler.steps);
            m_eta->setValue(request.sampler.eta.value_or(etaOfScheduler));
            m_guidance->setValue(request.guidanceScale);
            m_rescale->setValue(request.guidanceRescale);
            m_size->setSizePx({request.widthPx, request.heightPx});
            m_count->setValue(request.count);
            m_clipSkip->setValue(request.clipSkip);
            m_device->setCurrentIndex(static_cast<int>(request.device));
            m_precision->setCurrentIndex(static_cast<int>(request.precision));
            m_tiled->setChecked(request.tiledDecode);
            m_initImage->setInitImage(request.initImage);
            if (request.initImage)
                m_initSection->setOpen(true);
        }
    }
    fieldChanged();
    tellModel();
}

void GeneratePanel::setDefaults(const GenerationRequest& defaults)
{
    m_defaults = defaults;
    m_guidance->setDefault(defaults.guidanceScale);
    m_steps->setDefault(defaults.sampler.steps);
    m_rescale->setDefault(defaults.guidanceRescale);
    showResets();
}

void GeneratePanel::setModels(const QStringList& recent, const QString& always)
{
    m_model->setModels(recent, always);
}

void GeneratePanel::setModelSummary(const ModelSummary& model)
{
    m_size->setNativeSize({model.nativeWidthPx, model.nativeHeightPx});
    if (model.previewMap.isFitted())
        m_previewMode->setItemData(
            m_previewMode->findData(QStringLiteral("approximate")),
            tr("Colours only, costs next to nothing; fitted to this model's decoder, %1 dB against it")
                .arg(model.previewMap.psnrDb, 0, 'f', 1),
            Qt::ToolTipRole);
}

PreviewChoice GeneratePanel::preview() const
{
    const std::string name = m_previewMode->name();
    return {name == "full"  ? PreviewMode::Full
            : name == "off" ? PreviewMode::Off
                            : PreviewMode::Approximate,
            m_previewEvery->value()};
}

void GeneratePanel::setPreview(const PreviewChoice& preview)
{
    m_previewMode->setName(preview.mode == PreviewMode::Full  ? "full"
                           : preview.mode == PreviewMode::Off ? "off"
                                                              : "approximate");
    m_previewEvery->setValue(preview.everyNthStep);
}

bool GeneratePanel::isSeedLocked() const
{
    return m_seed->isLocked();
}
void GeneratePanel::setSeedLocked(bool locked)
{
    m_seed->setLocked(locked);
}

void GeneratePanel::throwDiceUnlessLocked()
{
    if (!m_seed->isLocked())
        m_seed->throwDice();
}

void GeneratePanel::throwDice()
{
    m_seed->throwDice();
}

void GeneratePanel::changeWeight(double delta)
{
    const bool inNegative = m_negative->edit()->hasFocus();
    (inNegative ? m_negative : m_prompt)->edit()->changeWeightAtCursor(delta);
}

void GeneratePanel::startFrom(const QString& file)
{
    m_initSection->setOpen(true);
    m_initImage->openFile(file);
}

QSize GeneratePanel::chosenSize() const
{
    return m_size->sizePx();
}

QJsonObject GeneratePanel::openSections() const
{
    return {{QStringLiteral("initImage"), m_initSection->isOpen()},
            {QStringLiteral("preview"), m_previewSection->isOpen()},
            {QStringLiteral("advanced"), m_advancedSection->isOpen()}};
}

void GeneratePanel::setOpenSections(const QJsonObject& open)
{
    m_initSection->setOpen(open.value(QStringLiteral("initImage")).toBool());
    m_previewSection->setOpen(open.value(QStringLiteral("preview")).toBool());
    m_advancedSection->setOpen(open.value(QStringLiteral("advanced")).toBool());
}

void GeneratePanel::fieldChanged()
{
    if (m_filling)
        return;
    showResets();
    Q_EMIT requestChanged();
}

void GeneratePanel::tellModel()
{
    if (m_filling)
        return;
    const GenerationRequest now = request();
    GenerationRequest told;
    told.model = now.model;
    told.tokenizer = now.tokenizer;
    told.device = now.device;
    told.precision = now.precision;
    if (told == m_toldModel)
        return;
    m_toldModel = told;
    Q_EMIT modelChanged();
}

void GeneratePanel::showSpacings()
{
    const SchedulerChoice* choice = m_catalog.find(m_scheduler->name());
    m_spacing->setPossible(choice ? choice->spacings : std::vector<std::string>{});
    m_eta->setEnabled(!choice || choice->usesEta);
}

void GeneratePanel::showResets()
{
    const GenerationRequest now = request();
    m_modelRow->setAtDefault(m_defaults.model.empty() || now.model == m_defaults.model);
    m_schedulerRow->setAtDefault(now.sampler.scheduler == m_defaults.sampler.scheduler);
    m_spacingRow->setAtDefault(now.sampler.spacing == m_defaults.sampler.spacing);
    m_sizeRow->setAtDefault(m_size->sizePx() == QSize(m_defaults.widthPx, m_defaults.heightPx));
    m_seedRow->setAtDefault(now.seed == m_defaults.seed && !m_seed->isLocked());
    m_weightsRow->setAtDefault(now.promptWeights == m_defaults.promptWeights);
    m_countRow->setAtDefault(now.count == m_defaults.count);
    m_previewModeRow->setAtDefault(m_previewMode->name() == "approximate");
    m_previewEveryRow->setAtDefault(m_previewEvery->value() == 1);
    m_predictionRow->setAtDefault(now.sampler.prediction == m_defaults.sampler.prediction);
    m_etaRow->setAtDefault(now.sampler.eta == m_defaults.sampler.eta);
    m_deviceRow->setAtDefault(now.device == m_defaults.device);
    m_precisionRow->setAtDefault(now.precision == m_defaults.precision);
    m_clipSkipRow->setAtDefault(now.clipSkip == m_defaults.clipSkip);
    m_tiledRow->setAtDefault(now.tiledDecode == m_defaults.tiledDecode);
    m_tokenizerRow->setAtDefault(now.tokenizer == m_defaults.tokenizer);
}

} // namespace unfog
