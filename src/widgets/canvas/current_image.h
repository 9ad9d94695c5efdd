#pragma once

#include <QString>

namespace unfog {

/// Which image the whole window speaks of: canvas, step slider, badge, details, menus and keys ask here and
/// nowhere else. It is an image of the run that runs or ran last, or one of the gallery in front of it.
///
/// A value without widgets; RunViewer owns it, tells it what happens and emits currentChanged().
class CurrentImage final {
public:
    enum class Kind {
        None,    ///< nothing is shown
        Step,    ///< a step of the run, as it forms or scrubbed to
        Result,  ///< a finished image of the run
        Live,    ///< of live mode, forming or finished: in no file
        Gallery, ///< an image of the gallery; it has no steps
    };
    enum class Side { Prediction, NoisyImage }; ///< x̂₀ or x_t; part of scrubbing

    void beginRun(bool live);
    /// The run becomes current again and shows its result; of a finished run the prediction, whatever side
    /// was chosen.
    void endRun(bool finished);
    /// The newest image and step are followed. Steps count from 1; 0 = none yet.
    void follow(int imageIndex);
    void scrubTo(int imageIndex, int step, int stepCount, bool isNewest);
    void setStep(int step, int stepCount);
    void setImageFinished(bool finished) { m_imageFinished = finished; }
    void setSide(Side side);
    void chooseGallery();
    /// False: it was current already.
    bool returnToRun();
    void markKept() { m_kept = true; }

    Kind kind() const;
    Side side() const { return m_side; }
    int imageIndex() const { return m_imageIndex; }
    bool isGallery() const { return m_gallery; }
    bool isRunning() const { return m_running; }
    bool isFollowing() const { return m_following; }
    bool isLive() const { return m_live && !m_kept; }
    /// The step slider, the film and the choice of the side apply.
    bool hasSteps() const { return !m_gallery && m_stepCount > 0; }
    /// "Result", "Step 3 of 20", "Step 3 of 20 – noisy image", "Live – not saved", "Gallery"; "" for None.
    QString badge() const;

    bool operator==(const CurrentImage&) const = default;

private:
    bool isAtResult() const;

    int m_imageIndex = 0;
    int m_step = 0;
    int m_stepCount = 0;
    Side m_side = Side::Prediction;
    bool m_hasRun = false;
    bool m_running = false;
    bool m_live = false;
    bool m_kept = false;
    bool m_following = true;
    bool m_imageFinished = false; ///< the image at m_imageIndex
    bool m_gallery = false;
};

} // namespace unfog
