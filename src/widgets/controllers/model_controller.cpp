#include "widgets/controllers/model_controller.h"

#include <QFileInfo>

#include "threads/task_thread.h"
#include "widgets/canvas/canvas_view.h"
#include "widgets/canvas/run_viewer.h"
#include "widgets/create/generate_panel.h"
#include "widgets/models/model_folders.h"
#include "widgets/models/model_picker.h"
#include "widgets/notices/notice_bar.h"

namespace unfog {

ModelController::ModelController(WindowParts& parts, GeneratePanel& form, RunViewer& viewer,
                                 NoticeBar& notices, TaskThread& background, QObject* parent)
    : QObject(parent), m_parts(parts), m_form(form), m_viewer(viewer), m_notices(notices),
      m_background(background)
{
    connect(&m_form, &GeneratePanel::modelChanged, this, &ModelController::load);
    connect(&m_form, &GeneratePanel::requestChanged, this, &ModelController::readTokens);
    connect(&m_parts.worker, &GenerationWorker::modelReady, this, &ModelController::takeReady);
    connect(&m_parts.worker, &GenerationWorker::modelFailed, this, &ModelController::takeFailure);
    connect(&m_parts.worker, &GenerationWorker::modelCancelled, this, [this] {
        m_wanted.clear();
        m_viewer.showFraction(-1.0);
        m_viewer.showIdleText(tr("Loading was stopped. Generate loads the model again."));
        Q_EMIT changed();
    });
    connect(&m_parts.worker, &GenerationWorker::stageChanged, this,
            [this](JobId job, const StageProgress& progress) {
                if (job != 0 || m_parts.worker.isRunning() || progress.stage != Stage::LoadModel)
                    return;
                m_viewer.showIdleText(tr("Loading %1…").arg(modelTitle(m_wanted)));
                m_viewer.showFraction(progress.fraction);
            });
    connect(&m_parts.queue, &JobQueue::idle, this, [this] {
        if (m_model && m_wanted.isEmpty() && m_model->path != m_form.request().model.path)
            load(); // a job of the queue had brought another
    });
}

void ModelController::load()
{
    const GenerationRequest request = m_form.request();
    if (request.model.path.empty()) {
        m_viewer.canvas()->setMessage(tr("Open a model to begin"),
                                      tr("The folder button beside “Model” opens a diffusers folder or a "
                                         ".safetensors file."));
        return;
    }
    m_wanted = QString::fromStdString(request.model.path);
    m_viewer.showIdleText(tr("Loading %1…").arg(modelTitle(m_wanted)));
    m_parts.worker.preload(request);
    Q_EMIT changed();
}

void ModelController::takeReady(const ModelSummary& model)
{
    m_model = model;
    m_parts.settings.rememberModel(QString::fromStdString(model.path));
    m_form.setModels(m_parts.settings.state().recentModels, m_parts.starterModel);
    if (model.path != m_form.request().model.path)
        return Q_EMIT changed(); // a job of the queue brought its own
    m_wanted.clear();
    m_form.setModelSummary(model);
    Q_EMIT ready(model);
    m_notices.dismiss(QStringLiteral("model"));
    if (!m_parts.worker.isRunning()) {
        m_viewer.showFraction(-1.0);
        m_viewer.showIdleText(
            tr("%1 is ready  ·  %2  ·  %3 × %4")
                .arg(modelTitle(QString::fromStdString(model.path)), QString::fromStdString(model.family))
                .arg(model.nativeWidthPx)
                .arg(model.nativeHeightPx));
    }
    Q_EMIT changed();
}

void ModelController::takeFailure(const QString& message)
{
    const QString failed = std::exchange(m_wanted, QString());
    m_viewer.showFraction(-1.0);
    m_viewer.showIdleText(tr("The model could not be loaded."));
    // What cannot be loaded does not stay chosen.
    const QString before = m_model ? QString::fromStdString(m_model->path) : m_parts.starterModel;
    const bool isReplaced = !before.isEmpty() && before != failed && QFileInfo::exists(before) &&
                            QString::fromStdString(m_form.request().model.path) == failed;
    m_notices.announce(NoticeBar::Kind::Problem,
                       isReplaced ? tr("%1 “%2” stays chosen.").arg(message, modelTitle(before)) : message,
                       {}, isReplaced ? QStringLiteral("model-failed") : QStringLiteral("model"));
    if (isReplaced)
        m_form.setModel(before);
    Q_EMIT changed();
}

void ModelController::readTokens()
{
    const GenerationRequest request = m_form.request();
    const QString model = QString::fromStdString(request.model.path);
    const QString tokenizer = QString::fromStdString(request.model.tokenizer);
    m_form.promptEditor()->setWeighted(request.prompts.areWeighted);
    m_form.negativePromptEditor()->setWeighted(request.prompts.areWeighted);
    const QString key = model + u'\n' + tokenizer;
    if (!m_parts.tokenCounters || key == m_tokensOf || model.isEmpty())
        return;
    m_tokensOf = key;
    m_background.post([this, key, model, tokenizer] {
        TokenCounter counter = m_parts.tokenCounters(model, tokenizer);
        QMetaObject::invokeMethod(this, [this, key, counter = std::move(counter)] {
            if (key != m_tokensOf)
                return;
            m_form.promptEditor()->setTokenCounter(counter);
            m_form.negativePromptEditor()->setTokenCounter(counter);
        });
    });
}

void ModelController::find()
{
    const QStringList folders = m_parts.settings.state().modelFolders;
    m_background.post([this, folders] {
        const QStringList found = modelsIn(folders);
        QMetaObject::invokeMethod(this, [this, found] { m_form.setFoundModels(found); });
    });
}

} // namespace unfog
