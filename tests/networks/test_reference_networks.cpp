#include <gtest/gtest.h>

#include "networks/autoencoder/autoencoder.h"
#include "networks/clip/clip_text_encoder.h"
#include "networks/parameter_sources.h"
#include "networks/unet/unet.h"

/// Recorded outputs of the reference implementation, float32: 2e-5 relative.
namespace unfog {

namespace {

using test::FileParameters;
using test::relativeDifference;

constexpr double tolerance = 2e-5;
// bfloat16 keeps 8 bits of a number; these bounds only catch a network that leaves its dtype's range or
// order.
constexpr double bfloat16Tolerance = 0.1;

const std::filesystem::path reference = UNFOG_REFERENCE_DIR;
const char* const unetWeights = "unet/diffusion_pytorch_model.safetensors";
const char* const vaeWeights = "vae/diffusion_pytorch_model.safetensors";

class ReferenceNetwork : public testing::TestWithParam<const char*> {
protected:
    std::filesystem::path model() const { return reference / "models" / GetParam(); }
    std::map<std::string, at::Tensor> recorded(const char* kind) const
    {
        return test::tensorsOf(reference / "networks" /
                               (std::string(GetParam()) + "." + kind + ".safetensors"));
    }

private:
    at::InferenceMode m_inference;
};

struct LoadedText {
    FileParameters parameters;
    ClipTextEncoder encoder;

    explicit LoadedText(const std::filesystem::path& folder)
        : parameters(folder / "model.safetensors"),
          encoder(ClipTextConfig::parse(test::textOf(folder / "config.json")).value(), Parameters(parameters))
    {
        EXPECT_EQ(parameters.unasked(), std::set<std::string>{});
    }
};

} // namespace

TEST_P(ReferenceNetwork, TextEncodersGiveTheRecordedStates)
{
    const auto expected = recorded("text");
    const TextEncoding first = LoadedText(model() / "text_encoder").encoder.encode(expected.at("input_ids"));
    EXPECT_LT(relativeDifference(first.lastHidden, expected.at("last_hidden_state")), tolerance);
    EXPECT_LT(relativeDifference(first.hidden(1), expected.at("penultimate_hidden_state")), tolerance);
    EXPECT_FALSE(first.projected.defined());

    if (!expected.contains("input_ids_2"))
        return;
    const TextEncoding second =
        LoadedText(model() / "text_encoder_2").encoder.encode(expected.at("input_ids_2"));
    EXPECT_LT(relativeDifference(second.hidden(1), expected.at("penultimate_hidden_state_2")), tolerance);
    EXPECT_LT(relativeDifference(second.projected, expected.at("text_embeds_2")), tolerance);
}

TEST_P(ReferenceNetwork, UNetGivesTheRecordedOutput)
{
    const auto expected = recorded("unet");
    const UNetConfig config = UNetConfig::parse(test::textOf(model() / "unet/config.json")).value();
    TextConditioning conditioning{expected.at("encoder_hidden_states"), {}, {}};
    if (expected.contains("text_embeds")) {
        conditioning.textEmbeds = expected.at("text_embeds");
        conditioning.timeIds = expected.at("time_ids");
    }
    FileParameters weights(model() / unetWeights);
    const UNet unet(config, Parameters(weights));
    EXPECT_EQ(weights.unasked(), std::set<std::string>{});
    const at::Tensor output = unet.forward(expected.at("sample"), expected.at("timestep"), conditioning);
    EXPECT_LT(relativeDifference(output, expected.at("output")), tolerance);

    FileParameters shortWeights(model() / unetWeights, at::kBFloat16);
    const UNet shortUNet(config, Parameters(shortWeights));
    const at::Tensor rough = shortUNet.forward(expected.at("sample"), expected.at("timestep"), conditioning);
    EXPECT_EQ(rough.scalar_type(), at::kFloat);
    EXPECT_LT(relativeDifference(rough, expected.at("output")), bfloat16Tolerance);
}

TEST_P(ReferenceNetwork, AutoencoderGivesTheRecordedPictureAndLatents)
{
    const auto expected = recorded("vae");
    const VaeConfig config = VaeConfig::parse(test::textOf(model() / "vae/config.json")).value();
    FileParameters weights(model() / vaeWeights);
    const Autoencoder vae(config, Parameters(weights));
    EXPECT_EQ(weights.unasked(), std::set<std::string>{});
    EXPECT_LT(relativeDifference(vae.decode(expected.at("latent")), expected.at("decoded")), tolerance);
    const LatentDistribution latents = vae.encode(expected.at("image"));
    EXPECT_LT(relativeDifference(latents.mean, expected.at("encoded_mean")), tolerance);
    EXPECT_LT(relativeDifference(latents.logVariance, expected.at("encoded_logvar")), tolerance);

    FileParameters shortWeights(model() / vaeWeights, at::kBFloat16);
    const Autoencoder shortVae(config, Parameters(shortWeights));
    EXPECT_LT(relativeDifference(shortVae.decode(expected.at("latent")), expected.at("decoded")),
              bfloat16Tolerance);
}

INSTANTIATE_TEST_SUITE_P(Models, ReferenceNetwork, testing::Values("tiny-sd15", "tiny-sd2v", "tiny-sdxl"),
                         [](const auto& info) {
                             std::string name = info.param;
                             std::erase(name, '-');
                             return name;
                         });

} // namespace unfog
