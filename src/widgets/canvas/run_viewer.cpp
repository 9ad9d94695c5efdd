#include "widgets/canvas/run_viewer.h"

#include <algorithm>
#include <utility>

#include <QComboBox>
#include <QLabel>
#include <QProgressBar>
#include <QSignalBlocker>
#include <QSlider>
#include <QToolButton>
#include <QVBoxLayout>

#include "jobs/latent_pictures.h"
#include "widgets/canvas/canvas_view.h"
#include "widgets/canvas/step_text.h"
#include "widgets/fields/elided_label.h"
#include "widgets/fields/field_text.h"

namespace unfog {

namespace {
constexpr int restMs = 90;          // a slider that moves is not worth a decode
constexpr int filmMs = 3000;        // a film takes about this long …
constexpr int longestFrameMs = 200; // … unless it has few frames
constexpr int shortestFrameMs = 30;
constexpr qsizetype decodedBytes = 256LL << 20;
constexpr qsizetype finishedBytes = 256LL << 20;
} // namespace

RunViewer::RunViewer(QWidget* parent) : QWidget(parent), m_canvas(new CanvasView(this))
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(buildHeader());
    layout->addWidget(m_canvas, 1);
    layout->addWidget(buildBar());
    m_rest.setSingleShot(true);
    m_rest.setInterval(restMs);
    connect(&m_rest, &QTimer::timeout, this, [this] {
        const StepFramePtr frame = currentFrame();
        if (frame && hasSteps() && !m_current.isRunning() && !m_film.isActive() &&
            !m_decoded.contains({frame, m_shown}))
            Q_EMIT decodeWanted(frame, m_shown);
    });
    connect(&m_film, &QTimer::timeout, this, &RunViewer::advanceFilm);
    showNumbers();
}

void RunViewer::beginRun(const StepHistoryPtr& history, QSize sizePx, bool live)
{
    stopPlaying();
    m_rest.stop();
    m_history = history;
    m_frames.clear();
    m_finished.clear();
    m_decoded.clear();
    m_current.beginRun(live);
    m_drawn = live; // its first step takes the place of the picture before it
    m_sizePx = sizePx;
    fillPictureChoice();
    showFraction(0.0);
    showNumbers();
}

void RunViewer::showStage(const StageProgress& progress)
{
    QString text;
    switch (progress.stage) {
    case Stage::LoadModel:
        text = tr("Loading the model…");
        break;
    case Stage::EncodeText:
        text = tr("Reading the prompt…");
        break;
    case Stage::EncodeImage:
        text = tr("Encoding the start image…");
        break;
    case Stage::Sample:
        return;
    case Stage::Decode:
        text = tr("Decoding the image…");
        break;
    }
    m_text->setText(text);
    if (progress.stage == Stage::LoadModel)
        showFraction(progress.fraction);
}

void RunViewer::showSnapshot(const RunSnapshot& snapshot)
{
    const RunProgress& progress = snapshot.progress;
    m_text->setText(progressText(progress));
    showFraction(progress.fraction);
    if (m_sizePx.isEmpty() && m_history && snapshot.frame) {
        if (const auto model = m_history->model())
            m_sizePx =
                QSize(snapshot.frame->sample.width, snapshot.frame->sample.height) * model->latentDownscale;
    }
    if (isFollowing())
        m_current.follow(progress.imageIndex);
    reloadFrames();
    if (!isFollowing())
        return;
    if (m_shown == Shown::Sample || m_finished.contains(progress.imageIndex)) {
        showFrame();
    } else if (!snapshot.picture.isNull()) {
        draw(snapshot.picture, m_sizePx);
    } else if (!m_drawn) { // without a preview the picture of another run must not pass for this one
        draw({}, {});
        m_canvas->setMessage(tr("Denoising…"), {});
    }
}

