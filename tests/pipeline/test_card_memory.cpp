#include <gtest/gtest.h>

#include "pipeline/model/memory_plan.h"
#include "weights/crafted_files.h"
#include "weights/single_files.h"

/// How runs of the published sizes fit on cards, planned from shapes alone: no card and no weights are
/// needed.
namespace unfog::testing {

namespace {

constexpr std::int64_t gigabyte = 1'000'000'000;

enum class Size { Sd15, Xl };

struct CardRun {
    const char* name;
    Size model;
    int sidePx;
    at::ScalarType dtype;
    std::int64_t freeBytes; ///< of the card's memory: less than its size, the driver and a desktop have some
    MemoryStage expected;
};

void writeModel(const std::filesystem::path& file, Size size)
{
    Shapes all;
    const auto add = [&all](const Shapes& shapes) { all.insert(shapes.begin(), shapes.end()); };
    add(ldmVaeShapes("first_stage_model."));
    if (size == Size::Sd15) {
        add(ldmUnetShapes({}, "model.diffusion_model."));
        add(clipTextShapes(768, 12, "cond_stage_model.transformer.text_model."));
    } else {
        add(ldmUnetShapes(xlUnetSize(), "model.diffusion_model."));
        add(clipTextShapes(768, 12, "conditioner.embedders.0.transformer.text_model."));
        add(openClipTextShapes(1280, 32, "conditioner.embedders.1.model."));
    }
    writeSparseFile(file, all);
}

class CardMemory : public ::testing::TestWithParam<CardRun> {};

} // namespace

TEST_P(CardMemory, aRunOfThisSizeFits)
{
    const CardRun& run = GetParam();
    const TemporaryFolder folder;
    writeModel(folder / "m.safetensors", run.model);
    const auto files = openModel(folder / "m.safetensors");
    ASSERT_TRUE(files) << files.error().message;
    const ComputeTarget target{at::Device(at::kCUDA, 0), run.dtype};
    const RunShape shape{run.sidePx, run.sidePx, 1, true};
    const MemoryStage stage = planMemory(*files, target, shape, run.freeBytes);
    const std::int64_t needed = estimateMemory(*files, target, shape, stage).peakBytes;
    EXPECT_LE(needed, run.freeBytes) << "the plan must fit, not only be the last one";
    EXPECT_EQ(stage, run.expected) << describe(stage);
}

INSTANTIATE_TEST_SUITE_P(
    Cards, CardMemory,
    ::testing::Values(
        CardRun{"SD15_512_4GB", Size::Sd15, 512, at::kHalf, 34 * gigabyte / 10, MemoryStage::Plain},
        CardRun{"SD15_1024_4GB", Size::Sd15, 1024, at::kHalf, 34 * gigabyte / 10, MemoryStage::TiledDecode},
        CardRun{"SD15_512_6GB_float32", Size::Sd15, 512, at::kFloat, 54 * gigabyte / 10,
                MemoryStage::EncodersAway},
        CardRun{"XL_1024_8GB", Size::Xl, 1024, at::kHalf, 74 * gigabyte / 10, MemoryStage::EncodersAway},
        CardRun{"XL_1024_6GB", Size::Xl, 1024, at::kHalf, 54 * gigabyte / 10, MemoryStage::StreamedUnet},
        CardRun{"XL_1024_4GB", Size::Xl, 1024, at::kHalf, 34 * gigabyte / 10, MemoryStage::StreamedUnet},
        CardRun{"XL_1024_12GB", Size::Xl, 1024, at::kHalf, 11 * gigabyte, MemoryStage::Plain}),
    [](const auto& info) { return std::string(info.param.name); });

} // namespace unfog::testing
