#include <QApplication>

#include "jobs/latent_pictures.h"
#include "widgets/canvas/canvas_view.h"
#include "widgets/controllers/model_controller.h"
#include "widgets/controllers/run_controller.h"
#include "widgets/controllers/step_decoder.h"
#include "widgets/create/example_chips.h"
#include "widgets/create/generate_panel.h"
#include "widgets/gallery/gallery_panel.h"
#include "widgets/gallery/thumbnail_grid.h"
#include "widgets/notices/notice_bar.h"
#include "widgets/queue/queue_panel.h"
#include "widgets/window/main_window.h"

namespace unfog {

namespace {

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
    });
    connect(&m_parts.worker, &GenerationWorker::progressAvailable, this, &MainWindow::takeSnapshot);
    connect(&m_parts.worker, &GenerationWorker::stageChanged, this,
            [this](JobId job, const StageProgress& progress) {
                if (job != 0)
                    m_viewer->showStage(progress);
            });
    connect(&m_parts.queue, &JobQueue::pausedByFailure, this, [this](const QString& sentence) {
        m_notices->announce(NoticeBar::Kind::Problem, sentence,
                            {{tr("Resume"), [this] { m_parts.queue.setPaused(false); }}},
                            QStringLiteral("waiting"));
    });
    connect(&m_parts.queue, &JobQueue::pausedChanged, this, [this](bool paused) {
        if (!paused)
            m_notices->dismiss(QStringLiteral("waiting"));
    });
}

void MainWindow::runStarted(const Job& job)
{
    m_steps->beginRun();
    if (!m_viewer->current().isGallery())
        m_gallery->setCurrent(0); // what is forming is in no file yet
    m_resultEntry = 0;
    const bool isModelKnown = m_models->model() && m_models->model()->path == job.request.model.path;
    m_viewer->beginRun(m_parts.worker.history(),
                       sizeOf(job.request, isModelKnown ? m_models->model() : std::optional<ModelSummary>()),
                       job.live);
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
    const PictureId again = m_run->takeLiveImage(image);
    if (again == 0)
        return;
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
        m_queuePanel->learnPace(
            job.request, end.seconds,
            m_models->model() ? QSize(m_models->model()->nativeWidthPx, m_models->model()->nativeHeightPx)
                              : QSize());
    showTitle(-1.0);
    if (end.kind == RunEndKind::Failed) {
        m_run->live().forget();
        QList<NoticeBar::Button> buttons;
        if (!job.live)
            buttons.append({tr("Try again"), [this, id = job.id] {
                                m_parts.queue.retry(id);
                                m_parts.queue.setPaused(false);
                            }});
        m_notices->announce(NoticeBar::Kind::Problem, end.error, buttons, QStringLiteral("run"));
    }
    if (end.kind == RunEndKind::Finished && !job.live && m_models->model() &&
        m_models->model()->path == job.request.model.path) {
        const std::string note = unknownWordsNote(m_models->model()->guide, job.request.prompts.positive);
        if (note.empty())
            m_notices->dismiss(QStringLiteral("words"));
        else
            m_notices->announce(NoticeBar::Kind::Note, sentence(QString::fromStdString(note)), {},
                                QStringLiteral("words"));
    }
    if (end.kind == RunEndKind::Finished && !job.live)
        m_steps->endRun(end.seconds);
    updateRunActions();
}

} // namespace unfog