void RunViewer::draw(const QImage& picture, QSize sizePx)
{
    if (m_current.isGallery())
        return;
    m_drawn = true;
    m_canvas->setPicture(picture, sizePx.isEmpty() ? picture.size() : sizePx);
}

void RunViewer::showFinished(int imageIndex, const QImage& picture)
{
    m_finished[imageIndex] = picture;
    qsizetype bytes = 0;
    for (const auto& [index, finished] : m_finished)
        bytes += finished.sizeInBytes();
    while (bytes > finishedBytes && m_finished.begin()->first != imageIndex) {
        bytes -= m_finished.begin()->second.sizeInBytes();
        m_finished.erase(m_finished.begin()); // its file is in the gallery
    }
    m_sizePx = picture.size();
    fillPictureChoice();
    if (isFollowing()) {
        m_current.follow(imageIndex);
        reloadFrames();
    }
    if (imageIndex == m_current.imageIndex() && (isFollowing() || isLastFrame()))
        showFrame();
    showNumbers();
}

void RunViewer::endRun(RunEndKind kind, double seconds, const QString& error)
{
    stopPlaying();
    m_current.endRun(kind == RunEndKind::Finished);
    setShownButtons();
    showFraction(-1.0);
    reloadFrames();
    switch (kind) {
    case RunEndKind::Finished:
        m_text->setText(tr("Finished in %1").arg(durationText(seconds)));
        break;
    case RunEndKind::Cancelled:
        m_text->setText(tr("Stopped"));
        break;
    case RunEndKind::Failed:
        m_text->setText(error.isEmpty() ? tr("Generation failed") : tr("Generation failed: %1").arg(error));
        break;
    }
    if (kind == RunEndKind::Failed || (kind == RunEndKind::Cancelled && !m_drawn)) {
        draw({}, {});
        m_canvas->setMessage(kind == RunEndKind::Failed ? tr("Generation failed") : tr("Stopped"), error);
        showNumbers();
        return;
    }
    showFrame();
    m_rest.start();
}

void RunViewer::showPicture(const QImage& picture, const QString& caption)
{
    stopPlaying();
    m_rest.stop();
    m_current.chooseGallery();
    m_canvas->setPicture(picture, picture.size());
    if (!m_current.isRunning())
        m_text->setText(caption);
    showNumbers();
}

void RunViewer::leavePicture()
{
    if (m_current.returnToRun())
        showFrame();
}

void RunViewer::showResult()
{
    setShown(Shown::PredictedOriginal);
    m_slider->setValue(frameCount() - 1);
}

void RunViewer::markKept()
{
    m_current.markKept();
    announceCurrent();
}

void RunViewer::setRunAgainPossible(bool possible)
{
    m_runAgain->setEnabled(possible);
    m_runAgain->setToolTip(possible ? tr("Generates this image again, without a new file, to show its steps.")
                                    : tr("This image has no generation data."));
}

void RunViewer::setShownButtons()
{
    m_shown = m_current.side() == CurrentImage::Side::NoisyImage ? Shown::Sample : Shown::PredictedOriginal;
    m_original->setChecked(m_shown == Shown::PredictedOriginal);
    m_sample->setChecked(m_shown == Shown::Sample);
}

void RunViewer::announceCurrent()
{
    const bool isGallery = m_current.isGallery();
    m_badge->setText(m_current.badge());
    m_badge->setVisible(!m_current.badge().isEmpty());
    m_keep->setVisible(m_current.kind() == CurrentImage::Kind::Live && !m_current.isRunning());
    m_showRun->setVisible(isGallery && m_history != nullptr);
    m_runAgain->setVisible(isGallery);
    m_play->setVisible(!isGallery);
    m_stepLabel->setVisible(!isGallery);
    if (m_announced == m_current)
        return;
    m_announced = m_current;
    Q_EMIT currentChanged(m_current);
}

void RunViewer::showIdleText(const QString& text)
{
    if (!m_current.isRunning())
        m_text->setText(text);
}

