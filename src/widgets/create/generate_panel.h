#pragma once

#include <QWidget>

#include "generation/engine/device_report.h"
#include "generation/engine/generation_engine.h"
#include "generation/engine/sampler_catalog.h"
#include "generation/interchange/imported_parameters.h"
#include "jobs/generation_worker.h"
#include "widgets/create/form_editor.h"
#include "widgets/create/init_image_field.h"
#include "widgets/create/prompt_editor.h"

class QBoxLayout;
class QDoubleSpinBox;
class QSpinBox;

namespace unfog {

class ChoiceBox;
class FieldRow;
class ModelPicker;
class Section;
class SeedField;
class SizeField;

/// The whole form: every field of a GenerationRequest, the seed's lock and the preview choice. The rows come
/// from the table in generation/request/request_fields.h; here stands only where each is and what depends on
/// what.
class GeneratePanel final : public QWidget {
    Q_OBJECT
public:
    enum class Part { All, Prompt, Seed };

    GeneratePanel(const SamplerCatalog& catalog, InitImageField::Keeper keeper, QWidget* parent = nullptr);

    /// As the fields stand. The init image has no pixels; a size of Auto is named when there is one and the
    /// model's own size is known.
    GenerationRequest request() const;
    /// Every field, exactly. `Part::Prompt` takes both prompts; `Part::Seed` also locks the seed.
    void setRequest(const GenerationRequest& request, Part part = Part::All);
    /// What the resets go back to; 7.5 and so on until told.
    void setDefaults(const GenerationRequest& defaults);
    void setModels(const QStringList& recent, const QString& always);
    /// The models of the model folders.
    void setFoundModels(const QStringList& found);
    void setModel(const QString& path);
    /// The cards to choose from, and why those that can't be used can't.
    void setDevices(const DeviceReport& report);
    /// The model is loaded: its own size, token limit, hash and what it samples with by default are known.
    void setModelSummary(const ModelSummary& model);
    /// Makes what was imported a request that runs with the chosen model, as far as that is loaded and known.
    void fit(ImportedParameters& parameters) const;

    PreviewChoice preview() const;
    void setPreview(const PreviewChoice& preview);
    bool isSeedLocked() const;
    void setSeedLocked(bool locked);
    void throwDice();
    /// A new seed unless it is locked.
    void throwDiceUnlessLocked();
    /// Of the prompt that has the focus, or the upper one.
    void changeWeight(double delta);
    /// Opens the section of the picture to start from and reads this one.
    void startFrom(const QString& file);
    /// As the fields stand: 0 is the model's own.
    QSize chosenSize() const;
    /// See InitImageField::isPending.
    bool isInitImagePending() const { return m_initImage->isPending(); }

    PromptEditor* promptEditor() const { return m_prompt; }
    PromptEditor* negativePromptEditor() const { return m_negative; }
    InitImageField* initImageField() const { return m_initImage; }
    /// Which sections are open, for the next start.
    QJsonObject openSections() const;
    void setOpenSections(const QJsonObject& open);

Q_SIGNALS:
    void textPasted(const QString& text); ///< into one of the prompts, where it stands already
    /// A field that decides the picture has another value. Once for each change, also by setRequest.
    void requestChanged();
    /// The model or what decides how it is loaded: tokenizer, device, precision. Also by setRequest, when the
    /// whole form is filled.
    void modelChanged();
    void previewChanged(const unfog::PreviewChoice& preview);
    void problem(const QString& message);

private:
    // generate_panel_rows.cpp
    QWidget* buildPicture(QWidget* parent);
    QWidget* buildSampling(QWidget* parent);
    QWidget* buildPreview(QWidget* parent);
    QWidget* buildAdvanced(QWidget* parent);
    /// The editor that the row's kind asks for; returns its control.
    template <class Control>
    Control* add(QBoxLayout* layout, std::string_view key, const EditorTexts& texts = {});
    /// A control of its own kind.
    void add(QBoxLayout* layout, FormEditor editor);

    // generate_panel.cpp
    void connectFields();
    void fieldChanged();
    /// What a change of this field brings with it.
    void fieldChanged(const RequestField& field);
    void emitModelChangedIfNeeded();
    void showResets();
    /// Rows and cards appear where the model can use them.
    void showFeatures(const ModelFeatures& features);
    /// Greys what can't work with the loaded model, with the reason.
    void showLimits();
    /// What the chosen scheduler leaves open: the spacings that go with it and η.
    void showSpacings();
    /// What the choices that are left to the model come to, by name where the model is loaded.
    void showDefaults();
    /// The scheduler of a run: the chosen one, else the model's own; none when that is not known.
    const SchedulerChoice* effectiveScheduler() const;
    /// Steps and guidance of the guide become the defaults; a field that stood at its old default follows.
    void takeGoodSettings(const ModelGuide& guide);

    const SamplerCatalog m_catalog;
    GenerationRequest m_defaults;
    bool m_filling = false;
    ImportTarget m_importTarget; ///< of the model m_summaryOf
    std::string m_summaryOf;     ///< the model that m_modelDefaults are of
    SamplerDefaults m_modelDefaults;
    SamplerLimits m_modelLimits;
    ModelChoice m_toldModel; ///< what the last modelChanged was about

    PromptEditor* m_prompt;
    PromptEditor* m_negative;
    ModelPicker* m_model;
    SizeField* m_size;
    SeedField* m_seed;
    ChoiceBox* m_scheduler;
    ChoiceBox* m_spacing;
    ChoiceBox* m_prediction;
    QDoubleSpinBox* m_eta;
    QSpinBox* m_clipSkip;
    ChoiceBox* m_device;
    InitImageField* m_initImage;
    std::vector<FormEditor> m_editors; ///< of all fields, in the order of the form

    ChoiceBox* m_previewMode;
    QSpinBox* m_previewEvery;
    FieldRow* m_previewModeRow;
    FieldRow* m_previewEveryRow;

    Section* m_initSection;
    Section* m_previewSection;
    Section* m_advancedSection;
};

} // namespace unfog
