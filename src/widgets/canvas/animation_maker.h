#pragma once

#include <memory>
#include <stop_token>
#include <vector>

#include <QImage>
#include <QObject>

#include "image_files/formats/animated_webp.h"
#include "jobs/generation_worker.h"
#include "jobs/step_history.h"
#include "widgets/canvas/run_viewer.h"

namespace unfog {

class TaskThread;

/// Every step of a run, decoded in full one after another while the worker is free, as one animated WebP.
class AnimationMaker final : public QObject {
    Q_OBJECT
public:
    explicit AnimationMaker(GenerationWorker& worker, QObject* parent = nullptr);
    ~AnimationMaker() override;

    bool isRunning() const { return m_running; }
    /// One at a time. Answered by finished or failed.
    void start(const std::vector<StepFramePtr>& frames, RunViewer::Shown shown, const std::string& modelPath,
               const QString& file);
    /// Without an answer.
    void cancel();
    /// One picture as PNG with a line of text about it. Answered by finished or failed.
    void savePicture(QImage picture, const QString& description, const QString& file);

Q_SIGNALS:
    void progress(double fraction);
    void finished(const QString& file);
    void failed(const QString& message);

private:
    void decodeNext();
    void takeDecoded(quint64 ticket, const QImage& picture);
    void encode();

    GenerationWorker& m_worker;
    std::vector<StepFramePtr> m_frames;
    RunViewer::Shown m_shown = RunViewer::Shown::PredictedOriginal;
    std::string m_modelPath;
    QString m_file;
    std::vector<AnimationFrame> m_pictures;
    quint64 m_ticket = 0;
    quint64 m_run = 0; ///< counts starts and cancels: what belongs to an older one is dropped
    bool m_running = false;
    std::stop_source m_stop; ///< of the encoding
    std::unique_ptr<TaskThread> m_thread;
};

} // namespace unfog
