#pragma once

#include <optional>

#include <QObject>
#include <QString>

#include "generation/engine/generation_engine.h"
#include "widgets/window/window_parts.h"

namespace unfog {

class GeneratePanel;
class NoticeBar;
class RunViewer;
class TaskThread;

/// Loads the model that the form names, and tells form and viewer what it is. GUI thread.
class ModelController final : public QObject {
    Q_OBJECT
public:
    ModelController(WindowParts& parts, GeneratePanel& form, RunViewer& viewer, NoticeBar& notices,
                    TaskThread& background, QObject* parent);

    /// Of the model loaded last; none before the first.
    const std::optional<ModelSummary>& model() const { return m_model; }
    bool isLoading() const { return !m_wanted.isEmpty(); }

    void load();
    /// Lists the models of the model folders, read in the background.
    void find();
    /// Counts the prompts' tokens with the vocabulary of the form's model.
    void readTokens();

Q_SIGNALS:
    void changed();
    /// The form's model is loaded.
    void ready(const unfog::ModelSummary& model);

private:
    void takeReady(const ModelSummary& model);
    void takeFailure(const QString& message);

    WindowParts& m_parts;
    GeneratePanel& m_form;
    RunViewer& m_viewer;
    NoticeBar& m_notices;
    TaskThread& m_background;
    std::optional<ModelSummary> m_model;
    QString m_wanted;   ///< the model that is being loaded; "" = none
    QString m_tokensOf; ///< model and tokenizer that the counter was asked for
};

} // namespace unfog
