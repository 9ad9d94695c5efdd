#include "pipeline/run/image_noise.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "weights/files/safetensors_file.h"
#include "weights/files/tensor_io.h"

namespace unfog {
namespace {

namespace fs = std::filesystem;

double largestDifference(const at::Tensor& a, const at::Tensor& b)
{
    return (a - b).abs().max().item<double>();
}

TEST(SeededNoise, EqualsTheRecordedDraws)
{
    // First, second, two from the middle on, and last values of recorded initial noises; seed 2147483659 is
    // beyond 31 bits.
    struct Recorded {
        std::uint64_t seed;
        std::vector<std::int64_t> shape;
        std::vector<double> values;
    };
    const std::vector<Recorded> table = {
        {42, {1, 4, 8, 8}, {1.92691529, 1.48728406, 1.93116057, 1.01186383, 0.222453654}},
        {7, {1, 4, 16, 16}, {-0.820134521, 0.395631164, 0.381143272, 0.395260602, -0.904100239}},
        {2147483659, {1, 4, 8, 8}, {-1.16001308, -0.362470299}},
    };
    for (const Recorded& recorded : table) {
        SCOPED_TRACE(recorded.seed);
        const at::Tensor noise = SeededNoise(recorded.seed, recorded.shape).draw().flatten();
        const std::int64_t count = noise.numel();
        const std::vector<std::int64_t> places = {0, 1, count / 2, count / 2 + 1, count - 1};
        for (std::size_t i = 0; i < recorded.values.size(); ++i)
            EXPECT_NEAR(noise[places[i]].item<double>(), recorded.values[i], 2e-6) << "place " << places[i];
    }
}

TEST(SeededNoise, EqualsTheRecordedPipelines)
{
    const fs::path folder = fs::path(UNFOG_REFERENCE_DIR) / "pipelines";
    ASSERT_TRUE(fs::is_directory(folder)) << "no recorded pipelines in " << folder;
    int compared = 0;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
        if (entry.path().extension() != ".safetensors")
            continue;
        SCOPED_TRACE(entry.path().filename());
        auto file = SafetensorsFile::open(entry.path());
        ASSERT_TRUE(file) << file.error().message;
        const auto recorded = readTensor(**file, "noise");
        ASSERT_TRUE(recorded) << recorded.error().message;
        // The reference writes -Infinity, which is no JSON: only the seed is looked for.
        const std::string& text = (*file)->metadata().at("reference");
        const std::size_t at = text.find("\"seed\": ");
        ASSERT_NE(at, std::string::npos);
        // A recorded batch is one draw of one generator.
        const at::Tensor noise = SeededNoise(std::stoull(text.substr(at + 8)), recorded->sizes()).draw();
        EXPECT_LE(largestDifference(noise, *recorded), 2e-6);
        ++compared;
    }
    EXPECT_GE(compared, 1);
}

TEST(SeededNoise, GoesOnAndStartsAgain)
{
    SeededNoise noise(5, {1, 4, 8, 8});
    const at::Tensor first = noise.draw();
    const at::Tensor second = noise.draw();
    EXPECT_FALSE(at::equal(first, second));
    SeededNoise again(5, {1, 4, 8, 8});
    EXPECT_TRUE(at::equal(again.draw(), first));
    EXPECT_TRUE(at::equal(again.draw(), second));
}

TEST(SeededNoise, LeavesTheGlobalGeneratorAlone)
{
    at::manual_seed(1);
    const at::Tensor undisturbed = at::randn({4});
    at::manual_seed(1);
    SeededNoise(99, {1, 4, 8, 8}).draw();
    EXPECT_TRUE(at::equal(at::randn({4}), undisturbed));
}

TEST(BatchNoise, ImageHasTheDrawsOfItsOwnSeed)
{
    BatchNoise batch(20, 3, {1, 4, 8, 8});
    for (int draw = 0; draw < 2; ++draw) {
        const at::Tensor together = batch.draw();
        ASSERT_EQ(together.sizes(), at::IntArrayRef({3, 4, 8, 8}));
        for (int i = 0; i < 3; ++i) {
            SeededNoise alone(20 + static_cast<std::uint64_t>(i), {1, 4, 8, 8});
            at::Tensor expected;
            for (int d = 0; d <= draw; ++d)
                expected = alone.draw();
            EXPECT_TRUE(at::equal(together[i], expected[0])) << "image " << i << ", draw " << draw;
        }
    }
}

TEST(SkippedSteps, RunsTheFloorOfStepsTimesStrength)
{
    struct Case {
        int steps;
        double strength;
        int skipped;
    };
    for (const Case& c :
         {Case{20, 0.75, 5}, Case{20, 1.0, 0}, Case{10, 0.6, 4}, Case{10, 0.55, 5}, Case{3, 0.34, 2},
          Case{1, 1.0, 0}, Case{50, 0.3, 35}, Case{50, 0.01, 50}, Case{1000, 0.999, 1}})
        EXPECT_EQ(skippedSteps(c.steps, c.strength), c.skipped) << c.steps << " · " << c.strength;
}

} // namespace
} // namespace unfog
