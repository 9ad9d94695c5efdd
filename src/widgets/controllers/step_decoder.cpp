#include "widgets/controllers/step_decoder.h"

#include <QFileInfo>

#include "widgets/export/save_dialog.h"
#include "widgets/fields/field_text.h"
#include "widgets/notices/notice_bar.h"

namespace unfog {

namespace {

constexpr qint64 cheapDecodeMs = 100; // what may be decoded before somebody asks

} // namespace

StepDecoder::StepDecoder(GenerationWorker& worker, RunViewer& viewer, NoticeBar& notices, QWidget* window)
    : QObject(window), m_worker(worker), m_viewer(viewer), m_notices(notices), m_window(window),
      m_animation(worker)
{
    connect(&m_viewer, &RunViewer::decodeWanted, this,
            [this](const StepFramePtr& frame, RunViewer::Shown shown) {
                if (!m_animation.isRunning() && m_saveTicket == 0)
                    decodeStep(frame, shown);
            });
    connect(&m_worker, &GenerationWorker::decoded, this, [this](quint64 ticket, const QImage& picture) {
        if (ticket == m_decodeTicket && m_decoding)
            m_viewer.showDecoded(m_decoding, m_decodingShown, picture);
        if (ticket == m_decodeTicket && m_sinceDecode.elapsed() <= cheapDecodeMs)
            decodeAhead();
        if (ticket == m_saveTicket && m_saveTicket != 0) {
            m_saveTicket = 0;
            m_animation.savePicture(picture, m_saveText, m_saveFile);
        }
    });
    connect(&m_worker, &GenerationWorker::decodeFailed, this, [this](quint64 ticket, const QString& message) {
        if (ticket != m_saveTicket || m_saveTicket == 0)
            return;
        m_saveTicket = 0;
        m_notices.announce(NoticeBar::Kind::Problem, tr("The step was not saved: %1").arg(message));
    });
    connect(&m_animation, &AnimationMaker::progress, this, [this](double fraction) {
        m_viewer.showIdleText(tr("Making the animation…"));
        m_viewer.showFraction(fraction);
    });
    connect(&m_animation, &AnimationMaker::finished, this, [this](const QString& file) {
        m_viewer.showFraction(-1.0);
        m_viewer.showIdleText({});
        m_notices.announce(NoticeBar::Kind::Note, tr("Saved as %1").arg(QFileInfo(file).fileName()));
    });
    connect(&m_animation, &AnimationMaker::failed, this, [this](const QString& message) {
        m_viewer.showFraction(-1.0);
        m_viewer.showIdleText({});
        m_notices.announce(NoticeBar::Kind::Problem, message);
    });
}

void StepDecoder::beginRun()
{
    if (m_animation.isRunning())
        m_notices.announce(NoticeBar::Kind::Note,
                           tr("The animation was not saved because another run started."));
    m_animation.cancel();
    m_decoding.reset();
}

void StepDecoder::endRun(double seconds)
{
    if (seconds * 1000.0 <= static_cast<double>(cheapDecodeMs) * m_viewer.frameCount())
        decodeAhead();
}

void StepDecoder::decodeStep(const StepFramePtr& frame, RunViewer::Shown shown)
{
    const auto model = m_viewer.history() ? m_viewer.history()->model() : std::nullopt;
    if (!model)
        return;
    m_decoding = frame;
    m_decodingShown = shown;
    m_sinceDecode.start();
    m_decodeTicket = m_worker.decode(
        shown == RunViewer::Shown::Sample ? frame->sample : frame->predictedOriginal, model->path);
}

void StepDecoder::decodeAhead()
{
    if (m_worker.isRunning() || m_animation.isRunning() || m_saveTicket != 0)
        return;
    if (const StepFramePtr frame = m_viewer.nextUndecoded())
        decodeStep(frame, m_viewer.shown());
}

bool StepDecoder::isSaving()
{
    const bool isBusy = m_saveTicket != 0 || m_animation.isRunning();
    if (isBusy)
        m_notices.announce(NoticeBar::Kind::Note, tr("The last step or animation is still being saved."));
    return isBusy;
}

void StepDecoder::saveStep(const StepFramePtr& frame, RunViewer::Shown shown, const QImage& picture)
{
    const auto history = m_viewer.history();
    const auto model = history ? history->model() : std::nullopt;
    if (picture.isNull() && isSaving())
        return;
    if (picture.isNull() && (m_worker.isRunning() || !model)) {
        m_notices.announce(NoticeBar::Kind::Note,
                           tr("This step is not fully decoded yet; it can be saved after the run."));
        return;
    }
    const QString file = askWhereToSave(m_window, tr("Save this step as an image"),
                                        QStringLiteral("step-%1.png").arg(frame->step),
                                        tr("PNG images (*.png)"), QStringLiteral("png"));
    if (file.isEmpty())
        return;
    const QString text =
        (shown == RunViewer::Shown::Sample ? tr("Noisy image at step %1 of %2, σ %3, timestep %4")
                                           : tr("Prediction at step %1 of %2, σ %3, timestep %4"))
            .arg(frame->step)
            .arg(frame->stepCount)
            .arg(localNumberText(frame->sigma), localNumberText(frame->timestep));
    if (!picture.isNull())
        return m_animation.savePicture(picture, text, file);
    m_saveFile = file;
    m_saveText = text;
    m_saveTicket = m_worker.decode(
        shown == RunViewer::Shown::Sample ? frame->sample : frame->predictedOriginal, model->path);
}

void StepDecoder::saveAnimation()
{
    const auto model = m_viewer.history() ? m_viewer.history()->model() : std::nullopt;
    if (!m_viewer.hasSteps() || !model)
        return;
    if (m_worker.isRunning()) {
        m_notices.announce(NoticeBar::Kind::Note, tr("The animation can be saved after the run."));
        return;
    }
    if (isSaving())
        return;
    const QString file =
        askWhereToSave(m_window, tr("Save the run as an animation"), QStringLiteral("run.webp"),
                       tr("Animated WebP (*.webp)"), QStringLiteral("webp"));
    if (!file.isEmpty())
        m_animation.start(m_viewer.frames(), m_viewer.shown(), model->path, file);
}

} // namespace unfog
