#include <gtest/gtest.h>

#include <ATen/core/grad_mode.h>

#include "base/stop.h"
#include "networks/autoencoder/autoencoder.h"
#include "networks/parameter_sources.h"

namespace unfog {

namespace {

using test::FileParameters;
using test::randomNormal;
using test::RandomParameters;
using test::relativeDifference;

VaeConfig smallConfig()
{
    VaeConfig config;
    config.channels = {8, 16};
    config.layers = 1;
    config.normGroups = 4;
    return config;
}

} // namespace

TEST(Autoencoder, OneTileIsThePlainDecode)
{
    const at::InferenceMode inference;
    RandomParameters weights;
    const Autoencoder vae(smallConfig(), Parameters(weights));
    const at::Tensor latent = randomNormal({2, 4, 8, 6}, 1);
    EXPECT_TRUE(at::equal(vae.decodeTiled(latent, {8, 2}), vae.decode(latent)));
}

TEST(Autoencoder, TilesCoverThePictureOnceAndWithoutSeams)
{
    const at::InferenceMode inference;
    // A decoder that gives the same number everywhere: weights of tiles that add up to anything but 1 would
    // show.
    RandomParameters weights;
    const VaeConfig config = smallConfig();
    const Autoencoder first(config, Parameters(weights));
    weights.given.at("decoder.conv_out.weight").zero_();
    weights.given.at("decoder.conv_out.bias").fill_(0.75);
    const Autoencoder vae(config, Parameters(weights));
    const at::Tensor latent = randomNormal({1, 4, 37, 23}, 1);
    for (const TilePlan& plan : {TilePlan{16, 8}, {12, 3}, {36, 5}, {9, 0}, {2, 1}}) {
        const at::Tensor tiled = vae.decodeTiled(latent, plan);
        ASSERT_EQ(tiled.sizes(), at::IntArrayRef({1, 3, 74, 46}));
        EXPECT_LT((tiled - 0.75).abs().max().item<double>(), 1e-6) << plan.side << " " << plan.overlap;
    }
}

TEST(Autoencoder, TiledDecodeIsCloseToTheFullOne)
{
    const at::InferenceMode inference;
    const std::filesystem::path model = std::filesystem::path(UNFOG_REFERENCE_DIR) / "models/tiny-sd15/vae";
    FileParameters weights(model / "diffusion_pytorch_model.safetensors");
    const Autoencoder vae(VaeConfig::parse(test::textOf(model / "config.json")).value(), Parameters(weights));
    const at::Tensor latent = randomNormal({2, 4, 24, 40}, 1) * 4.0;
    const at::Tensor full = vae.decode(latent);
    const auto error = [&](const TilePlan& plan) {
        return ((vae.decodeTiled(latent, plan) - full).square().mean().sqrt() / full.std()).item<double>();
    };
    // Random weights: their norms differ far more between tiles than those of a trained model.
    EXPECT_LT(error({16, 8}), 0.4);
    EXPECT_LT(error({24, 12}), error({16, 8}));
    EXPECT_LT(error({16, 8}), error({16, 0}));
}

TEST(Autoencoder, TilePlansThatLeaveGapsAreRefused)
{
    const at::InferenceMode inference;
    RandomParameters weights;
    const Autoencoder vae(smallConfig(), Parameters(weights));
    const at::Tensor latent = randomNormal({1, 4, 16, 16}, 1);
    EXPECT_THROW(vae.decodeTiled(latent, {8, 5}), c10::Error);
    EXPECT_THROW(vae.decodeTiled(latent, {1, 0}), c10::Error);
    EXPECT_THROW(vae.decodeTiled(latent, {8, -1}), c10::Error);
}

TEST(Autoencoder, PicturesOutsideItsGridAreRefused)
{
    const at::InferenceMode inference;
    RandomParameters weights;
    const Autoencoder vae(smallConfig(), Parameters(weights));
    EXPECT_EQ(vae.encode(randomNormal({1, 3, 10, 12}, 1)).mean.sizes(), at::IntArrayRef({1, 4, 5, 6}));
    EXPECT_THROW(vae.encode(randomNormal({1, 3, 9, 12}, 1)), c10::Error);
    EXPECT_THROW(vae.encode(randomNormal({1, 4, 10, 12}, 1)), c10::Error);
    EXPECT_THROW(vae.decode(randomNormal({1, 3, 5, 6}, 1)), c10::Error);
}

TEST(Autoencoder, FormerAttentionNamesAreFound)
{
    RandomParameters weights;
    const std::string attention = "decoder.mid_block.attentions.0.";
    for (const char* name : {"query", "key", "value", "proj_attn"})
        weights.formerNames.insert(attention + name + ".weight");
    const Autoencoder vae(smallConfig(), Parameters(weights));
    EXPECT_TRUE(weights.given.contains(attention + "query.weight"));
    EXPECT_TRUE(weights.given.contains(attention + "proj_attn.bias"));
    EXPECT_FALSE(weights.given.contains(attention + "to_q.weight"));
    EXPECT_TRUE(weights.given.contains("encoder.mid_block.attentions.0.to_out.0.weight"));
}

TEST(Autoencoder, LayersTheConfigurationLeavesOutAreNotAskedFor)
{
    VaeConfig config = smallConfig();
    config.midAttention = config.quantConv = config.postQuantConv = false;
    RandomParameters weights;
    const Autoencoder vae(config, Parameters(weights));
    for (const auto& [name, tensor] : weights.given) {
        EXPECT_EQ(name.find("attentions"), std::string::npos) << name;
        EXPECT_EQ(name.find("quant_conv"), std::string::npos) << name;
    }
}

TEST(Autoencoder, StopIsSeenInBothDirections)
{
    const at::InferenceMode inference;
    RandomParameters weights;
    const Autoencoder vae(smallConfig(), Parameters(weights));
    std::stop_source stop;
    stop.request_stop();
    const at::Tensor latent = randomNormal({1, 4, 8, 8}, 1);
    EXPECT_THROW(vae.encode(randomNormal({1, 3, 8, 8}, 1), stop.get_token()), Stopped);
    EXPECT_THROW(vae.decode(latent, stop.get_token()), Stopped);
    EXPECT_THROW(vae.decodeTiled(latent, {4, 1}, stop.get_token()), Stopped);
}

TEST(Autoencoder, GradientsEqualFiniteDifferences)
{
    RandomParameters weights(at::kDouble, true);
    const Autoencoder vae(smallConfig(), Parameters(weights));
    const at::Tensor picture = randomNormal({1, 3, 8, 6}, 1, at::kDouble);
    const auto loss = [&](const Autoencoder& network) {
        const LatentDistribution latents = network.encode(picture);
        return network.decode(latents.mean).square().mean() + latents.logVariance.square().mean();
    };
    loss(vae).backward();
    for (const char* name : {"encoder.conv_in.weight", "encoder.down_blocks.0.downsamplers.0.conv.weight",
                             "encoder.mid_block.attentions.0.to_v.weight", "quant_conv.weight",
                             "decoder.up_blocks.0.resnets.1.norm2.weight", "decoder.conv_out.bias"}) {
        const at::Tensor weight = weights.given.at(name);
        ASSERT_TRUE(weight.grad().defined()) << name;
        const at::Tensor step = randomNormal(weight.sizes(), 5, at::kDouble) * 1e-5;
        const auto lossAt = [&](double sign) {
            const at::NoGradGuard noGradient;
            RandomParameters shifted(at::kDouble);
            for (const auto& [key, value] : weights.given)
                shifted.given.emplace(key, key == name ? value + step * sign : value.detach());
            return loss(Autoencoder(smallConfig(), Parameters(shifted))).item<double>();
        };
        const double expected = (lossAt(1.0) - lossAt(-1.0)) / 2.0;
        EXPECT_NEAR((weight.grad() * step).sum().item<double>() / expected, 1.0, 1e-4) << name;
    }
}

} // namespace unfog
