#include "jobs/worker_thread.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <QCoreApplication>
#include <QThread>

#ifdef __linux__
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "jobs/latent_pictures.h"

namespace unfog {

namespace {

QString translated(const char* text)
{
    return QCoreApplication::translate("GenerationWorker", text);
}

/// The engine's own threads are begun from this one and inherit it: with every core busy the window still
/// answers.
void yieldToTheWindow()
{
#ifdef __linux__
    setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), 5);
#endif
}

/// LibTorch's errors end at the engine's door; this keeps the thread alive when an engine breaks its word.
template <class Outcome, class Function, class Refusal>
Outcome guarded(Function function, Refusal refusal)
{
    const std::string heading = "The engine broke off: ";
    try {
        return function();
    } catch (const std::exception& error) {
        return refusal(Error{ErrorKind::Internal, heading + error.what()});
    } catch (...) {
        return refusal(Error{ErrorKind::Internal, heading + "an unknown exception."});
    }
}

template <class T>
Result<T> guardedResult(const std::function<Result<T>()>& function)
{
    return guarded<Result<T>>(
        function, [](Error error) -> Result<T> { return tl::unexpected<Error>(std::move(error)); });
}

} // namespace

WorkerThread::WorkerThread(EngineFactory factory, RequestPreparer preparer, WorkerEvents events,
                           PreviewMailbox& mailbox)
    : m_factory(std::move(factory)), m_preparer(std::move(preparer)), m_events(std::move(events)),
      m_mailbox(mailbox), m_thread(QThread::create([this] { loop(); }))
{
    m_thread->setObjectName(QStringLiteral("generation"));
    m_thread->start();
}

WorkerThread::~WorkerThread()
{
    {
        const std::lock_guard lock(m_mutex);
        m_ending = true;
        if (m_run)
            m_run->stop.request_stop();
        if (m_preload)
            m_preload->stop.request_stop();
        if (m_decode)
            m_decode->stop.request_stop();
    }
    m_wake.notify_one();
    m_thread->wait();
}

void WorkerThread::run(std::shared_ptr<RunOrder> order)
{
    bool isModelCancelled = false;
    {
        const std::lock_guard lock(m_mutex);
        if (m_preload && m_preload->request.model != order->request.model)
            m_preload->stop.request_stop();
        if (m_waitingPreload) {
            // The run loads its own model; another one would only be loaded to be thrown out.
            isModelCancelled = m_waitingPreload->request.model != order->request.model;
            m_waitingPreload.reset();
        }
        if (m_decode)
            m_decode->stop.request_stop();
        m_waitingRun = std::move(order);
    }
    if (isModelCancelled)
        m_events.modelCancelled();
    m_wake.notify_one();
}

void WorkerThread::preload(const GenerationRequest& request)
{
    {
        const std::lock_guard lock(m_mutex);
        m_waitingPreload.reset();
        if (m_preload && m_preload->request.model == request.model && !m_preload->stop.stop_requested())
            return;
        if (m_preload)
            m_preload->stop.request_stop();
        if (m_decode)
            m_decode->stop.request_stop();
        m_waitingPreload = std::make_shared<PreloadOrder>();
        m_waitingPreload->request = request;
    }
    m_wake.notify_one();
}

void WorkerThread::cancelPreload()
{
    bool wasWaiting = false;
    {
        const std::lock_guard lock(m_mutex);
        if (m_preload)
            m_preload->stop.request_stop();
        wasWaiting = std::exchange(m_waitingPreload, nullptr) != nullptr;
    }
    if (wasWaiting)
        m_events.modelCancelled();
}

void WorkerThread::decode(std::shared_ptr<DecodeOrder> order)
{
    {
        const std::lock_guard lock(m_mutex);
        m_waitingDecode = std::move(order);
    }
    m_wake.notify_one();
}

void WorkerThread::setPreview(const PreviewChoice& choice)
{
    const std::lock_guard lock(m_mutex);
    m_preview = choice;
}

PreviewChoice WorkerThread::preview() const
{
    const std::lock_guard lock(m_mutex);
    return m_preview;
}

