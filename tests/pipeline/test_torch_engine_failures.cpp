// What a person is told when a run cannot succeed, and that the engine lives on.

#include "pipeline/engine_fixture.h"
#include "weights/crafted_files.h"
#include "weights/files/tensor_io.h"
#include "weights/single_files.h"

namespace unfog::testing {
namespace {

namespace fs = std::filesystem;

class EngineFailureTest : public EngineTest {};

::testing::AssertionResult names(const Error& error, const std::string& word)
{
    if (error.message.find(word) != std::string::npos)
        return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << "no \"" << word << "\" in: " << error.message;
}

TEST_F(EngineFailureTest, UnknownSchedulerAndSpacingListWhatIsKnown)
{
    GenerationRequest request = smallRequest(referenceModel("tiny-sd15"));
    request.sampler.scheduler = "dpm++";
    Error error = errorOf(request);
    EXPECT_EQ(error.kind, ErrorKind::InvalidRequest);
    for (const char* word : {"dpm++", "dpmpp-2m", "euler-ancestral", "ddim", "unipc"})
        EXPECT_TRUE(names(error, word));

    request.sampler.scheduler = "euler";
    request.sampler.spacing = "cosine";
    error = errorOf(request);
    EXPECT_EQ(error.kind, ErrorKind::InvalidRequest);
    for (const char* word : {"cosine", "karras", "exponential", "trailing"})
        EXPECT_TRUE(names(error, word));

    request.sampler.spacing = "";
    request.sampler.prediction = "noise";
    error = errorOf(request);
    EXPECT_EQ(error.kind, ErrorKind::InvalidRequest);
    for (const char* word : {"noise", "epsilon", "v_prediction"})
        EXPECT_TRUE(names(error, word));
}

TEST_F(EngineFailureTest, SizeThatIsNoMultipleNamesItsNeighbours)
{
    GenerationRequest request = smallRequest(referenceModel("tiny-sd15"));
    request.canvas.widthPx = 510;
    const Error error = errorOf(request);
    EXPECT_EQ(error.kind, ErrorKind::InvalidRequest);
    for (const char* word : {"width", "510", "504", "512"})
        EXPECT_TRUE(names(error, word));
}

TEST_F(EngineFailureTest, MissingModelIsNamed)
{
    GenerationRequest request = smallRequest("/nowhere/such-model");
    EXPECT_TRUE(names(errorOf(request), "/nowhere/such-model"));
    request.model.path.clear();
    EXPECT_EQ(errorOf(request).kind, ErrorKind::InvalidRequest);
}

TEST_F(EngineFailureTest, FailedLoadKeepsTheModelHeld)
{
    const GeneratedImage image = imageOf(smallRequest(referenceModel("tiny-sd15")));
    const auto loaded = engine().loadModel(smallRequest("/nowhere/such-model"), {}, {});
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().cause, ErrorCause::Model);
    EXPECT_EQ(loaded.error().file, "/nowhere/such-model");
    const Result<PixelImage> decoded = engine().decode(image.latent, {});
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(*decoded, image.pixels);
}

TEST_F(EngineFailureTest, DecodeNeedsAModelAndItsChannels)
{
    auto fresh = makeTorchEngine();
    const LatentImage latent{4, 2, 2, std::vector<float>(16, 0.0f)};
    const Result<PixelImage> without = fresh->decode(latent, {});
    ASSERT_FALSE(without);
    EXPECT_EQ(without.error().kind, ErrorKind::InvalidRequest);

    imageOf(smallRequest(referenceModel("tiny-sd15")));
    const Result<PixelImage> wrong = engine().decode({3, 2, 2, std::vector<float>(12, 0.0f)}, {});
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().kind, ErrorKind::InvalidRequest);
    EXPECT_TRUE(names(wrong.error(), "3"));
    EXPECT_TRUE(engine().decode(latent, {}));
}

TEST_F(EngineFailureTest, InitialPictureOfAnotherSizeIsRefused)
{
    GenerationRequest request = smallRequest(referenceModel("tiny-sd15"));
    request.images.start = InitImage{
        "", "", 0.8,
        std::make_shared<const PixelImage>(PixelImage{32, 64, std::vector<std::uint8_t>(32 * 64 * 3)})};
    const Error error = errorOf(request);
    EXPECT_EQ(error.kind, ErrorKind::InvalidRequest);
    EXPECT_TRUE(names(error, "32"));
    EXPECT_TRUE(names(error, "64"));
}

