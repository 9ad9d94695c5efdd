#pragma once

#include <map>

#include <QImage>
#include <QTimer>
#include <QWidget>

#include "jobs/generation_worker.h"
#include "jobs/preview_mailbox.h"
#include "jobs/step_history.h"
#include "widgets/canvas/current_image.h"

class QButtonGroup;
class QComboBox;
class QHBoxLayout;
class QLabel;
class QProgressBar;
class QSlider;
class QToolButton;

namespace unfog {

class ActionRegistry;
class CanvasView;
class ElidedLabel;

/// The centre of the window: canvas, progress, and the step slider that scrubs through a run while it forms
/// and afterwards. Knows no worker: it asks for full decodes by a signal.
class RunViewer final : public QWidget {
    Q_OBJECT
public:
    enum class Shown { PredictedOriginal, Sample };

    explicit RunViewer(QWidget* parent = nullptr);

    CanvasView* canvas() const { return m_canvas; }
    /// Fit, 100 % and the zoom itself beside the line of text.
    void addZoomActions(ActionRegistry& actions);

    /// A run begins: its steps are followed until the person scrubs. `live` keeps the picture before it on
    /// the canvas until the first step, so that dragging a slider does not flicker.
    void beginRun(const StepHistoryPtr& history, QSize sizePx, bool live);
    void showStage(const StageProgress& progress);
    void showSnapshot(const RunSnapshot& snapshot);
    void showFinished(int imageIndex, const QImage& picture);
    /// The run becomes the current image again: its result, of a failed run "Generation failed" and the
    /// reason.
    void endRun(RunEndKind kind, double seconds, const QString& error = {});
    /// An image of the gallery becomes the current one until leavePicture(), the end of a run or a call that
    /// goes to a step. The run goes on behind it; the slider is disabled.
    void showPicture(const QImage& picture, const QString& caption);
    /// The run's result, wherever it was scrubbed to.
    void showResult();
    /// Back to the run, if there is one.
    void leavePicture();
    const CurrentImage& current() const { return m_current; }
    /// The live image on the canvas is in a file now.
    void markKept();
    /// Whether the gallery image on the canvas says how it was made, so that it can be run again.
    void setRunAgainPossible(bool possible);
    /// What stands in the line of text while nothing runs, e.g. how the model loads.
    void showIdleText(const QString& text);
    /// The progress bar alone, 0 … 1; negative hides it.
    void showFraction(double fraction);

    /// The answer to decodeWanted; an answer to an older question is dropped.
    void showDecoded(const StepFramePtr& frame, Shown shown, const QImage& picture);

    /// Of the current image: one of the gallery has none.
    bool hasSteps() const { return !m_frames.empty() && !m_current.isGallery(); }
    const std::vector<StepFramePtr>& frames() const { return m_frames; }
    Shown shown() const { return m_shown; }
    StepFramePtr currentFrame() const;
    /// The first step of the picture shown that was not decoded in full yet; null when there is none, or when
    /// all of them would take more memory than the viewer keeps.
    StepFramePtr nextUndecoded() const;
    StepHistoryPtr history() const { return m_history; }
    int frameCount() const { return static_cast<int>(m_frames.size()); }
    bool isFollowing() const { return m_current.isFollowing(); }

public Q_SLOTS:
    void setShown(unfog::RunViewer::Shown shown);
    void goToFrame(int index);
    void stepBy(int frames);
    void togglePlay();
    void saveStep();

Q_SIGNALS:
    /// A person rests on a step: its picture is worth a full decode.
    void decodeWanted(const unfog::StepFramePtr& frame, unfog::RunViewer::Shown shown);
    /// `picture` is null where the step was not decoded in full yet.
    void saveStepRequested(const unfog::StepFramePtr& frame, unfog::RunViewer::Shown shown,
                           const QImage& picture);
    void saveAnimationRequested();
    void currentChanged(const unfog::CurrentImage& current);
    void keepRequested();
    /// Run the gallery image on the canvas once more, so that its steps can be scrubbed.
    void runAgainRequested();

private:
    QWidget* buildHeader();
    QWidget* buildBar();
    void announceCurrent();
    void setShownButtons();
    void reloadFrames();
    void selectImage(int imageIndex);
    void showFrame();
    void sliderMoved(int position);
    void stopPlaying();
    void advanceFilm();
    QImage pictureOf(const StepFramePtr& frame) const;
    /// Of this step, by the autoencoder; null when nobody decoded it.
    QImage fullPictureOf(const StepFramePtr& frame) const;
    void draw(const QImage& picture, QSize sizePx);
    bool isLastFrame() const;
    void showNumbers();
    void fillPictureChoice();

    CanvasView* m_canvas;
    QHBoxLayout* m_top;
    ElidedLabel* m_badge;
    QToolButton* m_keep;
    QToolButton* m_showRun;
    QToolButton* m_runAgain;
    ElidedLabel* m_text;
    QProgressBar* m_progress;
    QSlider* m_slider;
    QLabel* m_stepLabel;
    QToolButton* m_play;
    QToolButton* m_original;
    QToolButton* m_sample;
    QToolButton* m_save;
    QComboBox* m_pictureChoice;
    QTimer m_film;
    QTimer m_rest; ///< a person came to rest on a step

    StepHistoryPtr m_history;
    std::vector<StepFramePtr> m_frames; ///< of the image shown
    CurrentImage m_current;
    CurrentImage m_announced;
    Shown m_shown = Shown::PredictedOriginal; ///< m_current.side()
    bool m_drawn = false;                     ///< something of this run was on the canvas
    QSize m_sizePx;
    std::map<int, QImage> m_finished; ///< by image index
    std::map<std::pair<StepFramePtr, Shown>, QImage> m_decoded;
};

} // namespace unfog

Q_DECLARE_METATYPE(unfog::StepFramePtr)
Q_DECLARE_METATYPE(unfog::RunViewer::Shown)
