#include "widgets/create/generate_panel.h"

#include <algorithm>

#include <QDoubleSpinBox>
#include <QJsonObject>
#include <QLocale>
#include <QScopedValueRollback>
#include <QSpinBox>

#include "generation/interchange/sampler_names.h"
#include "generation/request/request_fields.h"
#include "widgets/fields/choice_box.h"
#include "widgets/fields/field_row.h"
#include "widgets/fields/seed_field.h"
#include "widgets/fields/size_field.h"
#include "widgets/models/model_picker.h"

namespace unfog {

void GeneratePanel::connectFields()
{
    for (const FormEditor& editor : m_editors) {
        auto* row = qobject_cast<FieldRow*>(editor.row);
        if (!row)
            continue;
        connect(row, &FieldRow::resetRequested, this,
                [this, show = editor.show, isSeed = editor.edits("output.seed")] {
                    show(m_defaults);
                    if (isSeed)
                        m_seed->setLocked(false);
                });
    }
    connect(m_seed, &SeedField::lockChanged, this, [this] { showResets(); });
    connect(m_initImage, &InitImageField::problem, this, &GeneratePanel::problem);
    const auto previewChangedHere = [this] {
        m_previewEvery->setEnabled(preview().mode != PreviewMode::Off);
        showResets();
        Q_EMIT previewChanged(preview());
    };
    connect(m_previewMode, &ChoiceBox::nameChanged, this, previewChangedHere);
    connect(m_previewEvery, &QSpinBox::valueChanged, this, previewChangedHere);
    connect(m_previewModeRow, &FieldRow::resetRequested, this,
            [this] { m_previewMode->setName("approximate"); });
    connect(m_previewEveryRow, &FieldRow::resetRequested, this, [this] { m_previewEvery->setValue(1); });
}

void GeneratePanel::fieldChanged(const RequestField& field)
{
    if (field.key == "sampler.scheduler") {
        showSpacings();
        if (!m_filling && !m_spacing->isCurrentPossible())
            m_spacing->setName({});
    }
    fieldChanged();
    if (field.key.starts_with("model."))
        emitModelChangedIfNeeded();
}

GenerationRequest GeneratePanel::request() const
{
    GenerationRequest request;
    for (const FormEditor& editor : m_editors)
        editor.read(request);
    if (request.images.start && !m_size->effectiveSize().isEmpty())
        request.canvas = {m_size->effectiveSize().width(), m_size->effectiveSize().height()};
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
    const auto isTaken = [part](const FormEditor& editor) {
        const bool isPrompt = editor.edits("prompts.positive") || editor.edits("prompts.negative") ||
                              editor.edits("prompts.weighted");
        const bool isSeed = editor.edits("output.seed");
        return part == Part::All || (part == Part::Prompt && isPrompt) || (part == Part::Seed && isSeed);
    };
    {
        const QScopedValueRollback guard(m_filling, true);
        for (const FormEditor& editor : m_editors) {
            if (isTaken(editor))
                editor.show(request);
        }
        if (part == Part::Seed)
            m_seed->setLocked(true);
        if (part == Part::All && request.images.start)
            m_initSection->setOpen(true);
    }
    fieldChanged();
    emitModelChangedIfNeeded();
}

void GeneratePanel::setDefaults(const GenerationRequest& defaults)
{
    m_defaults = defaults;
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
    showFeatures(model.accepts);
    showLimits();
    if (model.previewMap.isFitted())
        m_previewMode->setItemData(
            m_previewMode->findData(QStringLiteral("approximate")),
            tr("Colours only, at almost no cost; fitted to this model's decoder, %1 dB against it")
                .arg(model.previewMap.psnrDb, 0, 'f', 1),
            Qt::ToolTipRole);
}

void GeneratePanel::showFeatures(const ModelFeatures& features)
{
    for (const FormEditor& editor : m_editors) {
        if (editor.row != m_initImage) // its section shows and hides it
            editor.row->setVisible(features.has(editor.fields.front()->needs));
    }
    m_initSection->setVisible(features.has(ModelFeature::StartImage));
}

void GeneratePanel::takeGoodSettings(const ModelGuide& guide)
{
    const GenerationRequest before = m_defaults;
    const GenerationRequest standard;
    GenerationRequest defaults = before;
    defaults.sampler.steps = guide.steps.value_or(standard.sampler.steps);
    defaults.guidance.scale = guide.guidanceScale.value_or(standard.guidance.scale);
    setDefaults(defaults);
    const GenerationRequest now = request();
    for (const FormEditor& editor : m_editors) {
        for (const RequestField* field : editor.fields) {
            const bool isMoved = field->get(defaults) != field->get(before);
            if (isMoved && field->get(now) == field->get(before))
                editor.show(defaults);
        }
    }
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

void GeneratePanel::emitModelChangedIfNeeded()
{
    if (m_filling)
        return;
    const ModelChoice told = request().model;
    if (told == m_toldModel)
        return;
    m_toldModel = told;
    if (told.path != m_summaryOf) { // until the next one is loaded
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
    GenerationRequest defaults = m_defaults;
    if (defaults.model.path.empty()) // no model came along: nothing to go back to
        defaults.model.path = now.model.path;
    if (m_seed->isLocked()) // a lock is not the default either
        defaults.output.seed = now.output.seed + 1;
    if (m_size->sizePx() == QSize(defaults.canvas.widthPx, defaults.canvas.heightPx))
        defaults.canvas = now.canvas; // a start image names the size that "default" comes to
    for (const FormEditor& editor : m_editors)
        editor.compare(now, defaults);
    m_previewModeRow->setAtDefault(m_previewMode->name() == "approximate");
    m_previewEveryRow->setAtDefault(m_previewEvery->value() == 1);
}

} // namespace unfog
