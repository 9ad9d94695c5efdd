#include "pipeline/engine_fixture.h"
#include "pipeline/families/stable_diffusion/loaded_model.h"
#include "pipeline/families/stable_diffusion/prompt_encoding.h"
#include "weights/crafted_files.h"
#include "weights/single_files.h"

namespace unfog::testing {
namespace {

class PromptEncodingTest : public ::testing::TestWithParam<const char*> {
protected:
    void SetUp() override
    {
        auto model = loadModel(referenceModel(GetParam()), {}, {at::kCPU, at::kFloat}, {}, {});
        ASSERT_TRUE(model) << model.error().message;
        m_model = std::move(*model);
    }

    EncodedPrompt encoded(const char* prompt, bool weights = true) const
    {
        auto found = encodePrompt(*m_model, *textEncoders(*m_model), prompt, weights, 0, {});
        EXPECT_TRUE(found) << found.error().message;
        return found.value_or(EncodedPrompt{});
    }

private:
    std::unique_ptr<LoadedModel> m_model;
};

TEST_P(PromptEncodingTest, EqualWeightsLeaveThePromptAsItIs)
{
    EXPECT_TRUE(at::equal(encoded("a red cat").hiddenStates, encoded("a red cat", false).hiddenStates));
    EXPECT_TRUE(at::equal(encoded("a (red:1.0) cat").hiddenStates, encoded("a red cat", false).hiddenStates));
}

TEST_P(PromptEncodingTest, WeightMovesItsTokensAndKeepsTheMean)
{
    const at::Tensor plain = encoded("a red cat").hiddenStates;
    const at::Tensor strong = encoded("a (red:1.4) cat").hiddenStates;
    const at::Tensor ratio = (strong / plain).mean(-1).flatten();
    // Start, "a", "red", "cat", end …: all are scaled alike to keep the mean, "red" 1.4 times more.
    EXPECT_NEAR((ratio[2] / ratio[1]).item<double>(), 1.4, 1e-3);
    EXPECT_NEAR((ratio[3] / ratio[1]).item<double>(), 1.0, 1e-3);
    EXPECT_NEAR(strong.mean().item<double>(), plain.mean().item<double>(), 1e-6);
}

TEST_P(PromptEncodingTest, BracketsAreTextWhereWeightsAreOff)
{
    const at::Tensor asText = encoded("a (red:1.4) cat", false).hiddenStates;
    EXPECT_FALSE(at::allclose(asText, encoded("a (red:1.4) cat").hiddenStates));
    EXPECT_TRUE(at::equal(asText, encoded("a \\(red:1.4\\) cat").hiddenStates));
}

INSTANTIATE_TEST_SUITE_P(Models, PromptEncodingTest, ::testing::Values("tiny-sd15", "tiny-sdxl"),
                         [](const auto& info) {
                             std::string name = info.param;
                             return name.substr(name.find('-') + 1);
                         });

} // namespace
} // namespace unfog::testing
