#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "networks/autoencoder/vae_config.h"
#include "networks/clip/clip_text_config.h"
#include "networks/parameter_sources.h"
#include "networks/unet/unet_config.h"

namespace unfog {

namespace {

using nlohmann::json;

json published(const std::string& file)
{
    return json::parse(test::textOf(std::filesystem::path(UNFOG_REFERENCE_DIR) / "models" / file));
}

struct Change {
    const char* key;
    const char* value;     ///< JSON text
    const char* inMessage; ///< besides the key
};

void PrintTo(const Change& change, std::ostream* out)
{
    *out << change.key << " = " << change.value;
}

template <class Config>
void expectRefused(const std::string& file, const Change& change)
{
    json text = published(file);
    ASSERT_TRUE(Config::parse(text.dump()));
    text[change.key] = json::parse(change.value);
    const Result<Config> config = Config::parse(text.dump());
    ASSERT_FALSE(config) << change.key << " = " << change.value << " was accepted";
    EXPECT_NE(config.error().message.find("config.json"), std::string::npos) << config.error().message;
    EXPECT_NE(config.error().message.find(change.key), std::string::npos) << config.error().message;
    EXPECT_NE(config.error().message.find(change.inMessage), std::string::npos) << config.error().message;
}

class UNetRefuses : public testing::TestWithParam<Change> {};
class VaeRefuses : public testing::TestWithParam<Change> {};
class ClipTextRefuses : public testing::TestWithParam<Change> {};

} // namespace

TEST_P(UNetRefuses, NamesKeyAndValue)
{
    expectRefused<UNetConfig>("tiny-sdxl/unet/config.json", GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    Keys, UNetRefuses,
    testing::Values(
        Change{"_class_name", "\"UNet3DConditionModel\"", "UNet2DConditionModel"},
        Change{"act_fn", "\"gelu\"", "\"silu\""}, Change{"addition_embed_type", "\"image\"", "\"text_time\""},
        Change{"addition_time_embed_dim", "null", "text_time"},
        Change{"addition_time_embed_dim", "7", "even"}, Change{"attention_head_dim", "[2, 4]", "list of 3"},
        Change{"attention_head_dim", "[2, 5, 4]", "32 channels"}, Change{"attention_head_dim", "0", "is 0"},
        Change{"attention_type", "\"gated\"", "\"gated\""},
        Change{"block_out_channels", "[32, 32]", "3, 3 and 2"},
        Change{"block_out_channels", "[33, 32, 64]", "33"},
        Change{"block_out_channels", "[32, 3.5, 64]", "3.5"},
        Change{"block_out_channels", "[32, -32, 64]", "-32"}, Change{"block_out_channels", "[]", "[]"},
        Change{"center_input_sample", "true", "true"},
        Change{"class_embed_type", "\"timestep\"", "\"timestep\""},
        Change{"class_embeddings_concat", "true", "false"}, Change{"conv_in_kernel", "5", "5"},
        Change{"conv_out_kernel", "1", "3"}, Change{"cross_attention_dim", "[80, 80, 96]", "same"},
        Change{"cross_attention_norm", "\"layer_norm\"", "layer_norm"},
        Change{"down_block_types", "[\"DownBlock2D\", \"AttnDownBlock2D\", \"DownBlock2D\"]",
               "CrossAttnDownBlock2D"},
        Change{"downsample_padding", "2", "from 0 to 1"}, Change{"dropout", "0.1", "0.1"},
        Change{"dual_cross_attention", "true", "false"}, Change{"encoder_hid_dim", "4096", "4096"},
        Change{"encoder_hid_dim_type", "\"text_proj\"", "text_proj"},
        Change{"flip_sin_to_cos", "1", "true, false"}, Change{"freq_shift", "16", "is 32"},
        Change{"in_channels", "null", "whole number"},
        Change{"in_channels", "18446744073709551615", "whole number"},
        Change{"layers_per_block", "[2, 2]", "list of 3"}, Change{"layers_per_block", "0", "from 1"},
        Change{"layers_per_block", "65", "at most 64"},
        Change{"mid_block_only_cross_attention", "true", "true"},
        Change{"mid_block_scale_factor", "1.5", "1.5"},
        Change{"mid_block_type", "\"UNetMidBlock2DSimpleCrossAttn\"", "UNetMidBlock2DCrossAttn"},
        Change{"norm_eps", "0.0", "greater than 0"}, Change{"norm_num_groups", "null", "null"},
        Change{"norm_num_groups", "24", "24"}, Change{"num_attention_heads", "8", "null"},
        Change{"num_class_embeds", "1000", "1000"}, Change{"only_cross_attention", "true", "false"},
        Change{"only_cross_attention", "[false, true, false]", "false"},
        Change{"projection_class_embeddings_input_dim", "48", "greater than six times"},
        Change{"resnet_out_scale_factor", "1.4", "1.4"}, Change{"resnet_skip_time_act", "true", "true"},
        Change{"resnet_time_scale_shift", "\"scale_shift\"", "\"default\""},
        Change{"reverse_transformer_layers_per_block", "[2, 2]", "[2,2]"},
        Change{"time_cond_proj_dim", "256", "256"}, Change{"time_embedding_act_fn", "\"silu\"", "null"},
        Change{"time_embedding_type", "\"fourier\"", "\"positional\""},
        Change{"timestep_post_act", "\"silu\"", "null"},
        Change{"transformer_layers_per_block", "[1, 2]", "[1,2]"},
        Change{"transformer_layers_per_block", "[1, [2], 2]", "nested list"},
        Change{"up_block_types", "[\"UpBlock2D\", \"UpBlock2D\", \"SkipUpBlock2D\"]", "CrossAttnUpBlock2D"},
        Change{"use_linear_projection", "\"yes\"", "true, false"},
        Change{"a_key_of_tomorrow", "3", "unknown key"}));

TEST_P(VaeRefuses, NamesKeyAndValue)
{
    expectRefused<VaeConfig>("tiny-sdxl/vae/config.json", GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    Keys, VaeRefuses,
    testing::Values(
        Change{"_class_name", "\"AutoencoderTiny\"", "AutoencoderKL"},
        Change{"act_fn", "\"relu\"", "\"silu\""}, Change{"block_out_channels", "[32, 32, 64]", "3, 4 and 4"},
        Change{"block_out_channels", "[32, 32, 64, 65]", "65"},
        Change{"down_block_types", "[\"AttnDownEncoderBlock2D\"]", "DownEncoderBlock2D"},
        Change{"up_block_types", "[\"AttnUpDecoderBlock2D\"]", "UpDecoderBlock2D"},
        Change{"latents_mean", "[0.1, 0.2, 0.3, 0.4]", "null"}, Change{"latents_std", "[1, 1, 1, 1]", "null"},
        Change{"scaling_factor", "0", "greater than 0"}, Change{"shift_factor", "\"a\"", "finite number"},
        Change{"layers_per_block", "0", "from 1"}, Change{"latent_channels", "2.5", "whole number"},
        Change{"use_quant_conv", "0", "true, false"}, Change{"mid_block_add_attention", "[]", "true, false"},
        Change{"a_key_of_tomorrow", "3", "unknown key"}));

TEST_P(ClipTextRefuses, NamesKeyAndValue)
{
    expectRefused<ClipTextConfig>("tiny-sdxl/text_encoder_2/config.json", GetParam());
}

INSTANTIATE_TEST_SUITE_P(Keys, ClipTextRefuses,
                         testing::Values(Change{"architectures", "[\"T5EncoderModel\"]", "CLIPTextModel"},
                                         Change{"model_type", "\"t5\"", "clip_text_model"},
                                         Change{"hidden_act", "\"relu\"", "\"quick_gelu\""},
                                         Change{"hidden_size", "50", "num_attention_heads"},
                                         Change{"num_hidden_layers", "0", "from 1"},
                                         Change{"attention_dropout", "0.5", "0.5"},
                                         Change{"vocab_size", "\"many\"", "whole number"}));

TEST(NetworkConfigs, TextThatIsNoObjectIsABadFile)
{
    for (const char* text : {"", "{", "[]", "3", "{\"in_channels\": 4,}"}) {
        EXPECT_EQ(UNetConfig::parse(text).error().kind, ErrorKind::BadFile) << text;
        EXPECT_EQ(VaeConfig::parse(text).error().kind, ErrorKind::BadFile) << text;
        EXPECT_EQ(ClipTextConfig::parse(text).error().kind, ErrorKind::BadFile) << text;
    }
}

TEST(NetworkConfigs, AbsentKeysHaveTheDefaultsOfTheReference)
{
    const UNetConfig unet = UNetConfig::parse("{}").value();
    ASSERT_EQ(unet.levels.size(), 4U);
    EXPECT_EQ(unet.levels[3].channels, 1280);
    EXPECT_FALSE(unet.levels[3].downAttention);
    EXPECT_TRUE(unet.levels[0].upAttention);
    EXPECT_EQ(unet.levels[1].upTransformerLayers, (std::vector<int64_t>{1, 1, 1}));
    EXPECT_EQ(unet.crossAttentionFeatures, 1280);
    EXPECT_EQ(unet.timeEmbeddingFeatures, 1280);
    EXPECT_EQ(unet.pooledTextFeatures(), 0);
    EXPECT_EQ(VaeConfig::parse("{}").value().scale(), 1);
    EXPECT_EQ(ClipTextConfig::parse("{}").value().features, 512);
}

TEST(NetworkConfigs, PublishedValuesAreRead)
{
    const UNetConfig sd2 = UNetConfig::parse(published("tiny-sd2v/unet/config.json").dump()).value();
    EXPECT_TRUE(sd2.linearProjection);
    EXPECT_EQ(sd2.levels[0].heads, 2);
    EXPECT_EQ(sd2.levels[1].heads, 4);
    EXPECT_EQ(sd2.sampleSize, 12);

    const UNetConfig xl = UNetConfig::parse(published("tiny-sdxl/unet/config.json").dump()).value();
    EXPECT_TRUE(xl.textTimeEmbedding);
    EXPECT_EQ(xl.pooledTextFeatures(), 40);
    EXPECT_EQ(xl.levels[1].downTransformerLayers, (std::vector<int64_t>{2, 2}));
    EXPECT_EQ(xl.levels[2].upTransformerLayers, (std::vector<int64_t>{2, 2, 2}));
    EXPECT_TRUE(xl.levels[0].upTransformerLayers.empty());
    EXPECT_EQ(xl.midTransformerLayers, 2);

    const VaeConfig vae = VaeConfig::parse(published("tiny-sdxl/vae/config.json").dump()).value();
    EXPECT_DOUBLE_EQ(vae.scalingFactor, 0.13025);
    EXPECT_EQ(vae.scale(), 8);

    const ClipTextConfig text =
        ClipTextConfig::parse(published("tiny-sdxl/text_encoder_2/config.json").dump()).value();
    EXPECT_TRUE(text.projection);
    EXPECT_EQ(text.activation, ClipActivation::Gelu);
    EXPECT_EQ(text.projectionFeatures, 40);
    EXPECT_EQ(text.endToken, 2);
}

TEST(NetworkConfigs, DepthsMayDifferByLayerAndDirection)
{
    json text = published("tiny-sdxl/unet/config.json");
    text["transformer_layers_per_block"] = json::parse("[0, [2, 3], [4, 4]]");
    text["reverse_transformer_layers_per_block"] = json::parse("[[4, 4, 5], [2, 1, 1], 1]");
    const UNetConfig config = UNetConfig::parse(text.dump()).value();
    EXPECT_EQ(config.levels[1].downTransformerLayers, (std::vector<int64_t>{2, 3}));
    EXPECT_EQ(config.levels[2].upTransformerLayers, (std::vector<int64_t>{4, 4, 5}));
    EXPECT_EQ(config.midTransformerLayers, 4);
    text["mid_block_type"] = nullptr;
    EXPECT_EQ(UNetConfig::parse(text.dump()).value().midBlock, UNetMidBlock::None);
    text["mid_block_type"] = "UNetMidBlock2D";
    EXPECT_EQ(UNetConfig::parse(text.dump()).value().midBlock, UNetMidBlock::Resnet);
}

TEST(NetworkConfigs, KeysOfWeightAveragingAreAccepted)
{
    json text = published("tiny-sd15/unet/config.json");
    text["decay"] = 0.9999;
    text["use_ema_warmup"] = false;
    EXPECT_TRUE(UNetConfig::parse(text.dump()));
    json clip = published("tiny-sd15/text_encoder/config.json");
    clip["transformers_version"] = "4.40.0";
    EXPECT_TRUE(ClipTextConfig::parse(clip.dump()));
}

// Every release of the reference saves its new keys as null unless they are used.
TEST(NetworkConfigs, KeysOfTomorrowAreReadOverWhileTheyAreNull)
{
    json unet = published("tiny-sd15/unet/config.json");
    unet["a_key_of_tomorrow"] = nullptr;
    EXPECT_TRUE(UNetConfig::parse(unet.dump()));
    json vae = published("tiny-sd15/vae/config.json");
    vae["a_key_of_tomorrow"] = nullptr;
    EXPECT_TRUE(VaeConfig::parse(vae.dump()));
}

} // namespace unfog
