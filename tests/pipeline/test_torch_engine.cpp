// What a person may rely on when a run succeeds: the same request gives the same picture, however it is asked
// for.

#include <algorithm>
#include <cmath>

#include "pipeline/engine_fixture.h"
#include "weights/crafted_files.h"
#include "weights/files/tensor_io.h"
#include "weights/single_files.h"

namespace unfog::testing {
namespace {

class TorchEngineTest : public EngineTest {};

PixelImage gradient(int widthPx, int heightPx)
{
    PixelImage image{widthPx, heightPx, {}};
    for (int y = 0; y < heightPx; ++y)
        for (int x = 0; x < widthPx; ++x)
            for (int value : {255 * x / widthPx, 255 * y / heightPx, 96})
                image.rgb.push_back(static_cast<std::uint8_t>(value));
    return image;
}

TEST_F(TorchEngineTest, SameRequestGivesSamePicture)
{
    GenerationRequest request = smallRequest(referenceModel("tiny-sd15"));
    request.sampler.scheduler = "euler-ancestral";
    const GeneratedImage first = imageOf(request);
    expectSamePicture(imageOf(request), first);
    auto other = makeTorchEngine();
    const std::vector<GeneratedImage> elsewhere = imagesOf(*other, request);
    ASSERT_EQ(elsewhere.size(), 1u);
    expectSamePicture(elsewhere.front(), first);
}

TEST_F(TorchEngineTest, SeedPromptAndNegativePromptEachChangeThePicture)
{
    const GenerationRequest request = smallRequest(referenceModel("tiny-sd15"));
    const GeneratedImage base = imageOf(request);
    GenerationRequest seed = request;
    seed.output.seed += 1;
    GenerationRequest prompt = request;
    prompt.prompts.positive = "a blue house";
    GenerationRequest negative = request;
    negative.prompts.negative = "snow";
    EXPECT_NE(imageOf(seed).latent, base.latent);
    EXPECT_NE(imageOf(prompt).latent, base.latent);
    EXPECT_NE(imageOf(negative).latent, base.latent);
}

TEST_F(TorchEngineTest, ImageOfManyEqualsSingleRunWithItsSeed)
{
    GenerationRequest many = smallRequest(referenceModel("tiny-sd15"));
    many.sampler.scheduler = "dpm2-ancestral";
    many.output.count = 3;
    std::vector<std::uint64_t> told;
    GenerationObserver observer;
    observer.onImage = [&](const GeneratedImage& image) { told.push_back(image.request.output.seed); };
    const std::vector<GeneratedImage> images = imagesOf(many, observer);
    ASSERT_EQ(images.size(), 3u);
    EXPECT_EQ(told, (std::vector<std::uint64_t>{11, 12, 13}));
    for (std::size_t i = 0; i < images.size(); ++i) {
        SCOPED_TRACE(i);
        GenerationRequest single = many;
        single.output.count = 1;
        single.output.seed = many.output.seed + i;
        const GeneratedImage alone = imageOf(single);
        expectSamePicture(images[i], alone);
        EXPECT_EQ(images[i].request, alone.request);
    }
}

TEST_F(TorchEngineTest, BatchIsCloseToSingleRuns)
{
    GenerationRequest many = smallRequest(referenceModel("tiny-sd15"));
    many.sampler.scheduler = "euler-ancestral";
    many.output.count = 4;
    EngineOptions options;
    options.imagesPerBatch = 3;
    auto batching = makeTorchEngine(options);
    const std::vector<GeneratedImage> batched = imagesOf(*batching, many);
    const std::vector<GeneratedImage> oneByOne = imagesOf(many);
    ASSERT_EQ(batched.size(), 4u);
    ASSERT_EQ(oneByOne.size(), 4u);
    for (std::size_t i = 0; i < batched.size(); ++i) {
        SCOPED_TRACE(i);
        EXPECT_EQ(batched[i].request.output.seed, 11 + i);
        EXPECT_EQ(batched[i].provenance.noiseSha256, oneByOne[i].provenance.noiseSha256);
        EXPECT_LE(largestPixelDifference(batched[i].pixels, oneByOne[i].pixels), 2);
        ASSERT_EQ(batched[i].latent.values.size(), oneByOne[i].latent.values.size());
        float largest = 0.0f;
        float difference = 0.0f;
        for (std::size_t v = 0; v < batched[i].latent.values.size(); ++v) {
            largest = std::max(largest, std::abs(oneByOne[i].latent.values[v]));
            difference =
                std::max(difference, std::abs(batched[i].latent.values[v] - oneByOne[i].latent.values[v]));
        }
        EXPECT_LE(difference, 1e-4f * largest);
    }
}

TEST_F(TorchEngineTest, PreviewsChangeNothing)
{
    GenerationRequest request = smallRequest(referenceModel("tiny-sd15"));
    request.sampler.scheduler = "dpmpp-2m-sde";
    request.sampler.steps = 4;
    const GeneratedImage plain = imageOf(request);
    std::vector<bool> everyStep;
    std::vector<bool> everySecond;
    GenerationObserver observer;
    observer.previewEveryNthStep = 1;
    observer.onStep = [&](const StepProgress& step) {
        everyStep.push_back(step.preview.has_value());
        if (step.preview) {
            EXPECT_EQ(step.preview->rgb.size(), 64u * 64u * 3u);
        }
    };
    expectSamePicture(imageOf(request, observer), plain);
    EXPECT_EQ(everyStep, (std::vector<bool>{true, true, true, true}));

    observer.previewEveryNthStep = 3;
    observer.onStep = [&](const StepProgress& step) { everySecond.push_back(step.preview.has_value()); };
    expectSamePicture(imageOf(request, observer), plain);
    EXPECT_EQ(everySecond, (std::vector<bool>{false, false, true, true}));
}

TEST_F(TorchEngineTest, LastPreviewIsThePictureWhereTheSchedulerEndsOnItsPrediction)
{
    GenerationRequest request = smallRequest(referenceModel("tiny-sd15"));
    request.sampler.scheduler = "euler";
    std::optional<PixelImage> last;
    GenerationObserver observer;
    observer.previewEveryNthStep = 1;
    observer.onStep = [&](const StepProgress& step) { last = step.preview; };
    const GeneratedImage image = imageOf(request, observer);
    ASSERT_TRUE(last);
    // Euler's last step goes to σ = 0, where x equals x̂₀ up to rounding.
    EXPECT_LE(largestPixelDifference(*last, image.pixels), 1);
}

TEST_F(TorchEngineTest, GuidanceOneIgnoresTheNegativePrompt)
{
    GenerationRequest request = smallRequest(referenceModel("tiny-sd15"));
    request.guidance.scale = 1.0;
    const GeneratedImage plain = imageOf(request);
    request.prompts.negative = "something else entirely";
    expectSamePicture(imageOf(request), plain);
    request.guidance.scale = 2.0;
    EXPECT_NE(imageOf(request).latent, plain.latent);
}

TEST_F(TorchEngineTest, ImageToImageRunsTheShareOfTheStepsThatStrengthSays)
{
    struct Case {
        int steps;
        double strength;
        int run;
    };
    for (const Case& c :
         {Case{10, 0.6, 6}, Case{10, 0.55, 5}, Case{3, 0.34, 1}, Case{4, 1.0, 4}, Case{7, 0.99, 6}}) {
        SCOPED_TRACE(std::to_string(c.steps) + " steps, strength " + std::to_string(c.strength));
        GenerationRequest request = smallRequest(referenceModel("tiny-sd15"));
        request.sampler.steps = c.steps;
        auto start = std::make_shared<const PixelImage>(gradient(64, 64));
        request.images.start = InitImage{"start.png", "", c.strength, start};
        std::vector<int> steps;
        bool encoded = false;
        GenerationObserver observer;
        observer.onStage = [&](const StageProgress& stage) { encoded |= stage.stage == Stage::EncodeImage; };
        observer.onStep = [&](const StepProgress& step) {
            steps.push_back(step.step);
            EXPECT_EQ(step.stepCount, c.run);
        };
        const GeneratedImage image = imageOf(request, observer);
        EXPECT_TRUE(encoded);
        ASSERT_EQ(steps.size(), static_cast<std::size_t>(c.run));
        for (int i = 0; i < c.run; ++i)
            EXPECT_EQ(steps[i], i + 1);
        EXPECT_NE(image.pixels, *start);
        EXPECT_EQ(image.pixels.rgb.size(), start->rgb.size());
    }
}

TEST_F(TorchEngineTest, ImageToImageDependsOnThePictureItStartsFrom)
{
    GenerationRequest request = smallRequest(referenceModel("tiny-sd15"));
    request.sampler.steps = 4;
    request.images.start = InitImage{"", "", 0.5, std::make_shared<const PixelImage>(gradient(64, 64))};
    const GeneratedImage first = imageOf(request);
    expectSamePicture(imageOf(request), first);
    PixelImage inverted = gradient(64, 64);
    for (std::uint8_t& value : inverted.rgb)
        value = static_cast<std::uint8_t>(255 - value);
    request.images.start->pixels = std::make_shared<const PixelImage>(inverted);
    EXPECT_NE(imageOf(request).latent, first.latent);
}

TEST_F(TorchEngineTest, FolderAndSingleFileGiveTheSamePicture)
{
    const TemporaryFolder temporary;
    const auto written = writeTensors(temporary / "tiny.safetensors", recordedSingleFile());
    ASSERT_TRUE(written) << written.error().message;
    GenerationRequest request = smallRequest(referenceModel("tiny-sd15"));
    // A single file has no scheduler of its own: both are told the same one.
    request.sampler.scheduler = "dpmpp-2m";
    const GeneratedImage fromFolder = imageOf(request);
    request.model.path = (temporary / "tiny.safetensors").string();
    request.model.tokenizer = (referenceModel("tiny-sd15") / "tokenizer").string();
    expectSamePicture(imageOf(request), fromFolder);
}

TEST_F(TorchEngineTest, OtherFamiliesRun)
{
    for (const auto& [name, family] : {std::pair("tiny-sd2v", "SD 2.x"), std::pair("tiny-sdxl", "SDXL")}) {
        SCOPED_TRACE(name);
        GenerationRequest request = smallRequest(referenceModel(name));
        request.canvas.widthPx = 96;
        std::string toldFamily;
        GenerationObserver observer;
        observer.onModel = [&](const ModelSummary& summary) { toldFamily = summary.family; };
        const GeneratedImage image = imageOf(request, observer);
        EXPECT_EQ(toldFamily, family);
        EXPECT_EQ(image.pixels.widthPx, 96);
        EXPECT_EQ(image.pixels.heightPx, 64);
        expectSamePicture(imageOf(request), image);
        const auto [low, high] = std::minmax_element(image.pixels.rgb.begin(), image.pixels.rgb.end());
        EXPECT_LT(*low, *high) << "one colour everywhere";
    }
}

TEST_F(TorchEngineTest, NativeSizeAndSchedulerAreNamedInTheResolvedRequest)
{
    GenerationRequest request = smallRequest(referenceModel("tiny-sd15"));
    request.canvas.widthPx = request.canvas.heightPx = 0;
    request.sampler.scheduler = "";
    const GeneratedImage image = imageOf(request);
    EXPECT_EQ(image.request.canvas.widthPx, 64);
    EXPECT_EQ(image.request.canvas.heightPx, 64);
    EXPECT_EQ(image.request.sampler.scheduler, "pndm");
    EXPECT_EQ(image.provenance.device, "cpu");
    EXPECT_EQ(image.provenance.precision, "float32");
    EXPECT_EQ(image.provenance.engineVersion, engineVersion());
    EXPECT_EQ(image.provenance.libtorchVersion, libtorchVersion());
    EXPECT_TRUE(image.provenance.notes.empty()) << image.provenance.notes.front();
    expectSamePicture(imageOf(image.request), image);
}

TEST_F(TorchEngineTest, TokensThatWereCutAreCountedInANote)
{
    GenerationRequest request = smallRequest(referenceModel("tiny-sd15"));
    std::string cats = "cat";
    for (int i = 1; i < 75; ++i)
        cats += " cat";
    request.prompts.positive = cats;
    EXPECT_TRUE(imageOf(request).provenance.notes.empty());
    for (int i = 0; i < 9; ++i)
        request.prompts.positive += " cat";
    const GeneratedImage image = imageOf(request);
    ASSERT_EQ(image.provenance.notes.size(), 1u);
    EXPECT_NE(image.provenance.notes.front().find(" 9 "), std::string::npos)
        << image.provenance.notes.front();
    EXPECT_EQ(image.request.prompts.positive, request.prompts.positive);
    request.prompts.positive = cats;
    EXPECT_EQ(imageOf(request).latent, image.latent) << "the tokens beyond the limit must not count";
}

TEST_F(TorchEngineTest, TiledDecodeIsCloseToFull)
{
    GenerationRequest request = smallRequest(referenceModel("tiny-sd15"));
    const GeneratedImage small = imageOf(request);
    request.output.tiledDecode = true;
    EXPECT_EQ(imageOf(request).pixels, small.pixels) << "one tile covers it all";

    request.output.tiledDecode = false;
    request.sampler.steps = 1;
    request.canvas.widthPx = 768; // 96 latent columns: two tiles
    const GeneratedImage full = imageOf(request);
    request.output.tiledDecode = true;
    const GeneratedImage tiled = imageOf(request);
    EXPECT_EQ(tiled.latent, full.latent);
    EXPECT_NE(tiled.pixels, full.pixels) << "two tiles cannot see the same norms as one";
    // random weights: each tile's norms differ more than those of a trained model
    EXPECT_LE(meanPixelDifference(tiled.pixels, full.pixels), 8.0);
}

TEST_F(TorchEngineTest, DecodeGivesTheRunsOwnPixels)
{
    const GeneratedImage image = imageOf(smallRequest(referenceModel("tiny-sd15")));
    const Result<PixelImage> decoded = engine().decode(image.latent, {});
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(*decoded, image.pixels);
}

TEST_F(TorchEngineTest, LoadingTellsItsProgressAndWhatTheModelIs)
{
    auto fresh = makeTorchEngine();
    std::vector<double> fractions;
    GenerationObserver observer;
    observer.onStage = [&](const StageProgress& stage) {
        EXPECT_EQ(stage.stage, Stage::LoadModel);
        fractions.push_back(stage.fraction);
    };
    const GenerationRequest request = smallRequest(referenceModel("tiny-sd15"));
    const Result<ModelSummary> summary = fresh->loadModel(request, observer, {});
    ASSERT_TRUE(summary) << summary.error().message;
    ASSERT_GE(fractions.size(), 2u);
    EXPECT_EQ(fractions.front(), 0.0);
    EXPECT_EQ(fractions.back(), 1.0);
    EXPECT_TRUE(std::is_sorted(fractions.begin(), fractions.end()));
    EXPECT_EQ(summary->path, request.model.path);
    EXPECT_EQ(summary->family, "SD 1.x");
    EXPECT_EQ(summary->nativeWidthPx, 64);
    EXPECT_EQ(summary->nativeHeightPx, 64);
    EXPECT_EQ(summary->latentChannels, 4);
    EXPECT_EQ(summary->latentDownscale, 8);
    EXPECT_EQ(summary->promptTokenLimit, 75);
    EXPECT_EQ(summary->modelHash.size(), 64u);

    fractions.clear();
    ASSERT_TRUE(fresh->loadModel(request, observer, {}));
    EXPECT_TRUE(fractions.empty()) << "the model held is loaded once";
}

TEST_F(TorchEngineTest, StagesComeInOrder)
{
    std::vector<Stage> begun;
    GenerationObserver observer;
    observer.onStage = [&](const StageProgress& stage) {
        if (stage.fraction == 0.0)
            begun.push_back(stage.stage);
    };
    auto fresh = makeTorchEngine();
    imagesOf(*fresh, smallRequest(referenceModel("tiny-sd15")), observer);
    EXPECT_EQ(begun, (std::vector<Stage>{Stage::LoadModel, Stage::EncodeText, Stage::Sample, Stage::Decode}));
}

TEST_F(TorchEngineTest, StopInAStepEndsTheRunWithoutAPicture)
{
    GenerationRequest request = smallRequest(referenceModel("tiny-sd15"));
    request.sampler.steps = 5;
    request.output.count = 2;
    const std::vector<GeneratedImage> undisturbed = imagesOf(request);
    ASSERT_EQ(undisturbed.size(), 2u);
    for (int stopAt : {1, 3, 5}) {
        SCOPED_TRACE(stopAt);
        std::stop_source source;
        int steps = 0;
        int pictures = 0;
        GenerationObserver observer;
        observer.onStep = [&](const StepProgress& step) {
            ++steps;
            if (step.step == stopAt)
                source.request_stop();
        };
        observer.onImage = [&](const GeneratedImage&) { ++pictures; };
        const GenerationOutcome outcome = engine().generate(request, observer, source.get_token());
        EXPECT_TRUE(std::holds_alternative<Cancelled>(outcome));
        EXPECT_EQ(steps, stopAt);
        EXPECT_EQ(pictures, 0);
        expectSamePicture(imagesOf(request).front(), undisturbed.front());
    }
}

TEST_F(TorchEngineTest, StopBetweenPicturesKeepsTheFirst)
{
    GenerationRequest request = smallRequest(referenceModel("tiny-sd15"));
    request.output.count = 3;
    std::stop_source source;
    int pictures = 0;
    GenerationObserver observer;
    observer.onImage = [&](const GeneratedImage&) {
        ++pictures;
        source.request_stop();
    };
    EXPECT_TRUE(std::holds_alternative<Cancelled>(engine().generate(request, observer, source.get_token())));
    EXPECT_EQ(pictures, 1);
}

TEST_F(TorchEngineTest, StopBeforeTheStart)
{
    std::stop_source source;
    source.request_stop();
    const GenerationRequest request = smallRequest(referenceModel("tiny-sd15"));
    auto fresh = makeTorchEngine();
    int steps = 0;
    GenerationObserver observer;
    observer.onStep = [&](const StepProgress&) { ++steps; };
    EXPECT_TRUE(std::holds_alternative<Cancelled>(fresh->generate(request, observer, source.get_token())));
    const Result<ModelSummary> loaded = fresh->loadModel(request, {}, source.get_token());
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().kind, ErrorKind::Cancelled);
    EXPECT_EQ(steps, 0);
    EXPECT_EQ(imagesOf(*fresh, request).size(), 1u);
}

} // namespace
} // namespace unfog::testing
