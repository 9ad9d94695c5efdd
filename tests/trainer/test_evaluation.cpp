#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <ATen/core/grad_mode.h>

#include "trainer/data/picture_tensors.h"
#include "trainer/data/random_streams.h"
#include "trainer/evaluation/evaluation.h"
#include "trainer/networks/parameter_set.h"
#include "trainer/training/classifier_training.h"

using namespace unfog;

namespace {

constexpr int kSide = static_cast<int>(PictureClassifier::sidePx);

/// A disc, a cross or stripes on one of two grounds, dark or light.
class ShapePictures final : public PictureSource {
public:
    std::uint64_t size() const override { return 0; }
    Result<TrainingPicture> picture(std::uint64_t index) const override
    {
        const std::uint64_t draw = mixed(3, index);
        TrainingPicture picture;
        picture.widthPx = picture.heightPx = kSide;
        picture.object = static_cast<int>(draw % 3);
        picture.background = static_cast<int>(draw / 3 % 2);
        picture.style = static_cast<int>(draw / 6 % 2);
        const int shift = static_cast<int>(draw / 12 % 15) - 7;
        const std::uint8_t shade = picture.style == 0 ? 255 : 110;
        for (int y = 0; y < kSide; ++y) {
            for (int x = 0; x < kSide; ++x) {
                const int dx = x - kSide / 2 - shift, dy = y - kSide / 2;
                const bool isInside = picture.object == 0   ? dx * dx + dy * dy < 1400
                                      : picture.object == 1 ? std::abs(dx) < 10 || std::abs(dy) < 10
                                                            : (x + shift) / 12 % 2 == 0;
                const std::uint8_t other = picture.background == 0 ? shade : 0;
                picture.rgb.insert(picture.rgb.end(),
                                   {isInside ? shade : std::uint8_t{30}, isInside ? shade : other, 60});
            }
        }
        picture.caption = *caption(index, 0);
        return picture;
    }
    Result<std::string> caption(std::uint64_t index, std::uint64_t) const override
    {
        return std::to_string(index);
    }
    std::vector<std::string> objects() const override { return {"disc", "cross", "stripes"}; }
    std::vector<std::string> backgrounds() const override { return {"green", "red"}; }
    std::vector<std::string> styles() const override { return {"light", "dark"}; }
};

/// Draws what the caption (an index of ShapePictures) says, or always the same.
class RenderingEngine final : public GenerationEngine {
public:
    bool drawsTheSame = false;
    int cancelAfter = 1 << 30;
    std::vector<GenerationRequest> requests;

    GenerationOutcome generate(const GenerationRequest& request, const GenerationObserver&,
                               std::stop_token) override
    {
        requests.push_back(request);
        if (static_cast<int>(requests.size()) > cancelAfter)
            return Cancelled{};
        TrainingPicture picture = *m_source.picture(drawsTheSame ? 0 : std::stoull(request.prompts.positive));
        GeneratedImage image;
        image.pixels = {picture.widthPx, picture.heightPx, std::move(picture.rgb)};
        std::vector<GeneratedImage> images;
        images.push_back(std::move(image));
        return images;
    }
    Result<ModelSummary> loadModel(const GenerationRequest&, const GenerationObserver&,
                                   std::stop_token) override
    {
        return ModelSummary{};
    }
    Result<PixelImage> decode(const LatentImage&, std::stop_token) override { return PixelImage{}; }

private:
    ShapePictures m_source;
};

class EvaluationTest : public testing::Test {
protected:
    void SetUp() override
    {
        m_file = std::filesystem::path(testing::TempDir()) /
                 (std::string("unfog_classifier_") +
                  testing::UnitTest::GetInstance()->current_test_info()->name() + ".safetensors");
        removeFiles();
    }
    void TearDown() override { removeFiles(); }
    void removeFiles()
    {
        std::filesystem::remove(m_file);
        std::filesystem::remove_all(m_file.string() + ".training");
    }

