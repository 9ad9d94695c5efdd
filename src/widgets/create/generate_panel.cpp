#include "widgets/create/generate_panel.h"

#include <algorithm>

#include <QCheckBox>
#include <QDoubleSpinBox>
#include <QJsonObject>
#include <QLineEdit>
#include <QLocale>
#include <QScopedValueRollback>
#include <QSpinBox>

#include "generation/interchange/sampler_names.h"
#include "generation/request/request_json.h"
#include "generation/request/validate.h"
#include "widgets/fields/choice_box.h"
#include "widgets/fields/field_row.h"
#include "widgets/fields/seed_field.h"
#include "widgets/fields/size_field.h"
#include "widgets/fields/slider_field.h"
#include "widgets/models/model_picker.h"

namespace unfog {

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
    connect(m_sigmaMax, &QDoubleSpinBox::valueChanged, this, [this, changed](double value) {
        if (value > 0.0 && value < kMinSigmaMax)
            return m_sigmaMax->setValue(kMinSigmaMax);
        if (value < 0.0 && value > kSigmaMaxOfRun)
            return m_sigmaMax->setValue(kSigmaMaxOfRun);
        changed();
    });
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
    onReset(m_etaRow, [this] { m_eta->setValue(m_defaults.sampler.eta.value_or(kEtaOfScheduler)); });
    onReset(m_sigmaMaxRow,
            [this] { m_sigmaMax->setValue(m_defaults.sampler.sigmaMax.value_or(kSigmaMaxOfRun)); });
    onReset(m_deviceRow, [this] { m_device->setName(nameOf(m_defaults.device)); });
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
    if (m_eta->value() > kEtaOfScheduler / 2)
        request.sampler.eta = m_eta->value();
    if (m_sigmaMax->value() >= 0.0)
        request.sampler.sigmaMax = m_sigmaMax->value();
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
    request.device = parseDevice(m_device->name()).value_or(DeviceChoice::Auto);
    request.precision = static_cast<Precision>(m_precision->currentIndex());
    request.tiledDecode = m_tiled->isChecked();
    return request;
}