void RunViewer::showFraction(double fraction)
{
    m_progress->setVisible(fraction >= 0.0);
    if (fraction >= 0.0)
        m_progress->setValue(static_cast<int>(fraction * 1000.0));
}

void RunViewer::reloadFrames()
{
    if (!m_history)
        return;
    const StepFramePtr before = currentFrame();
    m_frames = m_history->frames(m_current.imageIndex());
    const QSignalBlocker blocker(m_slider);
    m_slider->setRange(0, std::max(0, frameCount() - 1));
    int position = frameCount() - 1;
    if (!isFollowing() && before && !m_frames.empty()) { // thinning may have let frames before it go
        const auto found = std::ranges::lower_bound(m_frames, before->step, {}, &StepFrame::step);
        position = static_cast<int>(std::min(found, m_frames.end() - 1) - m_frames.begin());
    }
    m_slider->setValue(std::max(0, position));
    fillPictureChoice();
    showNumbers();
}

StepFramePtr RunViewer::currentFrame() const
{
    const auto index = static_cast<std::size_t>(m_slider->value());
    return index < m_frames.size() ? m_frames[index] : nullptr;
}

StepFramePtr RunViewer::nextUndecoded() const
{
    const qsizetype bytesOfAll = 4LL * m_sizePx.width() * m_sizePx.height() * frameCount();
    if (m_sizePx.isEmpty() || bytesOfAll > decodedBytes / 2)
        return nullptr;
    const auto found = std::ranges::find_if(
        m_frames, [this](const StepFramePtr& frame) { return fullPictureOf(frame).isNull(); });
    return found == m_frames.end() ? nullptr : *found;
}

bool RunViewer::isLastFrame() const
{
    return !m_frames.empty() && m_slider->value() == frameCount() - 1;
}

QImage RunViewer::fullPictureOf(const StepFramePtr& frame) const
{
    const auto decoded = m_decoded.find({frame, m_shown});
    if (decoded != m_decoded.end())
        return decoded->second;
    if (m_shown != Shown::PredictedOriginal)
        return {};
    if (frame->preview)
        return toQImage(*frame->preview);
    const auto finished = m_finished.find(frame->imageIndex);
    return finished != m_finished.end() && frame->step == frame->stepCount ? finished->second : QImage();
}

QImage RunViewer::pictureOf(const StepFramePtr& frame) const
{
    if (QImage full = fullPictureOf(frame); !full.isNull())
        return full;
    const auto model = m_history ? m_history->model() : std::nullopt;
    return approximatePicture(m_shown == Shown::PredictedOriginal ? frame->predictedOriginal : frame->sample,
                              model ? model->previewMap : LatentRgbMap{});
}

void RunViewer::showFrame()
{
    const StepFramePtr frame = currentFrame();
    const auto finished = m_finished.find(m_current.imageIndex());
    const bool isResult = m_shown == Shown::PredictedOriginal && finished != m_finished.end() &&
                          (m_frames.empty() || isLastFrame());
    if (isResult)
        draw(finished->second, finished->second.size());
    else if (frame)
        draw(pictureOf(frame), m_sizePx);
    showNumbers();
}

void RunViewer::showNumbers()
{
    const StepFramePtr frame = currentFrame();
    m_current.setStep(frame ? frame->step : 0, frame ? frame->stepCount : 0);
    m_current.setImageFinished(m_finished.contains(m_current.imageIndex()));
    const bool any = hasSteps();
    for (QWidget* widget :
         {static_cast<QWidget*>(m_slider), static_cast<QWidget*>(m_play), static_cast<QWidget*>(m_original),
          static_cast<QWidget*>(m_sample), static_cast<QWidget*>(m_save)})
        widget->setEnabled(any);
    m_stepLabel->setText(frame ? QStringLiteral("%1 / %2").arg(frame->step).arg(frame->stepCount)
                               : QString());
    m_stepLabel->setToolTip(
        frame ? tr("σ %1, timestep %2").arg(localNumberText(frame->sigma), localNumberText(frame->timestep))
              : QString());
    if (frame && any && !m_current.isRunning() && !isFollowing())
        m_text->setText(tr("Step %1 of %2  ·  σ %3  ·  t %4")
                            .arg(frame->step)
                            .arg(frame->stepCount)
                            .arg(localNumberText(frame->sigma), localNumberText(frame->timestep)));
    announceCurrent();
}

