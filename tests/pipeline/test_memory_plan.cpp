#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "networks/kernels/tensor_memory.h"
#include "pipeline/engine_fixture.h"
#include "pipeline/model/memory_plan.h"
#include "weights/single_files.h"

namespace unfog::testing {

namespace {

constexpr std::array stages = {MemoryStage::Plain, MemoryStage::TiledDecode, MemoryStage::EncodersAway,
                               MemoryStage::StreamedUnet};

struct PlannedRun {
    const char* model;
    int widthPx, heightPx;
    double guidanceScale;
};

std::ostream& operator<<(std::ostream& out, const PlannedRun& run)
{
    return out << run.model << ' ' << run.widthPx << 'x' << run.heightPx << " guidance " << run.guidanceScale;
}

GenerationRequest requestOf(const PlannedRun& run)
{
    GenerationRequest request = smallRequest(referenceModel(run.model));
    request.canvas.widthPx = run.widthPx;
    request.canvas.heightPx = run.heightPx;
    request.guidance.scale = run.guidanceScale;
    return request;
}

std::int64_t estimateOf(const GenerationRequest& request, MemoryStage stage)
{
    const auto files = openModel(request.model.path);
    EXPECT_TRUE(files) << files.error().message;
    const RunShape shape = {request.canvas.widthPx, request.canvas.heightPx, 1,
                            request.guidance.scale != 1.0};
    return estimateMemory(*files, {at::kCPU, at::kFloat}, shape, stage).peakBytes;
}

/// The memory that just lets the plan choose that stage.
std::int64_t limitFor(const GenerationRequest& request, MemoryStage stage)
{
    return estimateOf(request, stage) / 9 * 10 + (1 << 16);
}

std::unique_ptr<GenerationEngine> engineWith(std::int64_t limitBytes)
{
    EngineOptions options;
    options.memoryLimitBytes = limitBytes;
    return makeTorchEngine(options);
}

/// Engines of their own: limits are for all tensors of the process. Each test takes its limit back.
class MemoryPlan : public EngineTest {
protected:
    void TearDown() override { limitTensorMemory(0); }