void GeneratePanel::setDevices(const DeviceReport& report)
{
    const QScopedValueRollback guard(m_filling, true);
    std::vector<NamedChoice> choices = {
        {"auto", tr("Automatic").toStdString(), tr("The graphics card if there is one").toStdString()},
        {"cpu", tr("Processor (CPU)").toStdString(), report.processor}};
    std::map<std::string, QString> reasons;
    for (const CardReport& card : report.cards) {
        // Names as in a request: the first card is "cuda".
        const std::string name = nameOf(DeviceChoice{DeviceChoice::Kind::Cuda, card.index});
        const std::string gigabytes =
            QLocale().toString(static_cast<double>(card.totalBytes) / 1e9, 'f', 0).toStdString();
        choices.push_back({name, card.name, card.id() + ", " + gigabytes + " GB"});
        if (!card.problem.empty())
            reasons[name] = QString::fromStdString(card.problem);
    }
    if (report.cards.empty()) {
        choices.push_back({"cuda", tr("Graphics card (CUDA)").toStdString(), ""});
        reasons["cuda"] = QString::fromStdString(report.whyNoCuda);
    }
    m_device->setChoices(choices);
    m_device->setReasons(reasons);
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
            m_eta->setValue(request.sampler.eta.value_or(kEtaOfScheduler));
            m_sigmaMax->setValue(request.sampler.sigmaMax.value_or(kSigmaMaxOfRun));
            m_guidance->setValue(request.guidanceScale);
            m_rescale->setValue(request.guidanceRescale);
            m_size->setSizePx({request.widthPx, request.heightPx});
            m_count->setValue(request.count);
            m_clipSkip->setValue(request.clipSkip);
            m_device->setName(nameOf(request.device));
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

void GeneratePanel::setFoundModels(const QStringList& found)
{
    m_model->setFound(found);
}

void GeneratePanel::setModel(const QString& path)
{
    m_model->setModel(path);
}

void GeneratePanel::setModelSummary(const ModelSummary& model)
{
    m_size->setNativeSize({model.nativeWidthPx, model.nativeHeightPx});
    m_summaryOf = model.path;
    m_modelDefaults = model.samplerDefaults;
    m_modelLimits = model.samplerLimits;
    m_importTarget = {targetFamily(model.family), model.textLayers, model.latentDownscale};
    m_prompt->setGuide(model.guide);
    takeGoodSettings(model.guide);
    showLimits();
    if (model.previewMap.isFitted())
        m_previewMode->setItemData(
            m_previewMode->findData(QStringLiteral("approximate")),
            tr("Colours only, costs next to nothing; fitted to this model's decoder, %1 dB against it")
                .arg(model.previewMap.psnrDb, 0, 'f', 1),
            Qt::ToolTipRole);
}

void GeneratePanel::takeGoodSettings(const ModelGuide& guide)
{
    const GenerationRequest before = m_defaults;
    GenerationRequest defaults = before;
    defaults.sampler.steps = guide.steps.value_or(GenerationRequest().sampler.steps);
    defaults.guidanceScale = guide.guidanceScale.value_or(GenerationRequest().guidanceScale);
    setDefaults(defaults);
    if (m_steps->value() == before.sampler.steps)
        m_steps->setValue(defaults.sampler.steps);
    if (m_guidance->value() == before.guidanceScale)
        m_guidance->setValue(defaults.guidanceScale);
}

void GeneratePanel::fit(ImportedParameters& parameters) const
{
    fitToEngine(parameters, m_catalog, m_summaryOf.empty() ? ImportTarget() : m_importTarget);
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
    if (told.model != m_summaryOf) { // until the next one is loaded
        m_summaryOf.clear();
        m_modelDefaults = {};
        m_modelLimits = {};
        m_prompt->setGuide({});
        showLimits();
    }
    Q_EMIT modelChanged();
}

const SchedulerChoice* GeneratePanel::effectiveScheduler() const
{
    const std::string chosen = m_scheduler->name();
    return m_catalog.find(chosen.empty() ? m_modelDefaults.scheduler : chosen);
}

void GeneratePanel::showLimits()
{
    std::map<std::string, QString> reasons;
    for (const SamplerLimits::Entry& entry : m_modelLimits.schedulers)
        reasons[entry.name] = QString::fromStdString(entry.reason);
    m_scheduler->setReasons(reasons);
    showSpacings();
}

void GeneratePanel::showSpacings()
{
    std::map<std::string, QString> reasons;
    if (const SchedulerChoice* choice = effectiveScheduler()) {
        const QString title = QString::fromStdString(schedulerTitle(choice->scheduler.name));
        for (const NamedChoice& spacing : m_catalog.spacings) {
            const bool isTaken = std::ranges::find(choice->spacings, spacing.name) != choice->spacings.end();
            if (const std::string* reason = m_modelLimits.reasonAgainst(choice->scheduler.name, spacing.name))
                reasons[spacing.name] = QString::fromStdString(*reason);
            else if (!isTaken)
                reasons[spacing.name] = choice->spacings.empty() ? tr("%1 has levels of its own").arg(title)
                                                                 : tr("not with %1").arg(title);
        }
    }
    m_spacing->setReasons(reasons);
    showDefaults();
}

void GeneratePanel::showDefaults()
{
    const auto defaultText = [](const std::string& title) {
        return title.empty() ? tr("Default") : tr("Default (%1)").arg(QString::fromStdString(title));
    };
    m_scheduler->setDefaultTitle(defaultText(schedulerTitle(m_modelDefaults.scheduler)));
    m_prediction->setDefaultTitle(defaultText(predictionTitle(m_modelDefaults.prediction)));
    const auto spacing = m_modelDefaults.spacings.find(m_scheduler->name());
    m_spacing->setDefaultTitle(defaultText(
        spacing == m_modelDefaults.spacings.end() ? std::string() : spacingTitle(spacing->second)));
    const SchedulerChoice* scheduler = effectiveScheduler();
    m_eta->setEnabled(!scheduler || scheduler->usesEta);
    m_eta->setSpecialValueText(scheduler && scheduler->usesEta
                                   ? tr("Default (%1)").arg(QLocale().toString(scheduler->defaultEta))
                                   : tr("Default"));
    const int skipped = m_modelDefaults.clipSkip;
    m_clipSkip->setSpecialValueText(m_summaryOf.empty() ? tr("Default")
                                    : skipped == 0      ? tr("Default (none)")
                                                        : tr("Default (%1)").arg(skipped));
}

void GeneratePanel::showResets()
{
    const GenerationRequest now = request();
    m_modelRow->setAtDefault(m_defaults.model.empty() || now.model == m_defaults.model);
    m_schedulerRow->setAtDefault(now.sampler.scheduler == m_defaults.sampler.scheduler);
    m_spacingRow->setAtDefault(now.sampler.spacing == m_defaults.sampler.spacing);
    m_sizeRow->setAtDefault(m_size->sizePx() == QSize(m_defaults.widthPx, m_defaults.heightPx));
    m_seedRow->setAtDefault(now.seed == m_defaults.seed && !m_seed->isLocked());
    m_sigmaMaxRow->setAtDefault(now.sampler.sigmaMax == m_defaults.sampler.sigmaMax);
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