TEST_F(EngineFailureTest, CudaWithoutACardSaysWhy)
{
    GenerationRequest request = smallRequest(referenceModel("tiny-sd15"));
    request.model.device = DeviceChoice::Cuda;
    const GenerationOutcome outcome = engine().generate(request, {}, {});
    if (const Error* error = std::get_if<Error>(&outcome)) {
        EXPECT_EQ(error->kind, ErrorKind::InvalidRequest);
        EXPECT_TRUE(names(*error, "driver") || names(*error, "CUDA"));
    } else {
        EXPECT_EQ(std::get<std::vector<GeneratedImage>>(outcome).front().provenance.device.find("cuda"), 0u);
    }
}

TEST_F(EngineFailureTest, ModelThatBreaksOnDiskFailsAndTheEngineLivesOn)
{
    const TemporaryFolder temporary;
    const fs::path folder = temporary / "model";
    linkModel("tiny-sd15", "unet", folder);
    const fs::path weights = folder / "unet" / weightFileOf("unet");
    const std::string intact = readFile(weights);
    const GenerationRequest request = smallRequest(folder);
    const GeneratedImage before = imageOf(request);

    writeFile(weights, intact.substr(0, intact.size() / 2));
    EXPECT_EQ(errorOf(request).kind, ErrorKind::BadFile);
    EXPECT_TRUE(names(errorOf(request), weights.filename().string()));
    expectSamePicture(imageOf(smallRequest(referenceModel("tiny-sd15"))), before);

    writeFile(weights, intact);
    expectSamePicture(imageOf(request), before);
}

struct NanCase {
    const char* component;
    const char* tensor;
    const char* stage; ///< a word of the message
};

class NanWeightTest : public EngineTest, public ::testing::WithParamInterface<NanCase> {};

TEST_P(NanWeightTest, FailsNamingTheStage)
{
    const NanCase& c = GetParam();
    const TemporaryFolder temporary;
    const fs::path folder = temporary / "model";
    linkModel("tiny-sd15", c.component, folder);
    writeWithNan("tiny-sd15", c.component, c.tensor, folder / c.component / weightFileOf(c.component));
    if (HasFatalFailure())
        return;
    const Error error = errorOf(smallRequest(folder));
    EXPECT_EQ(error.kind, ErrorKind::NonFinite) << error.message;
    EXPECT_TRUE(names(error, c.stage));
    EXPECT_TRUE(names(error, "NaN"));
    // The CPU computes in float32 whatever is asked for.
    EXPECT_FALSE(names(error, "recision"));
    imageOf(smallRequest(referenceModel("tiny-sd15")));
}

INSTANTIATE_TEST_SUITE_P(Components, NanWeightTest,
                         ::testing::Values(NanCase{"unet", "conv_out.bias", "UNet"},
                                           NanCase{"vae", "decoder.conv_out.bias", "autoencoder"},
                                           NanCase{"text_encoder", "text_model.final_layer_norm.bias",
                                                   "text encoder"}),
                         [](const auto& info) { return std::string(info.param.component); });

TEST_F(EngineFailureTest, NanInTheEncoderOfThePictureIsTold)
{
    const TemporaryFolder temporary;
    const fs::path folder = temporary / "model";
    linkModel("tiny-sd15", "vae", folder);
    writeWithNan("tiny-sd15", "vae", "encoder.conv_out.bias", folder / "vae" / weightFileOf("vae"));
    if (HasFatalFailure())
        return;
    GenerationRequest request = smallRequest(folder);
    imageOf(request);
    request.images.start = InitImage{
        "", "", 0.8,
        std::make_shared<const PixelImage>(PixelImage{64, 64, std::vector<std::uint8_t>(64 * 64 * 3)})};
    const Error error = errorOf(request);
    EXPECT_EQ(error.kind, ErrorKind::NonFinite) << error.message;
    EXPECT_TRUE(names(error, "autoencoder"));
}

TEST_F(EngineFailureTest, MissingTensorIsNamedWithItsFile)
{
    const TemporaryFolder temporary;
    const fs::path folder = temporary / "model";
    linkModel("tiny-sd15", "vae", folder);
    Tensors tensors = componentTensors("tiny-sd15", "vae");
    tensors.erase("decoder.conv_norm_out.weight");
    ASSERT_TRUE(writeTensors(folder / "vae" / weightFileOf("vae"), tensors));
    const Error error = errorOf(smallRequest(folder));
    EXPECT_EQ(error.kind, ErrorKind::BadFile) << error.message;
    EXPECT_TRUE(names(error, "decoder.conv_norm_out.weight"));
    EXPECT_TRUE(names(error, weightFileOf("vae")));
}

} // namespace
} // namespace unfog::testing