void WorkerThread::loop()
{
    yieldToTheWindow();
    std::unique_lock lock(m_mutex);
    while (true) {
        m_wake.wait(lock, [this] { return m_ending || m_waitingRun || m_waitingPreload || m_waitingDecode; });
        if (m_ending)
            break;
        if (m_waitingRun) {
            m_run = std::move(m_waitingRun);
            lock.unlock();
            runOrder(*m_run);
            lock.lock();
            m_run.reset();
        } else if (m_waitingPreload) {
            m_preload = std::move(m_waitingPreload);
            lock.unlock();
            preloadOrder(*m_preload);
            lock.lock();
            m_preload.reset();
        } else {
            m_decode = std::move(m_waitingDecode);
            lock.unlock();
            decodeOrder(*m_decode);
            lock.lock();
            m_decode.reset();
        }
    }
    lock.unlock();
    m_engine.reset();
}

bool WorkerThread::startEngine()
{
    if (m_engine)
        return true;
    try {
        m_engine = m_factory();
        m_engineError = m_engine ? QString() : translated("The engine could not be started.");
    } catch (const std::exception& error) {
        m_engineError =
            translated("The engine could not be started: %1").arg(QString::fromUtf8(error.what()));
    } catch (...) {
        m_engineError = translated("The engine could not be started.");
    }
    return m_engine != nullptr;
}

void WorkerThread::runOrder(RunOrder& order)
{
    m_events.started(order.job);
    int imagesFinished = 0;
    const GenerationOutcome outcome =
        guarded<GenerationOutcome>([&] { return generate(order, imagesFinished); },
                                   [](Error error) { return GenerationOutcome(std::move(error)); });
    m_events.ended(endOf(order, outcome, imagesFinished));
}

RunEnd WorkerThread::endOf(const RunOrder& order, const GenerationOutcome& outcome, int imagesFinished) const
{
    RunEnd end;
    end.job = order.job;
    end.imagesFinished = imagesFinished;
    if (order.cancelled) {
        end.kind = RunEndKind::Cancelled;
    } else if (const auto* error = std::get_if<Error>(&outcome)) {
        end.kind = RunEndKind::Failed;
        end.errorKind = error->kind;
        end.errorCause = error->cause;
        end.error = QString::fromStdString(error->message);
    } else if (std::holds_alternative<Cancelled>(outcome)) {
        const bool asked = order.stopAfterPicture && imagesFinished > 0;
        end.kind = asked ? RunEndKind::Finished : RunEndKind::Cancelled;
        end.stoppedEarly = asked;
    }
    return end;
}

GenerationOutcome WorkerThread::generate(RunOrder& order, int& imagesFinished)
{
    if (order.stop.stop_requested())
        return Cancelled{};
    if (!startEngine())
        return Error{ErrorKind::Internal, m_engineError.toStdString()};
    GenerationRequest request = order.request;
    if (m_preparer) {
        auto prepared = m_preparer(std::move(request));
        if (!prepared)
            return prepared.error();
        request = std::move(*prepared);
    }

    const PreviewChoice preview = this->preview();
    m_pace = {};
    GenerationObserver observer;
    observer.previewEveryNthStep = preview.mode == PreviewMode::Full ? std::max(1, preview.everyNthStep) : 0;
    observer.onModel = [&](const ModelSummary& model) {
        m_model = model;
        order.history->setModel(model);
        m_events.modelReady(model);
    };
    observer.onStage = [&](const StageProgress& progress) { m_events.stageChanged(order.job, progress); };
    observer.onStep = [&](const StepProgress& step) { onStep(order, step); };
    observer.onImage = [&](const GeneratedImage& image) {
        if (order.cancelled)
            return;
        ++imagesFinished;
        m_events.imageFinished(order.job, std::make_shared<const GeneratedImage>(image));
        if (order.stopAfterPicture)
            order.stop.request_stop();
    };
    return m_engine->generate(request, observer, order.stop.get_token());
}