    std::filesystem::path m_file;
    ShapePictures m_source;
};

} // namespace

TEST_F(EvaluationTest, ClassifierLearnsIsKeptAndJudges)
{
    ClassifierTrainingSettings settings;
    settings.steps = 40;
    settings.batch = 6;
    settings.workers = 2;
    settings.learningRate = 3e-3;
    settings.quiet = true;
    ASSERT_TRUE(trainClassifier(m_source, settings, m_file));
    const auto classifier = loadClassifier(m_file);
    ASSERT_TRUE(classifier) << classifier.error().message;
    EXPECT_EQ(classifier->names().objects, m_source.objects());
    const auto measured = measureClassifier(*classifier, m_source, 100000, 60);
    ASSERT_TRUE(measured);
    EXPECT_EQ(measured->pictures, 60);
    EXPECT_GE(measured->objectFirst, 0.9);
    EXPECT_EQ(measured->objectAmongFive, 1.0); // of three
    EXPECT_GE(measured->background, 0.9);
    EXPECT_GE(measured->style, 0.9);

    RenderingEngine engine;
    EvaluationSettings evaluation;
    evaluation.model = "somewhere";
    evaluation.pictures = 40;
    evaluation.references = 80;
    evaluation.seed = 5;
    evaluation.runs = {{"dpmpp-2m", 7, 3.0}, {"", 9, 1.0}};
    int rowsTold = 0;
    EvaluationHooks hooks;
    hooks.onRow = [&](const EvaluationRow&) { ++rowsTold; };
    hooks.onPictures = [&](const SamplerRun&, const at::Tensor& pictures) -> Result<void> {
        EXPECT_EQ(pictures.sizes(), (std::vector<std::int64_t>{40, 3, kSide, kSide}));
        engine.drawsTheSame = true; // the second run draws one picture over and over
        return {};
    };
    const auto rows = evaluateModel(engine, *classifier, m_source, evaluation, hooks);
    ASSERT_TRUE(rows) << rows.error().message;
    ASSERT_EQ(rows->size(), 3U);
    EXPECT_EQ(rowsTold, 3);
    EXPECT_EQ(engine.requests.size(), 80U);
    EXPECT_EQ(engine.requests[3].output.seed, 8U);
    EXPECT_EQ(engine.requests[3].prompts.positive, "3");
    EXPECT_EQ(engine.requests[3].sampler.scheduler, "dpmpp-2m");
    EXPECT_EQ(engine.requests[3].sampler.steps, 7);
    EXPECT_EQ(engine.requests[3].guidance.scale, 3.0);
    EXPECT_EQ(engine.requests[3].canvas.widthPx, kSide);
    EXPECT_GE((*rows)[1].accuracy.objectFirst, 0.85);
    EXPECT_GT((*rows)[1].precision, 0.7);
    EXPECT_GT((*rows)[1].recall, 0.7);
    EXPECT_LT((*rows)[2].accuracy.objectFirst, 0.7);
    EXPECT_LT((*rows)[2].recall, 0.5);
    EXPECT_GT((*rows)[2].frechet, (*rows)[1].frechet);

    const std::string table = evaluationTable(*rows);
    EXPECT_NE(table.find("renderings"), std::string::npos);
    EXPECT_NE(table.find("dpmpp-2m, 7 steps, guidance 3"), std::string::npos) << table;
    EXPECT_NE(evaluationCsv(*rows).find("\"own, 9 steps, guidance 1\",own,9,1.00,40,"), std::string::npos)
        << evaluationCsv(*rows);

    engine.requests.clear();
    engine.cancelAfter = 4;
    EXPECT_EQ(evaluateModel(engine, *classifier, m_source, evaluation, {}).error().kind,
              ErrorKind::Cancelled);
    evaluation.pictures = 3;
    EXPECT_EQ(evaluateModel(engine, *classifier, m_source, evaluation, {}).error().kind,
              ErrorKind::InvalidRequest);
}

