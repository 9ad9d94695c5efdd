#include <gtest/gtest.h>

#include <ATen/core/grad_mode.h>

#include "base/stop.h"
#include "networks/parameter_sources.h"
#include "networks/unet/unet.h"

namespace unfog {

namespace {

using test::randomNormal;
using test::RandomParameters;
using test::relativeDifference;

/// Three levels, of which the middle one attends; all that a larger one has.
UNetConfig smallConfig(bool textTime = false)
{
    UNetConfig config;
    config.levels = {{8, 1, false, true, 2, {}, {1, 1}},
                     {16, 1, true, true, 2, {2}, {1, 2}},
                     {16, 1, false, false, 4, {}, {}}};
    config.crossAttentionFeatures = 12;
    config.normGroups = 4;
    config.timeEmbeddingFeatures = 32;
    config.textTimeEmbedding = textTime;
    config.additionTimeFeatures = 4;
    config.additionInputFeatures = 6 * 4 + 10;
    return config;
}

TextConditioning conditioning(const UNetConfig& config, int64_t batch, at::ScalarType dtype = at::kFloat)
{
    TextConditioning text{randomNormal({batch, 5, config.crossAttentionFeatures}, 1, dtype), {}, {}};
    if (config.textTimeEmbedding) {
        text.textEmbeds = randomNormal({batch, config.pooledTextFeatures()}, 2, dtype);
        text.timeIds = at::tensor({64.0, 64.0, 0.0, 0.0, 64.0, 64.0}).expand({batch, 6});
    }
    return text;
}

at::Tensor timesteps(std::vector<double> values)
{
    return at::tensor(values).to(at::kFloat);
}

} // namespace

TEST(UNet, PreparedConditioningChangesNothing)
{
    const at::InferenceMode inference;
    const UNetConfig config = smallConfig(true);
    RandomParameters weights;
    const UNet unet(config, Parameters(weights));
    const at::Tensor sample = randomNormal({2, 4, 8, 12}, 3);
    const PreparedConditioning prepared = unet.prepare(conditioning(config, 2));
    for (const double t : {999.0, 12.5}) {
        const at::Tensor once = unet.forward(sample, timesteps({t, t}), conditioning(config, 2));
        EXPECT_TRUE(at::equal(unet.forward(sample, timesteps({t, t}), prepared), once));
    }
}

TEST(UNet, BlocksThatComeOneByOneGiveTheSameBits)
{
    const at::InferenceMode inference;
    const UNetConfig config = smallConfig(true);
    RandomParameters weights;
    const UNet resident(config, Parameters(weights));
    const UNet streamed(config, std::make_unique<RandomParameters>());
    const at::Tensor sample = randomNormal({2, 4, 8, 12}, 3);
    const PreparedConditioning prepared = resident.prepare(conditioning(config, 2));
    const PreparedConditioning again = streamed.prepare(conditioning(config, 2));
    ASSERT_EQ(again.layers.size(), prepared.layers.size());
    for (int pass = 0; pass < 2; ++pass)
        EXPECT_TRUE(at::equal(streamed.forward(sample, timesteps({12.5, 999}), again),
                              resident.forward(sample, timesteps({12.5, 999}), prepared)));
}

TEST(UNet, InputsAreLeftAsTheyWere)
{
    const at::InferenceMode inference;
    const UNetConfig config = smallConfig();
    RandomParameters weights;
    const UNet unet(config, Parameters(weights));
    const at::Tensor sample = randomNormal({1, 4, 8, 8}, 3), before = sample.clone();
    const PreparedConditioning prepared = unet.prepare(conditioning(config, 1));
    const at::Tensor key = prepared.layers.front().key.clone();
    const at::Tensor first = unet.forward(sample, timesteps({500}), prepared);
    EXPECT_TRUE(at::equal(sample, before));
    EXPECT_TRUE(at::equal(prepared.layers.front().key, key));
    EXPECT_TRUE(at::equal(unet.forward(sample, timesteps({500}), prepared), first));
}

TEST(UNet, EveryInputHasAnInfluence)
{
    const at::InferenceMode inference;
    const UNetConfig config = smallConfig(true);
    RandomParameters weights;
    const UNet unet(config, Parameters(weights));
    const at::Tensor sample = randomNormal({1, 4, 8, 8}, 3);
    const TextConditioning text = conditioning(config, 1);
    const at::Tensor plain = unet.forward(sample, timesteps({500}), text);
    const auto differs = [&](double t, const TextConditioning& other) {
        return relativeDifference(unet.forward(sample, timesteps({t}), other), plain) > 1e-4;
    };
    EXPECT_TRUE(differs(501.5, text));
    EXPECT_TRUE(differs(500, {text.hiddenStates * 1.5, text.textEmbeds, text.timeIds}));
    EXPECT_TRUE(differs(500, {text.hiddenStates, text.textEmbeds * 1.5, text.timeIds}));
    EXPECT_TRUE(differs(500, {text.hiddenStates, text.textEmbeds, text.timeIds + 1.0}));
}

TEST(UNet, SizesThatDoNotHalveEvenlyComeBack)
{
    const at::InferenceMode inference;
    const UNetConfig config = smallConfig();
    RandomParameters weights;
    const UNet unet(config, Parameters(weights));
    for (const auto& [height, width] : {std::pair{7, 9}, {5, 8}, {1, 3}}) {
        const at::Tensor sample = randomNormal({1, 4, height, width}, 3);
        const at::Tensor output = unet.forward(sample, timesteps({500}), conditioning(config, 1));
        EXPECT_EQ(output.sizes(), sample.sizes());
        EXPECT_TRUE(output.isfinite().all().item<bool>());
    }
}

TEST(UNet, OtherMiddleBlocksAskForTheirOwnWeights)
{
    const at::InferenceMode inference;
    const auto middleWeights = [](UNetMidBlock middle) {
        UNetConfig config = smallConfig();
        config.midBlock = middle;
        RandomParameters weights;
        const UNet unet(config, Parameters(weights));
        unet.forward(randomNormal({1, 4, 4, 4}, 3), timesteps({1}), conditioning(config, 1));
        return std::count_if(weights.given.begin(), weights.given.end(),
                             [](const auto& entry) { return entry.first.starts_with("mid_block."); });
    };
    EXPECT_EQ(middleWeights(UNetMidBlock::None), 0);
    EXPECT_EQ(middleWeights(UNetMidBlock::Resnet), 10);
    EXPECT_EQ(middleWeights(UNetMidBlock::CrossAttention), 10 + 10 + 26);
}

TEST(UNet, ConditioningOfAnotherModelIsRefused)
{
    const at::InferenceMode inference;
    const UNetConfig config = smallConfig(true);
    RandomParameters weights;
    const UNet unet(config, Parameters(weights));
    TextConditioning text = conditioning(config, 1);
    text.hiddenStates = randomNormal({1, 5, 7}, 1);
    EXPECT_THROW(unet.prepare(text), c10::Error);
    text = conditioning(config, 1);
    text.textEmbeds = randomNormal({1, 11}, 1);
    EXPECT_THROW(unet.prepare(text), c10::Error);
    EXPECT_THROW(unet.prepare({text.hiddenStates, {}, {}}), c10::Error);
}

TEST(UNet, StopIsSeenBeforeAndInsideAPass)
{
    const at::InferenceMode inference;
    const UNetConfig config = smallConfig();
    RandomParameters weights;
    const UNet unet(config, Parameters(weights));
    const PreparedConditioning prepared = unet.prepare(conditioning(config, 1));
    std::stop_source stop;
    stop.request_stop();
    EXPECT_THROW(unet.forward(randomNormal({1, 4, 8, 8}, 3), timesteps({1}), prepared, stop.get_token()),
                 Stopped);

    // Inside: a block that is entered after the request ends at once, whatever came before it.
    std::size_t counter = 0;
    const UNetMiddle middle(config, counter, Parameters(weights) / "mid_block");
    const UNetContext context{at::zeros({1, config.timeEmbeddingFeatures}), prepared, stop.get_token()};
    EXPECT_THROW(middle(randomNormal({1, 16, 2, 2}, 3), context), Stopped);
}

TEST(UNet, GradientsEqualFiniteDifferences)
{
    const UNetConfig config = smallConfig(true);
    RandomParameters weights(at::kDouble, true);
    const UNet unet(config, Parameters(weights));
    const at::Tensor sample = randomNormal({1, 4, 6, 8}, 3, at::kDouble);
    const at::Tensor direction = randomNormal({1, 4, 6, 8}, 4, at::kDouble);
    const TextConditioning text = conditioning(config, 1, at::kDouble);
    at::Tensor loss = (unet.forward(sample, timesteps({300}), text) * direction).sum();
    loss.backward();

    for (const char* name :
         {"conv_in.weight", "time_embedding.linear_1.bias", "add_embedding.linear_2.weight",
          "down_blocks.0.resnets.0.norm1.weight", "down_blocks.1.downsamplers.0.conv.weight",
          "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q.weight",
          "down_blocks.1.attentions.0.transformer_blocks.1.attn2.to_k.weight",
          "mid_block.attentions.0.proj_in.weight", "mid_block.resnets.1.time_emb_proj.weight",
          "up_blocks.1.attentions.1.transformer_blocks.1.ff.net.0.proj.weight",
          "up_blocks.1.upsamplers.0.conv.bias", "up_blocks.2.resnets.1.conv_shortcut.weight",
          "conv_out.weight"}) {
        const at::Tensor weight = weights.given.at(name);
        ASSERT_TRUE(weight.grad().defined()) << name;
        const at::Tensor step = randomNormal(weight.sizes(), 5, at::kDouble) * 1e-5;
        const auto lossAt = [&](double sign) {
            const at::NoGradGuard noGradient;
            RandomParameters shifted(at::kDouble);
            for (const auto& [key, value] : weights.given)
                shifted.given.emplace(key, key == name ? value + step * sign : value.detach());
            return (UNet(config, Parameters(shifted)).forward(sample, timesteps({300}), text) * direction)
                .sum()
                .item<double>();
        };
        const double expected = (lossAt(1.0) - lossAt(-1.0)) / 2.0;
        const double found = (weight.grad() * step).sum().item<double>();
        EXPECT_NEAR(found / expected, 1.0, 1e-4) << name;
    }
}

TEST(UNet, TrainingAndInferencePathsAgree)
{
    const UNetConfig config = smallConfig(true);
    RandomParameters weights(at::kFloat, true);
    const UNet unet(config, Parameters(weights));
    const at::Tensor sample = randomNormal({2, 4, 8, 8}, 3);
    const at::Tensor training = unet.forward(sample, timesteps({10, 900}), conditioning(config, 2));
    ASSERT_TRUE(training.requires_grad());
    const at::NoGradGuard noGradient;
    const at::Tensor inference = unet.forward(sample, timesteps({10, 900}), conditioning(config, 2));
    EXPECT_LT(relativeDifference(inference, training.detach()), 2e-5);
}

} // namespace unfog