void RunPace::add(const StepProgress& step)
{
    ++m_done;
    m_total = step.imageCount * step.stepCount;
    m_together = step.step == m_step ? m_together + 1 : 1;
    m_batch = std::max(m_batch, m_together);
    if (m_together > 1)
        return;
    m_step = step.step;
    // Half of the newest step, half of all before: steady, and soon right when the load of the machine
    // changes.
    m_stepSeconds = m_stepSeconds > 0.0 ? 0.5 * (m_stepSeconds + step.seconds) : step.seconds;
}

double RunPace::fraction() const
{
    return m_total > 0 ? std::min(1.0, static_cast<double>(m_done) / m_total) : 0.0;
}

double RunPace::stepsPerSecond() const
{
    return m_stepSeconds > 0.0 ? 1.0 / m_stepSeconds : 0.0;
}

double RunPace::secondsLeft() const
{
    return m_stepSeconds > 0.0 ? m_stepSeconds * (m_total - m_done) / m_batch : -1.0;
}

void WorkerThread::onStep(RunOrder& order, const StepProgress& step)
{
    if (order.cancelled)
        return;
    m_pace.add(step);
    StepFrame frame{step.imageIndex,        step.step,   step.stepCount,
                    step.timestep,          step.sigma,  step.seconds,
                    step.predictedOriginal, step.sample, step.preview};
    order.history->append(std::move(frame));
    const StepFramePtr kept = order.history->newest();

    RunProgress progress;
    progress.job = order.job;
    progress.imageIndex = step.imageIndex;
    progress.imageCount = step.imageCount;
    progress.step = step.step;
    progress.stepCount = step.stepCount;
    progress.timestep = step.timestep;
    progress.sigma = step.sigma;
    progress.fraction = m_pace.fraction();
    progress.stepsPerSecond = m_pace.stepsPerSecond();
    progress.secondsLeft = m_pace.secondsLeft();

    const PreviewChoice preview = this->preview();
    const bool isLast = step.step == step.stepCount;
    const bool isNth = step.step % std::max(1, preview.everyNthStep) == 0;
    if (preview.mode == PreviewMode::Full && step.preview)
        m_mailbox.offerPicture(step.step, true, isLast, [&] { return toQImage(*step.preview); });
    else if (preview.mode == PreviewMode::Approximate && (isNth || isLast))
        m_mailbox.offerPicture(step.step, false, isLast, [&] {
            return approximatePicture(step.predictedOriginal, m_model ? m_model->previewMap : LatentRgbMap{});
        });
    m_mailbox.put(progress, kept);
}

void WorkerThread::preloadOrder(const PreloadOrder& order)
{
    if (!startEngine()) {
        m_events.modelFailed(m_engineError);
        return;
    }
    GenerationObserver observer;
    observer.onStage = [this](const StageProgress& progress) { m_events.stageChanged(0, progress); };
    const Result<ModelSummary> loaded = guardedResult<ModelSummary>(
        [&] { return m_engine->loadModel(order.request, observer, order.stop.get_token()); });
    if (loaded) {
        m_model = *loaded;
        m_events.modelReady(*loaded);
    } else if (order.stop.stop_requested()) {
        bool isAnsweredByANewer = false;
        {
            const std::lock_guard lock(m_mutex);
            isAnsweredByANewer = m_waitingPreload != nullptr;
        }
        if (!isAnsweredByANewer)
            m_events.modelCancelled();
    } else {
        m_events.modelFailed(QString::fromStdString(loaded.error().message));
    }
}

void WorkerThread::decodeOrder(const DecodeOrder& order)
{
    if (!m_engine || !m_model || m_model->path != order.modelPath) {
        m_events.decodeFailed(order.ticket,
                              translated("The model of this run is no longer the one that is loaded."));
        return;
    }
    const Result<PixelImage> pixels =
        guardedResult<PixelImage>([&] { return m_engine->decode(order.latent, order.stop.get_token()); });
    if (pixels)
        m_events.decoded(order.ticket, toQImage(*pixels));
    else
        m_events.decodeFailed(order.ticket, QString::fromStdString(pixels.error().message));
}

} // namespace unfog
