#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "generation/engine/generation_engine.h"

/// Every x̂₀ and every x_t of one run, so that it can be scrubbed through while it runs and afterwards.
namespace unfog {

/// One step of one image. Immutable once appended.
struct StepFrame {
    int imageIndex = 0;
    int step = 0; ///< 1 … stepCount
    int stepCount = 0;
    double timestep = 0.0;
    double sigma = 0.0;
    double seconds = 0.0;
    LatentImage predictedOriginal;     ///< x̂₀
    LatentImage sample;                ///< x_t
    std::optional<PixelImage> preview; ///< x̂₀ decoded in full, when the run made it
};

using StepFramePtr = std::shared_ptr<const StepFrame>;

/// Images may come one after another or, as one batch on a card, step by step together. Bounded by memory:
/// when `maxBytes` is passed, the oldest finished images go first; of the images that run every second step
/// is then let go, the newest always kept. Every member function may be called from any thread; the worker
/// appends, the screen reads.
class StepHistory final {
public:
    static constexpr std::size_t kDefaultMaxBytes = std::size_t{512} << 20;

    explicit StepHistory(std::size_t maxBytes = kDefaultMaxBytes);

    void setModel(const ModelSummary& model);
    /// None before the engine named its model.
    std::optional<ModelSummary> model() const;

    void append(StepFrame frame);

    int imageCount() const;
    /// Images that still have frames, ascending.
    std::vector<int> images() const;
    /// The frames of one image that are kept, by ascending step.
    std::vector<StepFramePtr> frames(int imageIndex) const;
    /// Null when nothing was appended.
    StepFramePtr newest() const;
    std::size_t bytes() const;

private:
    /// The steps of one image.
    struct Track {
        std::vector<StepFramePtr> frames; ///< by step
        int stride = 1;                   ///< only steps divisible by it are kept, and the newest
        std::size_t bytes = 0;
        bool isOld = false; ///< was finished when a later image began

        bool isFinished() const { return frames.back()->step >= frames.back()->stepCount; }
    };

    void shrink();
    void thin(Track& track);

    const std::size_t m_maxBytes;
    mutable std::mutex m_mutex;
    std::optional<ModelSummary> m_model;
    std::map<int, Track> m_tracks; ///< by image; none is empty
    StepFramePtr m_newest;
    std::size_t m_bytes = 0;
};

using StepHistoryPtr = std::shared_ptr<StepHistory>;

} // namespace unfog