TEST_F(EvaluationTest, SavedWeightsGiveTheSameJudgement)
{
    ClassNames names{{"a", "b"}, {"c"}, {"d", "e", "f"}};
    const at::NoGradGuard noGradient;
    ParameterSet set(4, at::kCPU);
    const PictureClassifier classifier{Parameters(set), names};
    set.finish();
    ASSERT_TRUE(saveClassifier(m_file, set.named(set.values()), names));
    const auto loaded = loadClassifier(m_file);
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(loaded->names(), names);
    const auto batch = labelledBatch(m_source, 0, 2);
    ASSERT_TRUE(batch);
    const auto before = classifier(batch->pictures), after = (*loaded)(batch->pictures);
    EXPECT_TRUE(at::allclose(before.objects, after.objects, 1e-4, 1e-5));
    EXPECT_TRUE(at::allclose(before.features, after.features, 1e-4, 1e-5));
    EXPECT_EQ(after.styles.size(1), 3);
}

TEST_F(EvaluationTest, SaysWhatIsNoClassifier)
{
    EXPECT_FALSE(loadClassifier(m_file));
    ASSERT_TRUE(saveClassifier(m_file, {{"x", at::zeros({2})}}, {{"a"}, {"b"}, {"c"}}));
    EXPECT_EQ(loadClassifier(m_file).error().kind, ErrorKind::BadFile);
}

TEST(JudgementCount, CountsWhatHasALabel)
{
    PictureClassifier::Judgement judgement;
    // Rows: right at once; right as the second; six wrong guesses before; object not said.
    judgement.objects = at::zeros({4, 8});
    judgement.objects[0][3] = 5.0;
    judgement.objects[1][2] = 5.0;
    judgement.objects[1][3] = 4.0;
    for (int i = 0; i < 6; ++i)
        judgement.objects[2][i + 2] = 1.0 + i;
    judgement.objects[2][3] = -1.0;
    judgement.backgrounds = at::tensor({1.0F, 0.0F, 1.0F, 0.0F, 0.0F, 1.0F, 1.0F, 0.0F}).reshape({4, 2});
    judgement.styles = at::tensor({1.0F, 0.0F, 1.0F, 0.0F, 0.0F, 1.0F, 1.0F, 0.0F}).reshape({4, 2});
    const at::Tensor labels = at::tensor({3, 0, 0, 3, -1, 1, 3, 0, 1, -1, 0, 0}, at::kLong).reshape({4, 3});
    JudgementCount count;
    count.add(judgement, labels);
    const ClassifierAccuracy accuracy = count.accuracy();
    EXPECT_EQ(accuracy.pictures, 3);
    EXPECT_DOUBLE_EQ(accuracy.objectFirst, 1.0 / 3.0);
    EXPECT_DOUBLE_EQ(accuracy.objectAmongFive, 2.0 / 3.0);
    EXPECT_DOUBLE_EQ(accuracy.background, 2.0 / 3.0);
    EXPECT_DOUBLE_EQ(accuracy.style, 2.0 / 3.0);
}

TEST(SamplerRun, IsReadOrRefused)
{
    const auto run = parseSamplerRun("dpmpp-2m:20:4.5");
    ASSERT_TRUE(run);
    EXPECT_EQ(run->scheduler, "dpmpp-2m");
    EXPECT_EQ(run->steps, 20);
    EXPECT_EQ(run->guidance, 4.5);
    EXPECT_EQ(parseSamplerRun("own:5:1")->scheduler, "");
    for (const char* wrong :
         {"", "ddim", "ddim:20", ":20:4", "ddim:x:4", "ddim:20:0.5", "ddim:0:4", "ddim:20:4x"})
        EXPECT_EQ(parseSamplerRun(wrong).error().kind, ErrorKind::InvalidRequest) << wrong;
}
