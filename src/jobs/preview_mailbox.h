#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>

#include <QImage>

#include "jobs/job.h"
#include "jobs/step_history.h"

/// The way from the sampler to the screen: one place for the newest step, overwritten, never waited for.
namespace unfog {

/// What a progress bar shows.
struct RunProgress {
    JobId job = 0;
    int imageIndex = 0;
    int imageCount = 1;
    int step = 0;
    int stepCount = 0;
    double timestep = 0.0;
    double sigma = 0.0;
    double fraction = 0.0;       ///< of all steps of all images, 0 … 1
    double stepsPerSecond = 0.0; ///< over the last steps; 0 = not known yet
    double secondsLeft = -1.0;   ///< of the whole job, decode not counted; < 0 = not known yet
};

struct RunSnapshot {
    RunProgress progress;
    StepFramePtr frame;  ///< of this step
    QImage picture;      ///< x̂₀ of the newest step that had a preview; null = none since the last `take`
    int pictureStep = 0; ///< the step that `picture` shows
    bool pictureIsFull = false; ///< decoded by the autoencoder; else the fast approximation, latent-sized
};

/// put() and offerPicture() belong to the worker, take() to the screen; both return at once.
class PreviewMailbox final {
public:
    using Clock = std::function<std::chrono::nanoseconds()>;
    static constexpr double kDefaultShare = 0.05;

    /// Pictures may cost at most `share` of a run's time; what would cost more is left out, the numbers
    /// never.
    explicit PreviewMailbox(double share = kDefaultShare, Clock clock = {});

    /// Called by put() when the box was empty: at most one call for each take(). Set before the worker
    /// starts.
    void setListener(std::function<void()> listener);

    /// Opens the box for this job alone; forgets what was not taken.
    void beginRun(JobId job);
    /// The newest step. Replaces what was not taken; a picture not yet taken stays with it.
    void put(const RunProgress& progress, StepFramePtr frame);
    /// Makes a picture of `step` by `make` and joins it to the newest step, if the budget allows; the last
    /// step always gets its picture. False: left out. Call before put() of the same step.
    bool offerPicture(int step, bool isFull, bool isLastStep, const std::function<QImage()>& make);

    std::optional<RunSnapshot> take();
    /// Forgets everything and takes nothing until beginRun(): the run was cancelled, nothing of it may
    /// appear.
    void close();

private:
    struct Offered {
        QImage picture;
        int step = 0;
        bool isFull = false;
    };

    const double m_share;
    const Clock m_clock;
    std::function<void()> m_listener;
    std::mutex m_mutex;
    JobId m_openFor = 0; ///< 0 = closed
    std::optional<RunSnapshot> m_newest;
    std::optional<Offered> m_offered;
    std::optional<std::chrono::nanoseconds> m_runStart; ///< when the first picture was offered
    std::chrono::nanoseconds m_spent{0};
};

} // namespace unfog