    static std::vector<GeneratedImage> unlimited(const GenerationRequest& request)
    {
        limitTensorMemory(0);
        const auto fresh = makeTorchEngine();
        return imagesOf(*fresh, request);
    }
};

class MemoryPlanOf : public MemoryPlan, public ::testing::WithParamInterface<PlannedRun> {};

} // namespace

TEST_P(MemoryPlanOf, estimatesThePeakWithinATenth)
{
    GenerationRequest request = requestOf(GetParam());
    request.sampler.steps = 1;
    const std::int64_t before = tensorMemory().inUseBytes;
    auto fresh = engineWith(0);
    ASSERT_TRUE(fresh->loadModel(request, {}, {}));
    resetPeakTensorMemory();
    imagesOf(*fresh, request);
    const auto measured = static_cast<double>(tensorMemory().peakBytes - before);
    const auto estimated = static_cast<double>(estimateOf(request, MemoryStage::Plain));
    EXPECT_NEAR(estimated / measured, 1.0, 0.1)
        << estimated / 1e6 << " MB estimated, " << measured / 1e6 << " MB measured";
}

// Large pictures: blocks below 64 KiB, which most weights of these models are, are not measured.
INSTANTIATE_TEST_SUITE_P(Runs, MemoryPlanOf,
                         ::testing::Values(PlannedRun{"tiny-sd15", 512, 512, 7.5},
                                           PlannedRun{"tiny-sd15", 512, 384, 1.0},
                                           PlannedRun{"tiny-sd2v", 512, 512, 7.5},
                                           PlannedRun{"tiny-sdxl", 512, 512, 7.5}));

TEST_F(MemoryPlan, everyStageNeedsNoMoreThanTheOneBefore)
{
    const GenerationRequest request = requestOf({"tiny-sd15", 1024, 1024, 7.5});
    std::int64_t last = std::numeric_limits<std::int64_t>::max();
    for (const MemoryStage stage : stages) {
        EXPECT_LE(estimateOf(request, stage), last) << describe(stage);
        last = estimateOf(request, stage);
    }
}

TEST_F(MemoryPlan, takesTheFirstStageThatFits)
{
    const auto files = openModel(referenceModel("tiny-sd15"));
    ASSERT_TRUE(files);
    const ComputeTarget target = {at::kCPU, at::kFloat};
    const RunShape shape = {1024, 1024, 1, true};
    for (const MemoryStage stage : stages) {
        const std::int64_t needed = estimateMemory(*files, target, shape, stage).peakBytes;
        EXPECT_LE(planMemory(*files, target, shape, needed / 9 * 10 + 100), stage) << describe(stage);
    }
    EXPECT_EQ(planMemory(*files, target, shape, 0), MemoryStage::StreamedUnet);
}

TEST_F(MemoryPlan, encodersAwayAndAStreamedUnetChangeNoBit)
{
    GenerationRequest request = requestOf({"tiny-sd15", 64, 64, 3.0});
    const std::vector<GeneratedImage> plain = unlimited(request);
    ASSERT_EQ(plain.size(), 1u);
    for (const MemoryStage stage : {MemoryStage::EncodersAway, MemoryStage::StreamedUnet}) {
        const auto limited =
            engineWith(stage == MemoryStage::StreamedUnet ? limitFor(request, stage) - (1 << 17)
                                                          : limitFor(request, stage));
        const std::vector<GeneratedImage> images = imagesOf(*limited, request);
        ASSERT_EQ(images.size(), 1u);
        expectSamePicture(images.front(), plain.front());
        ASSERT_FALSE(images.front().provenance.notes.empty());
        EXPECT_NE(images.front().provenance.notes.back().find(describe(stage)), std::string::npos)
            << images.front().provenance.notes.back();
    }
}

TEST_F(MemoryPlan, aPictureDecodedInTilesSaysSoInItsRequest)
{
    GenerationRequest request = requestOf({"tiny-sd15", 1024, 1024, 1.0});
    request.sampler.steps = 1;
    const auto limited = engineWith(limitFor(request, MemoryStage::TiledDecode));
    const std::vector<GeneratedImage> images = imagesOf(*limited, request);
    ASSERT_EQ(images.size(), 1u);
    EXPECT_TRUE(images.front().request.output.tiledDecode);
    const std::vector<GeneratedImage> again = unlimited(images.front().request);
    ASSERT_EQ(again.size(), 1u);
    expectSamePicture(again.front(), images.front());
}

TEST_F(MemoryPlan, aRunThatMeetsItsLimitGoesOnAnotherWay)
{
    GenerationRequest request = requestOf({"tiny-sd15", 128, 128, 3.0});
    request.output.count = 2;
    const std::vector<GeneratedImage> plain = unlimited(request);
    ASSERT_EQ(plain.size(), 2u);
    auto fresh = makeTorchEngine();
    ASSERT_TRUE(fresh->loadModel(request, {}, {}));

    // In the first step of the second picture somebody else takes the memory that was free when it was
    // planned.
    GenerationObserver observer;
    bool isTaken = false;
    std::vector<int> finished;
    observer.onStep = [&](const StepProgress& step) {
        if (step.imageIndex == 1 && !std::exchange(isTaken, true))
            limitTensorMemory(tensorMemory().inUseBytes + (1 << 17));
    };
    observer.onImage = [&](const GeneratedImage& image) {
        finished.push_back(static_cast<int>(image.request.output.seed - request.output.seed));
    };
    const std::vector<GeneratedImage> images = imagesOf(*fresh, request, observer);
    ASSERT_EQ(images.size(), 2u);
    EXPECT_TRUE(isTaken);
    EXPECT_EQ(finished, (std::vector<int>{0, 1})) << "no picture is handed out twice";
    for (std::size_t i = 0; i < 2; ++i)
        expectSamePicture(images[i], plain[i]);
    EXPECT_TRUE(images[0].provenance.notes.empty());
    ASSERT_FALSE(images[1].provenance.notes.empty());
    EXPECT_NE(images[1].provenance.notes.back().find("memory ran out"), std::string::npos);
}

TEST_F(MemoryPlan, whatFitsNowhereIsOneSentence)
{
    const GenerationRequest request = requestOf({"tiny-sd15", 64, 64, 3.0});
    const auto limited = engineWith(1 << 17);
    const GenerationOutcome outcome = limited->generate(request, {}, {});
    ASSERT_TRUE(std::holds_alternative<Error>(outcome));
    EXPECT_EQ(std::get<Error>(outcome).kind, ErrorKind::OutOfMemory);
    EXPECT_NE(std::get<Error>(outcome).message.find("131072"), std::string::npos)
        << std::get<Error>(outcome).message;
    EXPECT_EQ(unlimited(request).size(), 1u);
}

} // namespace unfog::testing
