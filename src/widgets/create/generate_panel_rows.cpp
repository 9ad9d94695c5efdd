// How the form is built: its rows, their texts and ranges. What they do is in generate_panel.cpp.
#include "widgets/create/generate_panel.h"

#include <QCheckBox>
#include <QDoubleSpinBox>
#include <QEvent>
#include <QLineEdit>
#include <QScrollBar>
#include <QSpinBox>
#include <QVBoxLayout>

#include "generation/request/validate.h"
#include "widgets/fields/choice_box.h"
#include "widgets/fields/field_row.h"
#include "widgets/fields/seed_field.h"
#include "widgets/fields/size_field.h"
#include "widgets/fields/slider_field.h"
#include "widgets/models/model_picker.h"

namespace unfog {

namespace {

constexpr int maximumSteps = 150; // of the slider; more may be typed

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

std::vector<NamedChoice> withDefault(std::vector<NamedChoice> choices)
{
    choices.insert(choices.begin(),
                   NamedChoice{"", GeneratePanel::tr("Default").toStdString(),
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
      m_prompt(new PromptEditor(tr("&Prompt"), tr("What should be in the image?"), 4, this)),
      m_negative(new PromptEditor(tr("&Negative prompt"), tr("What should stay out of it"), 2, this)),
      m_initImage(new InitImageField(std::move(keeper), this))
{
    for (const PromptEditor* editor : {m_prompt, m_negative})
        connect(editor->edit(), &PromptEdit::pasted, this, &GeneratePanel::textPasted);
    m_prompt->edit()->setToolTip(
        tr("What the image shows. Ctrl+Up and Ctrl+Down change the weight of a word: "
           "(word:1.1)."));
    m_negative->edit()->setToolTip(
        tr("What the image is steered away from. Works only with guidance above 1."));
    auto* layout = columnIn(this, 14);
    layout->setContentsMargins(14, 12, 10, 12);
    layout->addWidget(m_prompt);
    layout->addWidget(m_negative);
    layout->addWidget(buildPicture(this));
    layout->addWidget(hairline(this));
    layout->addWidget(buildSampling(this));
    layout->addWidget(hairline(this));
    m_initSection = new Section(tr("Start from an image"), m_initImage, this);
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
                        tr("How closely the image follows the prompt. Low is freer and softer, high is "
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
    m_sizeRow = new FieldRow(tr("Size"), tr("Width and height of the image in pixels."), m_size, box);
    layout->addWidget(m_sizeRow);
    m_seed = new SeedField(box);
    m_seedRow = new FieldRow(tr("See&d"),
                             tr("The number the noise is made from: the same seed and settings give the same "
                                "image."),
                             m_seed, box);
    layout->addWidget(m_seedRow);
    m_count = new QSpinBox(box);
    m_count->setRange(1, kMaxCount);
    m_countRow = new FieldRow(tr("I&mages"), tr("How many images a run makes, each with the next seed."),
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
    m_scheduler->setChoices(withDefault(schedulers));
    m_schedulerRow = new FieldRow(tr("Sche&duler"),
                                  tr("Sampling method. Decides how few steps are enough. (A1111: Sampler)"),
                                  m_scheduler, box);
    layout->addWidget(m_schedulerRow);
    m_spacing = new ChoiceBox(box);
    m_spacing->setChoices(withDefault(m_catalog.spacings));
    m_spacingRow =
        new FieldRow(tr("Spacin&g"),
                     tr("Which noise levels the steps visit: more of them early shape the composition, "
                        "more of them late sharpen details. (A1111: Schedule type)"),
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
          tr("As the finished image would look; costs time").toStdString()},
         {"off", tr("Off").toStdString(), tr("Nothing until the image is finished").toStdString()}});
    m_previewModeRow = new FieldRow(
        tr("Shown"), tr("How the image is shown while it forms. Has no influence on the result."),
        m_previewMode, box);
    layout->addWidget(m_previewModeRow);
    m_previewEvery = new QSpinBox(box);
    m_previewEvery->setRange(1, 50);
    m_previewEvery->setSpecialValueText(tr("every step"));
    m_previewEvery->setPrefix(tr("every "));
    m_previewEvery->setSuffix(tr(" steps"));
    m_previewEveryRow = new FieldRow(tr("How often"), tr("At which steps the image is shown while it forms."),
                                     m_previewEvery, box);
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
        tr("Device"), tr("Where it is computed. The image is the same up to rounding."), m_device, box);
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
    m_rescale =
        new SliderField(tr("Rescale"),
                        tr("Takes back the over-exposure of high guidance: 0 leaves the image as it is, 0.7 "
                           "is usual for v-prediction models."),
                        {.minimum = 0.0, .maximum = 1.0, .step = 0.01, .decimals = 2, .value = 0.0}, box);
    m_eta = new QDoubleSpinBox(box);
    m_eta->setRange(kEtaOfScheduler, 1.0);
    m_eta->setSingleStep(0.05);
    m_eta->setDecimals(4);
    m_etaRow =
        new FieldRow(tr("Eta (η)"),
                     tr("Fresh noise at each step of DDIM and TCD: 0 always gives the same image for a seed, "
                        "1 wanders most."),
                     m_eta, box);
    m_sigmaMax = new QDoubleSpinBox(box);
    m_sigmaMax->setRange(kSigmaMaxOfRun, kMaxSigmaMax);
    m_sigmaMax->setDecimals(3);
    m_sigmaMax->setKeyboardTracking(false);
    m_sigmaMax->setSpecialValueText(tr("Default"));
    m_sigmaMaxRow = new FieldRow(
        tr("Largest σ"),
        tr("The noise level that a run begins at. Default: where the model's schedule ends, or 80 (15 for "
           "Beta) for schedules that can't use so high an end. 0: always where the model's schedule ends. "
           "(A1111: Schedule max sigma)"),
        m_sigmaMax, box);
    m_prediction = new ChoiceBox(box);
    m_prediction->setChoices(withDefault(m_catalog.predictions));
    m_predictionRow =
        new FieldRow(tr("Prediction"),
                     tr("What the network was trained to answer. Wrong, it gives noise: change it only "
                        "for models that say nothing of it."),
                     m_prediction, box);
    m_clipSkip = new QSpinBox(box);
    m_clipSkip->setRange(0, 24);
    m_clipSkipRow =
        new FieldRow(tr("CLIP skip"),
                     tr("Leaves out the last layers of the text encoder: the prompt is understood more "
                        "loosely. Some models were trained with 2."),
                     m_clipSkip, box);
    m_tiled = new QCheckBox(tr("In tiles"), box);
    m_tiledRow =
        new FieldRow(tr("Decode"),
                     tr("Decodes the image piece by piece: far less memory for large images, slightly "
                        "different at the seams."),
                     m_tiled, box);
    m_weights = new QCheckBox(tr("Brackets are weights"), box);
    m_weightsRow =
        new FieldRow(tr("Prompts"),
                     tr("(a:1.2) paints a more strongly, [a] less; \\( is a bracket. Off, brackets are "
                        "read as text, as the reference software does."),
                     m_weights, box);
    m_tokenizer = new QLineEdit(box);
    m_tokenizer->setPlaceholderText(tr("Default (the model's)"));
    addClearButton(m_tokenizer);
    m_tokenizerRow =
        new FieldRow(tr("Tokenizer"),
                     tr("A folder with vocab.json and merges.txt, for single-file models that come "
                        "without."),
                     m_tokenizer, box);
    for (QWidget* row : {static_cast<QWidget*>(m_deviceRow), static_cast<QWidget*>(m_precisionRow),
                         static_cast<QWidget*>(m_rescale), static_cast<QWidget*>(m_etaRow),
                         static_cast<QWidget*>(m_sigmaMaxRow), static_cast<QWidget*>(m_predictionRow),
                         static_cast<QWidget*>(m_clipSkipRow), static_cast<QWidget*>(m_tiledRow),
                         static_cast<QWidget*>(m_weightsRow), static_cast<QWidget*>(m_tokenizerRow)})
        layout->addWidget(row);
    return box;
}

} // namespace unfog
