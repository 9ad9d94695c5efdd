#include <limits>

#include <ATen/Parallel.h>

#include "pipeline/device/compute_threads.h"
#include "pipeline/engine_fixture.h"

namespace unfog::testing {
namespace {

class ComputeThreads : public ::testing::Test {
protected:
    void TearDown() override { setComputeThreads(0); }

    /// The number that a run of `engine` computes with, seen from inside.
    static int threadsInARun(GenerationEngine& engine)
    {
        GenerationRequest request = smallRequest(UNFOG_REFERENCE_DIR "/models/tiny-sd15");
        request.sampler.steps = 1;
        int seen = 0;
        GenerationObserver observer;
        observer.onStep = [&](const StepProgress&) { seen = at::get_num_threads(); };
        const GenerationOutcome outcome = engine.generate(request, observer, {});
        EXPECT_TRUE(std::holds_alternative<std::vector<GeneratedImage>>(outcome));
        return seen;
    }
};

TEST_F(ComputeThreads, ChangeHoldsFromTheNextRunOfAnEngineThatExists)
{
    const auto engine = makeTorchEngine();
    for (const int threads : {1, 3, 2}) {
        setComputeThreads(threads);
        EXPECT_EQ(threadsInARun(*engine), threads);
    }
    setComputeThreads(0);
    EXPECT_EQ(threadsInARun(*engine), usableCores());
}

TEST_F(ComputeThreads, EnginesOwnNumberComesFirst)
{
    setComputeThreads(3);
    EngineOptions options;
    options.threads = 2;
    EXPECT_EQ(threadsInARun(*makeTorchEngine(options)), 2);
}

TEST_F(ComputeThreads, NumbersOutsideTheRangeBecomeTheNearestInside)
{
    setComputeThreads(std::numeric_limits<int>::max());
    EXPECT_EQ(computeThreads(), kMaxComputeThreads);
    setComputeThreads(-5);
    EXPECT_EQ(computeThreads(), usableCores());
}

} // namespace
} // namespace unfog::testing
