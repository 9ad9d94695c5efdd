#include "widgets/canvas/animation_maker.h"

#include <algorithm>
#include <cstddef>
#include <span>

#include <QBuffer>

#include "base/files/write_file.h"
#include "jobs/latent_pictures.h"
#include "threads/task_thread.h"

namespace unfog {

namespace {

constexpr int filmMs = 3000;
constexpr int longestFrameMs = 200;
constexpr int shortestFrameMs = 30;
constexpr int lastFrameMs = 1500; // the result is looked at longest
constexpr int quality = 90;

/// "" or what went wrong.
QString writeFile(const QString& file, std::span<const std::byte> bytes)
{
    const auto written = writeFileAtomically(file.toStdString(), bytes);
    return written ? QString() : QString::fromStdString(written.error().message);
}

} // namespace

AnimationMaker::AnimationMaker(GenerationWorker& worker, QObject* parent)
    : QObject(parent), m_worker(worker), m_thread(std::make_unique<TaskThread>(QStringLiteral("animation")))
{
    connect(&worker, &GenerationWorker::decoded, this, &AnimationMaker::takeDecoded);
    connect(&worker, &GenerationWorker::decodeFailed, this, [this](quint64 ticket, const QString& message) {
        if (!m_running || ticket != m_ticket)
            return;
        m_running = false;
        Q_EMIT failed(tr("The animation could not be created: %1").arg(message));
    });
}

AnimationMaker::~AnimationMaker()
{
    m_stop.request_stop();
    m_thread.reset();
}

void AnimationMaker::start(const std::vector<StepFramePtr>& frames, RunViewer::Shown shown,
                           const std::string& modelPath, const QString& file)
{
    cancel();
    if (frames.empty())
        return;
    m_frames = frames;
    m_shown = shown;
    m_modelPath = modelPath;
    m_file = file;
    m_pictures.clear();
    m_running = true;
    decodeNext();
}

void AnimationMaker::cancel()
{
    ++m_run;
    m_stop.request_stop();
    m_stop = {};
    m_running = false;
    m_ticket = 0;
}

void AnimationMaker::decodeNext()
{
    Q_EMIT progress(static_cast<double>(m_pictures.size()) / static_cast<double>(m_frames.size() + 1));
    const StepFramePtr& frame = m_frames[m_pictures.size()];
    m_ticket = m_worker.decode(m_shown == RunViewer::Shown::Sample ? frame->sample : frame->predictedOriginal,
                               m_modelPath);
}

void AnimationMaker::takeDecoded(quint64 ticket, const QImage& picture)
{
    if (!m_running || ticket != m_ticket)
        return;
    const int count = static_cast<int>(m_frames.size());
    const bool isLast = m_pictures.size() + 1 == m_frames.size();
    m_pictures.push_back(
        {toPixelImage(picture),
         isLast ? lastFrameMs : std::clamp(filmMs / count, shortestFrameMs, longestFrameMs)});
    if (isLast)
        encode();
    else
        decodeNext();
}

void AnimationMaker::encode()
{
    m_thread->post(
        [this, run = m_run, pictures = std::move(m_pictures), file = m_file, stop = m_stop.get_token()] {
            const auto bytes = encodeAnimatedWebp(pictures, quality, stop);
            if (stop.stop_requested())
                return;
            const QString problem = bytes ? writeFile(file, std::as_bytes(std::span(*bytes)))
                                          : QString::fromStdString(bytes.error().message);
            QMetaObject::invokeMethod(this, [this, run, problem, file] {
                if (run != m_run)
                    return;
                m_running = false;
                if (problem.isEmpty())
                    Q_EMIT finished(file);
                else
                    Q_EMIT failed(problem);
            });
        });
    m_pictures.clear();
}

void AnimationMaker::savePicture(QImage picture, const QString& description, const QString& file)
{
    picture.setText(QStringLiteral("Description"), description);
    picture.setText(QStringLiteral("Software"), QStringLiteral("Unfog"));
    m_thread->post([this, picture, file] {
        QBuffer buffer;
        buffer.open(QIODevice::WriteOnly);
        const bool isEncoded = picture.save(&buffer, "PNG");
        const QString problem = isEncoded ? writeFile(file, std::as_bytes(std::span(buffer.data())))
                                          : tr("The image could not be encoded.");
        QMetaObject::invokeMethod(this, [this, problem, file] {
            if (problem.isEmpty())
                Q_EMIT finished(file);
            else
                Q_EMIT failed(problem);
        });
    });
}

} // namespace unfog
