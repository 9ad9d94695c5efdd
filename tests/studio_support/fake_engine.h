#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "generation/engine/generation_engine.h"

/// An engine that paints without computing, for tests of everything above it.
namespace unfog::test {

/// The strings by which a test holds and steers a fake engine; outlives it. Any thread.
class FakeControl final {
public:
    /// The engine waits before this step (1 …) of this image until released or stopped.
    void holdBeforeStep(int imageIndex, int step);
    void holdLoading();
    void holdDecoding();
    /// Returns when the engine waits at a hold. False after ten seconds without: the test is wrong.
    bool waitUntilHeld();
    /// Lets go, and holds nothing any more.
    void release();

    /// The next run fails before this step of its first image.
    void failBeforeStep(int step, Error error);
    /// The next run throws there: an engine that breaks its word.
    void throwBeforeStep(int step);
    void failLoading(Error error);
    /// Every step takes this long (for watching, not for tests).
    void setStepDelay(std::chrono::milliseconds delay);

    int engineCount() const;                         ///< alive
    int runCount() const;                            ///< begun
    int loadCount() const;                           ///< models loaded, by runs too
    int decodeCount() const;                         ///< begun
    std::vector<GenerationRequest> requests() const; ///< as they came to generate()

private:
    friend class FakeEngine;
    enum class Place { None, Step, Loading, Decoding };

    /// False: stopped.
    bool pass(Place place, int imageIndex, int step, const std::stop_token& stop);

    mutable std::mutex m_mutex;
    std::condition_variable_any m_changed;
    Place m_hold = Place::None;
    int m_holdImage = 0;
    int m_holdStep = 0;
    bool m_held = false;
    std::optional<std::pair<int, Error>> m_failure;
    std::optional<int> m_throwStep;
    std::optional<Error> m_loadFailure;
    std::chrono::milliseconds m_stepDelay{0};
    int m_engines = 0;
    int m_loads = 0;
    int m_decodes = 0;
    std::vector<GenerationRequest> m_requests;
};

/// Pictures depend on seed, prompt and size alone. Sizes of 0 become 64. Models are known by any name.
class FakeEngine final : public GenerationEngine {
public:
    explicit FakeEngine(std::shared_ptr<FakeControl> control);
    ~FakeEngine() override;

    GenerationOutcome generate(const GenerationRequest& request, const GenerationObserver& observer,
                               std::stop_token stop) override;
    Result<ModelSummary> loadModel(const GenerationRequest& request, const GenerationObserver& observer,
                                   std::stop_token stop) override;
    Result<PixelImage> decode(const LatentImage& latent, std::stop_token stop) override;

private:
    Result<void> load(const GenerationRequest& request, const GenerationObserver& observer,
                      const std::stop_token& stop);

    std::shared_ptr<FakeControl> m_control;
    std::optional<ModelSummary> m_model;
};

/// What the fake engine paints for the image of this seed.
PixelImage fakePicture(const std::string& prompt, std::uint64_t seed, int widthPx, int heightPx);
/// As generate() hands it out, with provenance and hashes.
GeneratedImage fakeImage(const GenerationRequest& request);

} // namespace unfog::test
