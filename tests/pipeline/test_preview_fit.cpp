#include <filesystem>
#include <fstream>

#include "pipeline/engine_fixture.h"
#include "pipeline/families/stable_diffusion/loaded_model.h"
#include "pipeline/run/image_tensors.h"
#include "pipeline/run/latent_decoder.h"
#include "pipeline/run/preview_fit.h"
#include "weights/crafted_files.h"
#include "weights/files/tensor_io.h"
#include "weights/single_files.h"

namespace unfog::testing {
namespace {

namespace fs = std::filesystem;

std::unique_ptr<LoadedModel> loaded(const fs::path& folder)
{
    auto model = loadModel(folder, {}, {at::kCPU, at::kFloat}, {}, {});
    EXPECT_TRUE(model) << model.error().message;
    return model ? std::move(*model) : nullptr;
}

fs::path starter()
{
    return UNFOG_SOURCE_DIR "/models/starter";
}

int filesIn(const fs::path& folder)
{
    return static_cast<int>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST(PreviewFit, ShowsWhatTheAutoencoderShows)
{
    const auto model = loaded(starter());
    ASSERT_TRUE(model);
    const auto map = fitPreviewMap(*model, {}, {});
    ASSERT_TRUE(map) << map.error().message;
    EXPECT_GT(map->psnrDb, 15.0);
    EXPECT_EQ(map->upscale, model->latentDownscale());

    // One flat colour through encoder and map.
    const at::Tensor orange =
        at::tensor(std::vector<float>{0.8F, 0.1F, -0.7F}).view({1, 3, 1, 1}).expand({1, 3, 64, 64});
    const auto latent = encodeToLatent(*model, orange.contiguous(), {});
    ASSERT_TRUE(latent);
    const PixelImage shown = map->apply(toLatentImage(*latent));
    EXPECT_EQ(shown.widthPx, 64 / map->upscale);
    const std::size_t middle =
        3 * (static_cast<std::size_t>(shown.heightPx / 2) * shown.widthPx + shown.widthPx / 2);
    // A linear map of four numbers for 64 pixels: near, and no other colour.
    const int red = shown.rgb[middle], green = shown.rgb[middle + 1], blue = shown.rgb[middle + 2];
    EXPECT_NEAR(red, 230, 70);
    EXPECT_NEAR(green, 140, 70);
    EXPECT_NEAR(blue, 38, 70);
    EXPECT_GT(red, green + 20);
    EXPECT_GT(green, blue + 20);
}

TEST(PreviewFit, IsKeptAndReadBack)
{
    const TemporaryFolder cache;
    const auto model = loaded(referenceModel("tiny-sd15"));
    ASSERT_TRUE(model);
    const auto fitted = fitPreviewMap(*model, cache.path(), {});
    ASSERT_TRUE(fitted) << fitted.error().message;
    ASSERT_EQ(filesIn(cache.path()), 1);
    const auto again = fitPreviewMap(*model, cache.path(), {});
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, *fitted);

    const fs::path file = fs::directory_iterator(cache.path())->path();
    std::ofstream(file) << "{\"coefficients\": [1, 2";
    const auto repaired = fitPreviewMap(*model, cache.path(), {});
    ASSERT_TRUE(repaired);
    EXPECT_EQ(*repaired, *fitted);
}

TEST(PreviewFit, IsNotTakenFromAnotherTrainingOfTheSameLayout)
{
    const TemporaryFolder cache, other;
    const std::string weights = weightFileOf("vae");
    linkModel("tiny-sd15", "vae", other.path());
    Tensors tensors = componentTensors("tiny-sd15", "vae");
    tensors["decoder.conv_out.bias"] = tensors.at("decoder.conv_out.bias") + 0.3;
    const auto written = writeTensors(other.path() / "vae" / weights, tensors);
    ASSERT_TRUE(written) << written.error().message;

    const auto first = fitPreviewMap(*loaded(referenceModel("tiny-sd15")), cache.path(), {});
    const auto second = fitPreviewMap(*loaded(other.path()), cache.path(), {});
    ASSERT_TRUE(first && second);
    EXPECT_EQ(filesIn(cache.path()), 2);
    EXPECT_NE(first->coefficients, second->coefficients);
}

} // namespace
} // namespace unfog::testing
