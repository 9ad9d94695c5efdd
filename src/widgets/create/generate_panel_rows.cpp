// How the form is built: its rows, their texts and ranges. What they do is in generate_panel.cpp.
#include "widgets/create/generate_panel.h"

#include <QDoubleSpinBox>
#include <QEvent>
#include <QScrollBar>
#include <QSpinBox>
#include <QVBoxLayout>

#include "generation/request/request_fields.h"
#include "widgets/fields/choice_box.h"
#include "widgets/fields/field_row.h"
#include "widgets/fields/field_text.h"
#include "widgets/fields/seed_field.h"
#include "widgets/fields/size_field.h"
#include "widgets/models/model_picker.h"

namespace unfog {

namespace {

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
      m_prompt(new PromptEditor(fieldLabel(requestField("prompts.positive")),
                                tr("What should be in the image?"), 4, this)),
      m_negative(new PromptEditor(fieldLabel(requestField("prompts.negative")),
                                  tr("What should stay out of it"), 2, this)),
      m_initImage(new InitImageField(std::move(keeper), this))
{
    for (const PromptEditor* editor : {m_prompt, m_negative})
        connect(editor->edit(), &PromptEdit::pasted, this, &GeneratePanel::textPasted);
    auto* layout = columnIn(this, 14);
    layout->setContentsMargins(14, 12, 10, 12);
    const auto addPrompt = [this, layout](const RequestField& field, PromptEditor* editor) {
        editor->edit()->setToolTip(fieldTip(field));
        connect(editor, &PromptEditor::textChanged, this, [this, &field] { fieldChanged(field); });
        add(layout, {.fields = {&field},
                     .row = editor,
                     .control = editor,
                     .show =
                         [editor, &field](const GenerationRequest& request) {
                             editor->setText(QString::fromStdString(field.get(request).get<std::string>()));
                         },
                     .read =
                         [editor, &field](GenerationRequest& request) {
                             (void)field.set(request, editor->text().toStdString());
                         },
                     .compare = [](const GenerationRequest&, const GenerationRequest&) {}});
    };
    addPrompt(requestField("prompts.positive"), m_prompt);
    addPrompt(requestField("prompts.negative"), m_negative);
    layout->addWidget(buildPicture(this));
    layout->addWidget(hairline(this));
    layout->addWidget(buildSampling(this));
    layout->addWidget(hairline(this));
    const RequestField& file = requestField("images.start.file");
    m_editors.push_back(
        {.fields = {&file, &requestField("images.start.sha256"), &requestField("images.start.strength")},
         .row = m_initImage,
         .control = m_initImage,
         .show =
             [this](const GenerationRequest& request) { m_initImage->setInitImage(request.images.start); },
         .read = [this](GenerationRequest& request) { request.images.start = m_initImage->initImage(); },
         .compare = [](const GenerationRequest&, const GenerationRequest&) {}});
    connect(m_initImage, &InitImageField::changed, this, [this, &file] { fieldChanged(file); });
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

void GeneratePanel::add(QBoxLayout* layout, FormEditor editor)
{
    layout->addWidget(editor.row);
    m_editors.push_back(std::move(editor));
}

template <class Control>
Control* GeneratePanel::add(QBoxLayout* layout, std::string_view key, const EditorTexts& texts)
{
    const RequestField& field = requestField(key);
    add(layout, makeEditor(
                    field, texts, [this, &field] { fieldChanged(field); }, layout->parentWidget()));
    return qobject_cast<Control*>(m_editors.back().control);
}

QWidget* GeneratePanel::buildPicture(QWidget* parent)
{
    auto* box = new QWidget(parent);
    auto* layout = columnIn(box);

    m_model = new ModelPicker(box);
    const RequestField& path = requestField("model.path");
    FormEditor model = rowAround({&path}, m_model, box);
    model.show = [this](const GenerationRequest& request) {
        m_model->setModel(QString::fromStdString(request.model.path));
    };
    model.read = [this](GenerationRequest& request) { request.model.path = m_model->model().toStdString(); };
    connect(m_model, &ModelPicker::modelChanged, this, [this, &path] { fieldChanged(path); });
    add(layout, std::move(model));

    add<QWidget>(layout, "guidance.scale");
    add<QWidget>(layout, "sampler.steps");

    m_size = new SizeField(box);
    const RequestField& width = requestField("canvas.width");
    FormEditor size = rowAround({&width, &requestField("canvas.height")}, m_size, box);
    size.show = [this](const GenerationRequest& request) {
        m_size->setSizePx({request.canvas.widthPx, request.canvas.heightPx});
    };
    size.read = [this](GenerationRequest& request) {
        request.canvas = {m_size->sizePx().width(), m_size->sizePx().height()};
    };
    connect(m_size, &SizeField::sizeChanged, this, [this, &width] { fieldChanged(width); });
    add(layout, std::move(size));

    m_seed = new SeedField(box);
    const RequestField& number = requestField("output.seed");
    FormEditor seed = rowAround({&number}, m_seed, box);
    seed.show = [this](const GenerationRequest& request) { m_seed->setSeed(request.output.seed); };
    seed.read = [this](GenerationRequest& request) { request.output.seed = m_seed->seed(); };
    connect(m_seed, &SeedField::seedChanged, this, [this, &number] { fieldChanged(number); });
    add(layout, std::move(seed));

    add<QSpinBox>(layout, "output.count");
    return box;
}

QWidget* GeneratePanel::buildSampling(QWidget* parent)
{
    auto* box = new QWidget(parent);
    auto* layout = columnIn(box);
    std::vector<NamedChoice> schedulers;
    for (const SchedulerChoice& choice : m_catalog.schedulers)
        schedulers.push_back(choice.scheduler);
    m_scheduler = add<ChoiceBox>(layout, "sampler.scheduler", {.choices = withDefault(schedulers)});
    m_spacing = add<ChoiceBox>(layout, "sampler.spacing", {.choices = withDefault(m_catalog.spacings)});
    return box;
}

QWidget* GeneratePanel::buildPreview(QWidget* parent)
{
    auto* box = new QWidget(parent);
    auto* layout = columnIn(box);
    m_previewMode = new ChoiceBox(box);
    m_previewMode->setChoices(
        {{"approximate", tr("Fast approximation").toStdString(),
          tr("Colours only, at almost no cost").toStdString()},
         {"full", tr("Full decode").toStdString(),
          tr("What the finished image would look like; slower").toStdString()},
         {"off", tr("Off").toStdString(), tr("Show nothing until the image is finished").toStdString()}});
    m_previewModeRow =
        new FieldRow(tr("Shown"), tr("How the image is shown while it forms. It doesn't affect the result."),
                     m_previewMode, box);
    layout->addWidget(m_previewModeRow);
    m_previewEvery = new QSpinBox(box);
    m_previewEvery->setRange(1, 50);
    m_previewEvery->setSpecialValueText(tr("every step"));
    m_previewEvery->setPrefix(tr("every "));
    m_previewEvery->setSuffix(tr(" steps"));
    m_previewEveryRow = new FieldRow(tr("How often"), tr("How often the image is shown while it forms."),
                                     m_previewEvery, box);
    layout->addWidget(m_previewEveryRow);
    return box;
}

QWidget* GeneratePanel::buildAdvanced(QWidget* parent)
{
    auto* box = new QWidget(parent);
    auto* layout = columnIn(box);
    m_device = add<ChoiceBox>(layout, "model.device",
                              {.choices = {{"auto", tr("Automatic").toStdString(),
                                            tr("The graphics card if there is one").toStdString()},
                                           {"cpu", tr("Processor (CPU)").toStdString(), ""},
                                           {"cuda", tr("Graphics card (CUDA)").toStdString(), ""}}});
    add<ChoiceBox>(
        layout, "model.precision",
        {.choices = {{"auto", tr("Automatic").toStdString(), tr("Chosen for the device").toStdString()},
                     {"float32", tr("32 bit").toStdString(), ""},
                     {"float16", tr("16 bit (half)").toStdString(), ""},
                     {"bfloat16", tr("16 bit (bfloat)").toStdString(), ""}}});
    add<QWidget>(layout, "guidance.rescale");
    m_eta = add<QDoubleSpinBox>(layout, "sampler.eta", {.unset = tr("Default")});
    add<QDoubleSpinBox>(layout, "sampler.sigma_max", {.unset = tr("Default")});
    m_prediction =
        add<ChoiceBox>(layout, "sampler.prediction", {.choices = withDefault(m_catalog.predictions)});
    m_clipSkip = add<QSpinBox>(layout, "prompts.clip_skip");
    add<QWidget>(layout, "output.tiled_decode", {.checkBox = tr("In tiles")});
    add<QWidget>(layout, "prompts.weighted", {.checkBox = tr("Parse (prompt:1.2) weights")});
    add<QWidget>(layout, "model.tokenizer", {.placeholder = tr("Default (the model's)")});
    return box;
}

} // namespace unfog
