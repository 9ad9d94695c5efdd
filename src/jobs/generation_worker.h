#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include <QImage>
#include <QObject>

#include "generation/engine/generation_engine.h"
#include "jobs/job.h"
#include "jobs/preview_mailbox.h"
#include "jobs/step_history.h"

/// The engine on one thread of its own, seen from the GUI thread.
namespace unfog {

class WorkerThread;
struct RunOrder;
struct DecodeOrder;

using GeneratedImagePtr = std::shared_ptr<const GeneratedImage>;

/// Called once, on the worker's thread: the engine lives and dies there.
using EngineFactory = std::function<std::unique_ptr<GenerationEngine>()>;

/// Called on the worker's thread before each run: reads the init image's pixels when the request came from
/// a file (jobs/init_image_store.h). May be empty.
using RequestPreparer = std::function<Result<GenerationRequest>(GenerationRequest)>;

enum class PreviewMode { Off, Approximate, Full };

struct PreviewChoice {
    PreviewMode mode = PreviewMode::Approximate;
    int everyNthStep = 1; ///< ≥ 1

    bool operator==(const PreviewChoice&) const = default;
};

enum class RunEndKind { Finished, Cancelled, Failed };

/// The one end of a job.
struct RunEnd {
    JobId job = 0;
    RunEndKind kind = RunEndKind::Finished;
    ErrorKind errorKind = ErrorKind::Internal;   ///< only with Failed
    ErrorCause errorCause = ErrorCause::Unknown; ///< only with Failed
    QString error;                               ///< one sentence; only with Failed
    int imagesFinished = 0;
    bool stoppedEarly = false; ///< Finished, but by stopAfterPicture() with fewer pictures than asked
    double seconds = 0.0;
};

/// GUI thread only; every signal arrives there, never from inside a call.
///
/// A run goes before a preload, a preload before a decode. A preload of the same model is left to end when a
/// run comes, one of another model is cancelled; a decode is cancelled by either. The destructor stops what
/// runs and waits for the engine to see it; ends that were not delivered by then are not delivered.
class GenerationWorker final : public QObject {
    Q_OBJECT

public:
    explicit GenerationWorker(EngineFactory factory, RequestPreparer preparer = {},
                              QObject* parent = nullptr);
    ~GenerationWorker() override;

    /// One run at a time: the end of the one before must have arrived. Exactly one ended() answers it.
    void run(JobId job, const GenerationRequest& request);
    /// From this call on, nothing of the run appears any more but its ended(): no picture, no progress.
    /// Without a run it does nothing. Pictures of the run that have already appeared stay.
    void cancelRun();
    /// The picture that is being made is finished, those after it are not begun.
    void stopAfterPicture();
    bool isRunning() const { return m_run != nullptr; }
    JobId runningJob() const; ///< 0 = none

    /// Loads a model in the background; the newest call wins and answers for those it replaces. Answered by
    /// modelReady, modelFailed, or, when it was cancelled, modelCancelled.
    void preload(const GenerationRequest& request);
    void cancelPreload();

    /// Decodes a latent when nothing else is to do; the newest call wins, the one it replaces is not
    /// answered. Answered by decoded or decodeFailed with the number returned here. `modelPath` is the
    /// ModelSummary::path of the run: another model than the one held is an error.
    quint64 decode(const LatentImage& latent, const std::string& modelPath);

    /// Approximate and Off apply from the next step on, Full from the next run on.
    void setPreview(const PreviewChoice& choice);
    PreviewChoice preview() const;

    /// take() from it when progressAvailable comes.
    PreviewMailbox& mailbox() { return m_mailbox; }
    /// Of the run that runs or ran last; never null.
    StepHistoryPtr history() const { return m_history; }

Q_SIGNALS:
    void started(unfog::JobId job);
    void stageChanged(unfog::JobId job, const unfog::StageProgress& progress); ///< job 0 = preload
    void progressAvailable(); ///< at most once for each PreviewMailbox::take
    void imageFinished(unfog::JobId job, const unfog::GeneratedImagePtr& image);
    void ended(const unfog::RunEnd& end);

    void modelReady(const unfog::ModelSummary& model); ///< by preload or at the start of a run
    void modelFailed(const QString& message);
    void modelCancelled();

    void decoded(quint64 ticket, const QImage& picture);
    void decodeFailed(quint64 ticket, const QString& message);

private:
    void onImage(JobId job, const GeneratedImagePtr& image);
    void onEnded(RunEnd end);
    template <class Function>
    void post(Function function);

    PreviewMailbox m_mailbox;
    StepHistoryPtr m_history;
    std::size_t m_historyBytes = StepHistory::kDefaultMaxBytes;
    std::shared_ptr<RunOrder> m_run; ///< from run() until its end has arrived
    std::chrono::steady_clock::time_point m_runBegin;
    int m_imagesShown = 0; ///< of m_run
    std::shared_ptr<DecodeOrder> m_lastDecode;
    quint64 m_lastTicket = 0;
    std::unique_ptr<WorkerThread> m_thread;
};

} // namespace unfog

Q_DECLARE_METATYPE(unfog::GeneratedImagePtr)
