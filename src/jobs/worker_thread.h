#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "jobs/generation_worker.h"

class QThread;

/// The worker's far side: the loop that owns the engine. Only generation_worker.cpp and worker_thread.cpp use
/// it.
namespace unfog {

/// One run on its way; shared by both sides.
struct RunOrder {
    JobId job = 0;
    GenerationRequest request;
    StepHistoryPtr history;
    std::stop_source stop;
    std::atomic<bool> cancelled = false; ///< by a person; set before `stop`
    std::atomic<bool> stopAfterPicture = false;
};

struct PreloadOrder {
    GenerationRequest request;
    std::stop_source stop;
};

struct DecodeOrder {
    quint64 ticket = 0;
    LatentImage latent;
    std::string modelPath;
    std::stop_source stop;
};

/// What the far side tells. Called on the worker's thread, `modelCancelled` also on that of the caller; never
/// under a lock.
struct WorkerEvents {
    std::function<void(JobId)> started;
    std::function<void(JobId, const StageProgress&)> stageChanged;
    std::function<void(JobId, const GeneratedImagePtr&)> imageFinished;
    std::function<void(const RunEnd&)> ended;
    std::function<void(const ModelSummary&)> modelReady;
    std::function<void(const QString&)> modelFailed;
    std::function<void()> modelCancelled;
    std::function<void(quint64, const QImage&)> decoded;
    std::function<void(quint64, const QString&)> decodeFailed;
};

/// How fast a run goes. Images of one batch report a step each, one after another.
class RunPace final {
public:
    void add(const StepProgress& step);
    double fraction() const;
    double stepsPerSecond() const; ///< 0 = not known yet
    double secondsLeft() const;    ///< decode not counted; negative = not known yet

private:
    int m_done = 0;  ///< steps of all images
    int m_total = 0; ///< likewise
    int m_step = 0;
    int m_together = 0; ///< images that reported this step so far
    int m_batch = 1;    ///< images of a batch
    double m_stepSeconds = 0.0;
};

class WorkerThread final {
public:
    WorkerThread(EngineFactory factory, RequestPreparer preparer, WorkerEvents events,
                 PreviewMailbox& mailbox);
    ~WorkerThread();

    // From the GUI thread.
    void run(std::shared_ptr<RunOrder> order);
    void preload(const GenerationRequest& request);
    void cancelPreload();
    void decode(std::shared_ptr<DecodeOrder> order);
    void setPreview(const PreviewChoice& choice);
    PreviewChoice preview() const;

private:
    void loop();
    void runOrder(RunOrder& order);
    RunEnd endOf(const RunOrder& order, const GenerationOutcome& outcome, int imagesFinished) const;
    GenerationOutcome generate(RunOrder& order, int& imagesFinished);
    void onStep(RunOrder& order, const StepProgress& step);
    void preloadOrder(const PreloadOrder& order);
    void decodeOrder(const DecodeOrder& order);
    bool startEngine();

    const EngineFactory m_factory;
    const RequestPreparer m_preparer;
    const WorkerEvents m_events;
    PreviewMailbox& m_mailbox;

    mutable std::mutex m_mutex; ///< over everything down to the thread
    std::condition_variable m_wake;
    std::shared_ptr<RunOrder> m_waitingRun;
    std::shared_ptr<PreloadOrder> m_waitingPreload;
    std::shared_ptr<DecodeOrder> m_waitingDecode;
    std::shared_ptr<RunOrder> m_run; ///< at work
    std::shared_ptr<PreloadOrder> m_preload;
    std::shared_ptr<DecodeOrder> m_decode;
    PreviewChoice m_preview;
    bool m_ending = false;

    // The worker's own.
    std::unique_ptr<GenerationEngine> m_engine;
    QString m_engineError;
    std::optional<ModelSummary> m_model;
    RunPace m_pace; ///< of the run at work

    std::unique_ptr<QThread> m_thread;
};

} // namespace unfog
