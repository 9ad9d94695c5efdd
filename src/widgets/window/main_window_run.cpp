#include <QApplication>
#include <QFileInfo>

#include "jobs/latent_pictures.h"
#include "threads/task_thread.h"
#include "widgets/canvas/animation_maker.h"
#include "widgets/canvas/canvas_view.h"
#include "widgets/canvas/step_text.h"
#include "widgets/create/example_chips.h"
#include "widgets/create/generate_panel.h"
#include "widgets/create/picture_parameters.h"
#include "widgets/export/save_dialog.h"
#include "widgets/fields/field_text.h"
#include "widgets/gallery/gallery_panel.h"
#include "widgets/gallery/thumbnail_grid.h"
#include "widgets/models/model_picker.h"
#include "widgets/notices/notice_bar.h"
#include "widgets/queue/queue_panel.h"
#include "widgets/window/live_mode.h"
#include "widgets/window/main_window.h"

namespace unfog {

namespace {

constexpr qint64 cheapDecodeMs = 100; // what may be decoded before somebody asks

/// "the model …" → "The model … ."
QString sentence(QString text)
{
    text[0] = text[0].toUpper();
    return text + u'.';
}

QSize sizeOf(const GenerationRequest& request, const std::optional<ModelSummary>& model)
{
    return {request.canvas.widthPx > 0 ? request.canvas.widthPx
            : model                    ? model->nativeWidthPx
                                       : 0,
            request.canvas.heightPx > 0 ? request.canvas.heightPx
            : model                     ? model->nativeHeightPx
                                        : 0};
}

} // namespace

void MainWindow::connectRun()
{
    m_viewer->canvas()->setMessage(tr("Type a prompt, press Generate"),
                                   tr("The image appears here and clears up step by step. Afterwards the "
                                      "slider below goes back through every step."),
                                   CanvasView::MessageKind::Welcome);
    m_examples = new ExampleChips;
    m_viewer->canvas()->setWelcomeWidget(m_examples);
    connect(m_examples, &ExampleChips::chosen, this, [this](const QString& prompt) {
        m_form->promptEditor()->setText(prompt);
        m_actions.action(QStringLiteral("run.generate"))->trigger();
    });
    connect(&m_parts.queue, &JobQueue::runStarted, this, &MainWindow::runStarted);
    connect(&m_parts.queue, &JobQueue::imageFinished, this, &MainWindow::imageFinished);
    connect(&m_parts.queue, &JobQueue::runEnded, this, &MainWindow::runEnded);
    for (const auto signal : {&JobQueue::inserted, &JobQueue::removed})
        connect(&m_parts.queue, signal, this, &MainWindow::updateQueueActions);
    connect(&m_parts.queue, &JobQueue::changed, this, &MainWindow::updateQueueActions);
    connect(&m_parts.queue, &JobQueue::idle, this, [this] {
        if (!isActiveWindow() && m_finishedSinceIdle > 0)
            QApplication::alert(this); // one sign for all of them, not one a picture
        if (m_model && m_modelWanted.isEmpty() && m_model->path != m_form->request().model.path)
            loadModel(); // a job of the queue had brought another
    });
    connect(&m_parts.worker, &GenerationWorker::progressAvailable, this, &MainWindow::takeSnapshot);
    connect(&m_parts.worker, &GenerationWorker::stageChanged, this,
            [this](JobId job, const StageProgress& progress) {
                if (job != 0)
                    return m_viewer->showStage(progress);
                if (m_parts.worker.isRunning() || progress.stage != Stage::LoadModel)
                    return;
                m_viewer->showIdleText(tr("Loading %1…").arg(modelTitle(m_modelWanted)));
                m_viewer->showFraction(progress.fraction);
            });
    connect(m_viewer, &RunViewer::decodeWanted, this,
            [this](const StepFramePtr& frame, RunViewer::Shown shown) {
                if (!m_animation->isRunning() && m_saveTicket == 0)
                    decodeStep(frame, shown);
            });
    connect(&m_parts.worker, &GenerationWorker::decoded, this, [this](quint64 ticket, const QImage& picture) {
        if (ticket == m_decodeTicket && m_decoding)
            m_viewer->showDecoded(m_decoding, m_decodingShown, picture);
        if (ticket == m_decodeTicket && m_sinceDecode.elapsed() <= cheapDecodeMs)
            decodeAhead();
        if (ticket == m_saveTicket && m_saveTicket != 0) {
            m_saveTicket = 0;
            m_animation->savePicture(picture, m_saveText, m_saveFile);
        }
    });
    connect(&m_parts.worker, &GenerationWorker::decodeFailed, this,
            [this](quint64 ticket, const QString& message) {
                if (ticket != m_saveTicket || m_saveTicket == 0)
                    return;
                m_saveTicket = 0;
                m_notices->announce(NoticeBar::Kind::Problem, tr("The step was not saved: %1").arg(message));
            });
    connectSaving();
    connect(&m_parts.queue, &JobQueue::pausedByFailure, this, [this](const QString& sentence) {
        m_notices->announce(NoticeBar::Kind::Problem, sentence,
                            {{tr("Resume"), [this] { m_parts.queue.setPaused(false); }}},
                            QStringLiteral("waiting"));
    });
    connect(&m_parts.queue, &JobQueue::pausedChanged, this, [this](bool paused) {
        if (!paused)
            m_notices->dismiss(QStringLiteral("waiting"));
    });
    connect(m_animation, &AnimationMaker::progress, this, [this](double fraction) {
        m_viewer->showIdleText(tr("Making the animation…"));
        m_viewer->showFraction(fraction);
    });
    connect(m_animation, &AnimationMaker::finished, this, [this](const QString& file) {
        m_viewer->showFraction(-1.0);
        m_viewer->showIdleText({});
        m_notices->announce(NoticeBar::Kind::Note, tr("Saved as %1").arg(QFileInfo(file).fileName()));
    });
    connect(m_animation, &AnimationMaker::failed, this, [this](const QString& message) {
        m_viewer->showFraction(-1.0);
        m_viewer->showIdleText({});
        m_notices->announce(NoticeBar::Kind::Problem, message);
    });
}

void MainWindow::connectModel()
{
    connect(&m_parts.worker, &GenerationWorker::modelReady, this, &MainWindow::modelReady);
    connect(&m_parts.worker, &GenerationWorker::modelFailed, this, &MainWindow::modelFailed);
    connect(&m_parts.worker, &GenerationWorker::modelCancelled, this, [this] {
        m_modelWanted.clear();
        m_viewer->showFraction(-1.0);
        m_viewer->showIdleText(tr("Loading was stopped. Generate loads the model again."));
        updateRunActions();
    });
}

void MainWindow::loadModel()
{
    const GenerationRequest request = m_form->request();
    if (request.model.path.empty()) {
        m_viewer->canvas()->setMessage(tr("Open a model to begin"),
                                       tr("The folder button beside “Model” opens a diffusers folder or a "
                                          ".safetensors file."));
        return;
    }
    m_modelWanted = QString::fromStdString(request.model.path);
    m_viewer->showIdleText(tr("Loading %1…").arg(modelTitle(m_modelWanted)));
    m_parts.worker.preload(request);
    updateRunActions();
}

void MainWindow::modelReady(const ModelSummary& model)
{
    m_model = model;
    m_parts.settings.rememberModel(QString::fromStdString(model.path));
    m_form->setModels(m_parts.settings.state().recentModels, m_parts.starterModel);
    if (model.path != m_form->request().model.path)
        return updateRunActions(); // a job of the queue brought its own
    m_modelWanted.clear();
    m_form->setModelSummary(model);
    m_examples->setGuide(model.guide);
    m_notices->dismiss(QStringLiteral("model"));
    if (!m_parts.worker.isRunning()) {
        m_viewer->showFraction(-1.0);
        m_viewer->showIdleText(
            tr("%1 is ready  ·  %2  ·  %3 × %4")
                .arg(modelTitle(QString::fromStdString(model.path)), QString::fromStdString(model.family))
                .arg(model.nativeWidthPx)
                .arg(model.nativeHeightPx));
    }
    m_live->requestChanged(); // it may have waited for the model's own size
    updateRunActions();
}

void MainWindow::modelFailed(const QString& message)
{
    const QString failed = std::exchange(m_modelWanted, QString());
    m_viewer->showFraction(-1.0);
    m_viewer->showIdleText(tr("The model could not be loaded."));
    // What cannot be loaded does not stay chosen.
    const QString before = m_model ? QString::fromStdString(m_model->path) : m_parts.starterModel;
    const bool isReplaced = !before.isEmpty() && before != failed && QFileInfo::exists(before) &&
                            QString::fromStdString(m_form->request().model.path) == failed;
    m_notices->announce(NoticeBar::Kind::Problem,
                        isReplaced ? tr("%1 “%2” stays chosen.").arg(message, modelTitle(before)) : message,
                        {}, isReplaced ? QStringLiteral("model-failed") : QStringLiteral("model"));
    if (isReplaced)
        m_form->setModel(before);
    updateRunActions();
}

void MainWindow::readTokens()
{
    const GenerationRequest request = m_form->request();
    const QString model = QString::fromStdString(request.model.path);
    const QString tokenizer = QString::fromStdString(request.model.tokenizer);
    m_form->promptEditor()->setWeighted(request.prompts.areWeighted);
    m_form->negativePromptEditor()->setWeighted(request.prompts.areWeighted);
    const QString key = model + u'\n' + tokenizer;
    if (!m_parts.tokenCounters || key == m_tokensOf || model.isEmpty())
        return;
    m_tokensOf = key;
    m_background->post([this, key, model, tokenizer] {
        TokenCounter counter = m_parts.tokenCounters(model, tokenizer);
        QMetaObject::invokeMethod(this, [this, key, counter = std::move(counter)] {
            if (key != m_tokensOf)
                return;
            m_form->promptEditor()->setTokenCounter(counter);
            m_form->negativePromptEditor()->setTokenCounter(counter);
        });
    });
}

void MainWindow::generate()
{
    if (m_form->isInitImagePending()) {
        m_notices->announce(NoticeBar::Kind::Note, tr("The start image is still being read."));
        return;
    }
    GenerationRequest request = m_form->request();
    if (request.model.path.empty()) {
        m_notices->announce(NoticeBar::Kind::Problem, tr("Open a model first."), {}, QStringLiteral("model"));
        return;
    }
    if (request.images.start && (request.canvas.widthPx == 0 || request.canvas.heightPx == 0)) {
        m_notices->announce(
            NoticeBar::Kind::Note,
            tr("The model is still loading: its own size is not known yet. Name a width and a height, "
               "or try again in a moment."));
        return;
    }
    ++m_shownTicket;
    m_viewer->leavePicture();
    m_parts.settings.rememberPrompt(QString::fromStdString(request.prompts.positive),
                                    QString::fromStdString(request.prompts.negative));
    m_form->promptEditor()->history().setEntries(m_parts.settings.state().promptHistory);
    m_form->negativePromptEditor()->history().setEntries(m_parts.settings.state().negativePromptHistory);
    if (m_live->isOn()) {
        // What live mode shows is kept as it is; nothing is computed twice.
        if (m_keptLive && *m_keptLive == request)
            return m_notices->announce(NoticeBar::Kind::Note, tr("This image is already in the gallery."));
        if (m_lastLive && request.output.count == 1 &&
            m_lastLive->request.output.seed == request.output.seed && !m_parts.worker.isRunning()) {
            return keepLive();
        }
    }
    m_notices->dismiss(QStringLiteral("same"));
    const int same = m_live->isOn() || m_form->isSeedLocked() ? alreadyMade(request) : 0;
    if (same > 0)
        return askAboutSame(request, same);
    if (!m_live->isOn())
        m_form->throwDiceUnlessLocked();
    addToQueue(m_form->request());
}

void MainWindow::keepLive()
{
    if (!m_lastLive || m_parts.worker.isRunning())
        return;
    m_parts.saver.save(m_parts.queue.addFinished(m_lastLive->request), m_lastLive);
    m_lastLive.reset();
    m_keptLive = m_form->request();
    m_viewer->markKept();
    m_notices->announce(NoticeBar::Kind::Note, tr("The image was kept in the gallery."));
}

void MainWindow::runAgain()
{
    const auto details = m_shownEntry ? m_parts.store.details(m_shownEntry) : std::nullopt;
    auto parameters = details ? parametersOf(details->entry) : std::nullopt;
    if (!parameters)
        return m_notices->announce(NoticeBar::Kind::Note, tr("This image has no generation data."));
    m_form->fit(parameters->imported);
    GenerationRequest request = filledIn(*parameters, m_form->request());
    request.output.count = 1;
    m_lastLive.reset();
    m_viewer->leavePicture();
    m_rerunOf = m_shownEntry;
    m_parts.queue.runLive(request);
}

void MainWindow::addToQueue(const GenerationRequest& request)
{
    m_parts.queue.add(request);
    if (m_parts.queue.isPaused())
        m_notices->announce(NoticeBar::Kind::Note, tr("The queue is paused; this image is waiting in it."),
                            {{tr("Resume"), [this] { m_parts.queue.setPaused(false); }}},
                            QStringLiteral("waiting"));
}

void MainWindow::submitLive(const GenerationRequest& request)
{
    if (request.model.path.empty() || m_form->isInitImagePending())
        return;
    if (request.images.start && (request.canvas.widthPx == 0 || request.canvas.heightPx == 0))
        return;
    m_lastLive.reset();
    m_keptLive.reset();
    m_rerunOf = 0;
    ++m_shownTicket;
    m_viewer->leavePicture();
    m_parts.queue.runLive(request);
}

void MainWindow::runStarted(const Job& job)
{
    if (m_animation->isRunning())
        m_notices->announce(NoticeBar::Kind::Note,
                            tr("The animation was not saved because another run started."));
    m_animation->cancel();
    m_decoding.reset();
    if (!m_viewer->current().isGallery())
        m_gallery->setCurrent(0); // what is forming is in no file yet
    m_resultEntry = 0;
    const bool isModelKnown = m_model && m_model->path == job.request.model.path;
    m_viewer->beginRun(m_parts.worker.history(),
                       sizeOf(job.request, isModelKnown ? m_model : std::optional<ModelSummary>()), job.live);
    m_notices->dismiss(QStringLiteral("run"));
    updateRunActions();
}

void MainWindow::takeSnapshot()
{
    const auto snapshot = m_parts.worker.mailbox().take();
    if (!snapshot)
        return;
    m_viewer->showSnapshot(*snapshot);
    m_queuePanel->setFraction(snapshot->progress.fraction);
    showTitle(snapshot->progress.fraction);
    updateRunActions();
}

void MainWindow::showTitle(double fraction)
{
    if (fraction < 0.0)
        return setWindowTitle(tr("Unfog"));
    const int waiting = m_parts.queue.waitingCount();
    const QString percent = tr("%1 %").arg(static_cast<int>(fraction * 100.0));
    setWindowTitle(waiting > 0 ? tr("%1, %n waiting – Unfog", nullptr, waiting).arg(percent)
                               : tr("%1 – Unfog").arg(percent));
}

void MainWindow::imageFinished(const Job& job, const GeneratedImagePtr& image)
{
    ++m_finishedSinceIdle;
    m_runRequest = job.request;
    m_runRequest->output.seed += static_cast<std::uint64_t>(job.firstOfRun);
    const int index = job.indexOf(image->request.output.seed) - job.firstOfRun;
    m_viewer->showFinished(index, toQImage(image->pixels));
    if (!job.live)
        return;
    const PictureId again = std::exchange(m_rerunOf, 0);
    const auto entry = again != 0 ? m_parts.store.details(again) : std::nullopt;
    if (!entry || entry->entry.contentHash.toStdString() != image->provenance.pixelSha256) {
        m_lastLive = image;
        return;
    }
    m_resultEntry = again; // the same pixels: this image is in the gallery
    m_gallery->setCurrent(again);
    m_viewer->markKept();
}

void MainWindow::runEnded(const Job& job, const RunEnd& end)
{
    takeSnapshot();
    // Whoever sorts images with the keyboard keeps the selection.
    if (m_viewer->current().isGallery() && !m_gallery->grid()->hasFocus())
        m_gallery->setCurrent(m_resultEntry);
    m_viewer->endRun(end.kind, end.seconds, end.error);
    m_queuePanel->setFraction(0.0);
    if (end.kind == RunEndKind::Finished)
        m_queuePanel->learnPace(job.request, end.seconds,
                                m_model ? QSize(m_model->nativeWidthPx, m_model->nativeHeightPx) : QSize());
    showTitle(-1.0);
    if (end.kind == RunEndKind::Failed) {
        m_live->forget();
        QList<NoticeBar::Button> buttons;
        if (!job.live)
            buttons.append({tr("Try again"), [this, id = job.id] {
                                m_parts.queue.retry(id);
                                m_parts.queue.setPaused(false);
                            }});
        m_notices->announce(NoticeBar::Kind::Problem, end.error, buttons, QStringLiteral("run"));
    }
    if (end.kind == RunEndKind::Finished && !job.live && m_model && m_model->path == job.request.model.path) {
        const std::string note = unknownWordsNote(m_model->guide, job.request.prompts.positive);
        if (note.empty())
            m_notices->dismiss(QStringLiteral("words"));
        else
            m_notices->announce(NoticeBar::Kind::Note, sentence(QString::fromStdString(note)), {},
                                QStringLiteral("words"));
    }
    const bool isCheap = end.seconds * 1000.0 <= static_cast<double>(cheapDecodeMs) * m_viewer->frameCount();
    if (end.kind == RunEndKind::Finished && !job.live && isCheap)
        decodeAhead(); // film and slider then show every step as sharp as the result
    updateRunActions();
}

void MainWindow::decodeStep(const StepFramePtr& frame, RunViewer::Shown shown)
{
    const auto model = m_viewer->history() ? m_viewer->history()->model() : std::nullopt;
    if (!model)
        return;
    m_decoding = frame;
    m_decodingShown = shown;
    m_sinceDecode.start();
    m_decodeTicket = m_parts.worker.decode(
        shown == RunViewer::Shown::Sample ? frame->sample : frame->predictedOriginal, model->path);
}

void MainWindow::decodeAhead()
{
    if (m_parts.worker.isRunning() || m_animation->isRunning() || m_saveTicket != 0)
        return;
    if (const StepFramePtr frame = m_viewer->nextUndecoded())
        decodeStep(frame, m_viewer->shown());
}

bool MainWindow::isSaving()
{
    const bool isBusy = m_saveTicket != 0 || m_animation->isRunning();
    if (isBusy)
        m_notices->announce(NoticeBar::Kind::Note, tr("The last step or animation is still being saved."));
    return isBusy;
}

void MainWindow::saveStep(const StepFramePtr& frame, RunViewer::Shown shown, const QImage& picture)
{
    const auto history = m_viewer->history();
    const auto model = history ? history->model() : std::nullopt;
    if (picture.isNull() && isSaving())
        return;
    if (picture.isNull() && (m_parts.worker.isRunning() || !model)) {
        m_notices->announce(NoticeBar::Kind::Note,
                            tr("This step is not fully decoded yet; it can be saved after the run."));
        return;
    }
    const QString file =
        askWhereToSave(this, tr("Save this step as an image"), QStringLiteral("step-%1.png").arg(frame->step),
                       tr("PNG images (*.png)"), QStringLiteral("png"));
    if (file.isEmpty())
        return;
    const QString text =
        (shown == RunViewer::Shown::Sample ? tr("Noisy image at step %1 of %2, σ %3, timestep %4")
                                           : tr("Prediction at step %1 of %2, σ %3, timestep %4"))
            .arg(frame->step)
            .arg(frame->stepCount)
            .arg(numberText(frame->sigma), numberText(frame->timestep));
    if (!picture.isNull())
        return m_animation->savePicture(picture, text, file);
    m_saveFile = file;
    m_saveText = text;
    m_saveTicket = m_parts.worker.decode(
        shown == RunViewer::Shown::Sample ? frame->sample : frame->predictedOriginal, model->path);
}

void MainWindow::saveAnimation()
{
    const auto model = m_viewer->history() ? m_viewer->history()->model() : std::nullopt;
    if (!m_viewer->hasSteps() || !model)
        return;
    if (m_parts.worker.isRunning()) {
        m_notices->announce(NoticeBar::Kind::Note, tr("The animation can be saved after the run."));
        return;
    }
    if (isSaving())
        return;
    const QString file = askWhereToSave(this, tr("Save the run as an animation"), QStringLiteral("run.webp"),
                                        tr("Animated WebP (*.webp)"), QStringLiteral("webp"));
    if (!file.isEmpty())
        m_animation->start(m_viewer->frames(), m_viewer->shown(), model->path, file);
}

} // namespace unfog
