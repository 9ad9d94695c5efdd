#include "jobs/generation_worker.h"

#include <cassert>

#include "jobs/worker_thread.h"

namespace unfog {

template <class Function>
void GenerationWorker::post(Function function)
{
    QMetaObject::invokeMethod(this, std::move(function), Qt::QueuedConnection);
}

GenerationWorker::GenerationWorker(EngineFactory factory, RequestPreparer preparer, QObject* parent)
    : QObject(parent), m_history(std::make_shared<StepHistory>())
{
    m_mailbox.setListener([this] { post([this] { Q_EMIT progressAvailable(); }); });
    WorkerEvents events;
    events.started = [this](JobId job) { post([=, this] { Q_EMIT started(job); }); };
    events.stageChanged = [this](JobId job, const StageProgress& progress) {
        post([=, this] {
            if (job == 0 || (m_run && m_run->job == job && !m_run->cancelled))
                Q_EMIT stageChanged(job, progress);
        });
    };
    events.imageFinished = [this](JobId job, const GeneratedImagePtr& image) {
        post([=, this] { onImage(job, image); });
    };
    events.ended = [this](const RunEnd& end) { post([=, this] { onEnded(end); }); };
    events.modelReady = [this](const ModelSummary& model) { post([=, this] { Q_EMIT modelReady(model); }); };
    events.modelFailed = [this](const QString& message) { post([=, this] { Q_EMIT modelFailed(message); }); };
    events.modelCancelled = [this] { post([this] { Q_EMIT modelCancelled(); }); };
    events.decoded = [this](quint64 ticket, const QImage& image) {
        post([=, this] { Q_EMIT decoded(ticket, image); });
    };
    events.decodeFailed = [this](quint64 ticket, const QString& message) {
        post([=, this] { Q_EMIT decodeFailed(ticket, message); });
    };
    m_thread =
        std::make_unique<WorkerThread>(std::move(factory), std::move(preparer), std::move(events), m_mailbox);
}

GenerationWorker::~GenerationWorker() = default;

void GenerationWorker::run(JobId job, const GenerationRequest& request)
{
    assert(job != 0 && !isRunning());
    m_history = std::make_shared<StepHistory>(m_historyBytes);
    m_run = std::make_shared<RunOrder>();
    m_run->job = job;
    m_run->request = request;
    m_run->history = m_history;
    m_runBegin = std::chrono::steady_clock::now();
    m_imagesShown = 0;
    m_mailbox.beginRun(job);
    m_thread->run(m_run);
}

void GenerationWorker::cancelRun()
{
    if (!m_run)
        return;
    m_run->cancelled = true;
    m_run->stop.request_stop();
    m_mailbox.close();
}

void GenerationWorker::stopAfterPicture()
{
    if (m_run)
        m_run->stopAfterPicture = true;
}

JobId GenerationWorker::runningJob() const
{
    return m_run ? m_run->job : 0;
}

void GenerationWorker::onImage(JobId job, const GeneratedImagePtr& image)
{
    if (!m_run || m_run->job != job || m_run->cancelled)
        return;
    ++m_imagesShown;
    Q_EMIT imageFinished(job, image);
}

void GenerationWorker::onEnded(RunEnd end)
{
    assert(m_run && m_run->job == end.job);
    // A cancel may come when the engine is already through: what counts is whether every picture has
    // appeared.
    if (m_run->cancelled && end.kind != RunEndKind::Failed)
        end.kind = m_imagesShown < m_run->request.output.count ? RunEndKind::Cancelled : RunEndKind::Finished;
    end.imagesFinished = m_imagesShown;
    end.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - m_runBegin).count();
    m_run.reset();
    Q_EMIT ended(end);
}

void GenerationWorker::preload(const GenerationRequest& request)
{
    m_thread->preload(request);
}

void GenerationWorker::cancelPreload()
{
    m_thread->cancelPreload();
}

quint64 GenerationWorker::decode(const LatentImage& latent, const std::string& modelPath)
{
    // A latent still being decoded is no longer looked at.
    if (m_lastDecode)
        m_lastDecode->stop.request_stop();
    m_lastDecode = std::make_shared<DecodeOrder>();
    m_lastDecode->ticket = ++m_lastTicket;
    m_lastDecode->latent = latent;
    m_lastDecode->modelPath = modelPath;
    m_thread->decode(m_lastDecode);
    return m_lastTicket;
}

void GenerationWorker::setPreview(const PreviewChoice& choice)
{
    m_thread->setPreview(choice);
}

PreviewChoice GenerationWorker::preview() const
{
    return m_thread->preview();
}

} // namespace unfog