void RunViewer::sliderMoved(int)
{
    const StepFramePtr frame = currentFrame();
    m_current.scrubTo(m_current.imageIndex(), frame ? frame->step : 0, frame ? frame->stepCount : 0,
                      isLastFrame());
    showFrame();
    m_rest.start();
}

void RunViewer::showDecoded(const StepFramePtr& frame, Shown shown, const QImage& picture)
{
    if (static_cast<qsizetype>(m_decoded.size() + 1) * picture.sizeInBytes() > decodedBytes)
        m_decoded.clear();
    m_decoded[{frame, shown}] = picture;
    if (frame == currentFrame() && shown == m_shown && hasSteps() && !m_current.isRunning())
        showFrame();
}

void RunViewer::setShown(Shown shown)
{
    m_current.setSide(shown == Shown::Sample ? CurrentImage::Side::NoisyImage
                                             : CurrentImage::Side::Prediction);
    setShownButtons();
    showFrame();
    m_rest.start();
}

void RunViewer::goToFrame(int index)
{
    m_slider->setValue(index);
}

void RunViewer::stepBy(int frames)
{
    stopPlaying();
    m_slider->setValue(m_slider->value() + frames);
}

void RunViewer::togglePlay()
{
    if (m_film.isActive())
        return stopPlaying();
    if (frameCount() < 2)
        return stopPlaying();
    leavePicture();
    if (isLastFrame())
        m_slider->setValue(0);
    m_play->setChecked(true);
    m_film.start(std::clamp(filmMs / frameCount(), shortestFrameMs, longestFrameMs));
}

void RunViewer::saveStep()
{
    leavePicture(); // what is saved is to be seen
    if (const StepFramePtr frame = currentFrame())
        Q_EMIT saveStepRequested(frame, m_shown, fullPictureOf(frame));
}

void RunViewer::stopPlaying()
{
    const bool wasPlaying = m_film.isActive();
    m_film.stop();
    m_play->setChecked(false);
    if (wasPlaying)
        m_rest.start();
}

void RunViewer::advanceFilm()
{
    if (isLastFrame() || m_frames.empty())
        return stopPlaying();
    m_slider->setValue(m_slider->value() + 1);
}

void RunViewer::selectImage(int imageIndex)
{
    m_current.scrubTo(imageIndex, 0, 0, false);
    m_frames.clear();
    reloadFrames();
    const QSignalBlocker blocker(m_slider);
    m_slider->setValue(std::max(0, frameCount() - 1));
    showFrame();
}

void RunViewer::fillPictureChoice()
{
    std::vector<int> images = m_history ? m_history->images() : std::vector<int>{};
    for (const auto& [index, picture] : m_finished) {
        if (std::ranges::find(images, index) == images.end())
            images.push_back(index);
    }
    std::ranges::sort(images);
    std::vector<int> shown;
    shown.reserve(static_cast<std::size_t>(m_pictureChoice->count()));
    for (int row = 0; row < m_pictureChoice->count(); ++row)
        shown.push_back(m_pictureChoice->itemData(row).toInt());
    if (shown != images) {
        m_pictureChoice->clear();
        for (const int index : images)
            m_pictureChoice->addItem(tr("Image %1").arg(index + 1), index);
    }
    m_pictureChoice->setVisible(images.size() > 1);
    m_pictureChoice->setCurrentIndex(m_pictureChoice->findData(m_current.imageIndex()));
}

} // namespace unfog
