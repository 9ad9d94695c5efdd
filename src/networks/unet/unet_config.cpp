#include "networks/unet/unet_config.h"

#include <algorithm>

#include "networks/layers/config_reader.h"

namespace unfog {

namespace {

constexpr std::size_t mostLevels = 8;
constexpr int64_t mostLayers = 64;

/// Keys of the reference's class that this network does not compute, with the values that leave them off.
void checkSwitchedOff(ConfigReader& reader)
{
    reader.off("act_fn", {"\"silu\"", "\"swish\""});
    reader.off("attention_type", {"\"default\""});
    reader.off("center_input_sample", {"false"});
    reader.off("class_embed_type", {"null"});
    reader.off("class_embeddings_concat", {"false"});
    reader.off("conv_in_kernel", {"3"});
    reader.off("conv_out_kernel", {"3"});
    reader.off("cross_attention_norm", {"null"});
    reader.off("dropout", {"0"});
    reader.off("dual_cross_attention", {"false"});
    reader.off("encoder_hid_dim", {"null"});
    reader.off("encoder_hid_dim_type", {"null"});
    reader.off("mid_block_only_cross_attention", {"null", "false"});
    reader.off("mid_block_scale_factor", {"1"});
    reader.off("num_attention_heads", {"null"});
    reader.off("num_class_embeds", {"null"});
    reader.off("resnet_out_scale_factor", {"1"});
    reader.off("resnet_skip_time_act", {"false"});
    reader.off("resnet_time_scale_shift", {"\"default\""});
    reader.off("time_cond_proj_dim", {"null"});
    reader.off("time_embedding_act_fn", {"null"});
    reader.off("time_embedding_type", {"\"positional\""});
    reader.off("timestep_post_act", {"null"});
    // The first is computed only by an embedding that is off; the others are left behind by weight averaging.
    reader.unused({"addition_embed_type_num_heads", "decay", "inv_gamma", "min_decay", "optimization_step",
                   "power", "update_after_step", "use_ema_warmup"});

    const nlohmann::json& only = reader.raw("only_cross_attention");
    const auto isFalse = [](const nlohmann::json& value) { return value == false; };
    if (!only.is_null() && only != false &&
        !(only.is_array() && std::all_of(only.begin(), only.end(), isFalse)))
        reader.unsupported("only_cross_attention", "false");
}

void readBlockTypes(ConfigReader& reader, UNetConfig& config)
{
    const auto down = reader.choices(
        "down_block_types",
        {"CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"},
        {"CrossAttnDownBlock2D", "DownBlock2D"});
    const auto up = reader.choices(
        "up_block_types", {"UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"},
        {"CrossAttnUpBlock2D", "UpBlock2D"});
    const auto channels = reader.integers("block_out_channels", {320, 640, 1280, 1280});
    if (down.size() != up.size() || down.size() != channels.size() || down.size() > mostLevels)
        reader.fail(ErrorKind::BadFile,
                    "\"down_block_types\", \"up_block_types\" and \"block_out_channels\" have " +
                        std::to_string(down.size()) + ", " + std::to_string(up.size()) + " and " +
                        std::to_string(channels.size()) + " entries; expected equally many, at most " +
                        std::to_string(mostLevels));
    if (reader.problem())
        return;
    config.levels.resize(down.size());
    for (std::size_t i = 0; i < down.size(); ++i) {
        config.levels[i].channels = channels[i];
        config.levels[i].downAttention = down[i] == "CrossAttnDownBlock2D";
        config.levels[i].upAttention = up[up.size() - 1 - i] == "CrossAttnUpBlock2D";
    }
    if (reader.raw("mid_block_type").is_null() && reader.contains("mid_block_type"))
        config.midBlock = UNetMidBlock::None;
    else if (reader.choice("mid_block_type", "UNetMidBlock2DCrossAttn",
                           {"UNetMidBlock2DCrossAttn", "UNetMidBlock2D"}) == "UNetMidBlock2D")
        config.midBlock = UNetMidBlock::Resnet;
}

/// One entry of `transformer_layers_per_block`: a depth for all layers of the block, or a list with one for
/// each.
std::optional<std::vector<int64_t>> depths(const nlohmann::json& entry, int64_t layers)
{
    const auto valid = [](const nlohmann::json& value) {
        return value.is_number_integer() && value.get<int64_t>() >= 1 && value.get<int64_t>() <= mostLayers;
    };
    if (valid(entry))
        return std::vector<int64_t>(layers, entry.get<int64_t>());
    if (!entry.is_array() || static_cast<int64_t>(entry.size()) != layers ||
        !std::all_of(entry.begin(), entry.end(), valid))
        return {};
    return entry.get<std::vector<int64_t>>();
}

void readTransformerDepths(ConfigReader& reader, UNetConfig& config)
{
    static constexpr const char* key = "transformer_layers_per_block";
    static constexpr const char* reverseKey = "reverse_transformer_layers_per_block";
    static constexpr const char* supported = "a whole number from 1 to 64, or a list with one such number "
                                             "(or one list of a number per layer) a level";
    const std::size_t count = config.levels.size();
    const auto expand = [count](const nlohmann::json& value) {
        if (value.is_null())
            return nlohmann::json(std::vector<int64_t>(count, 1));
        return value.is_array() ? value : nlohmann::json(std::vector<nlohmann::json>(count, value));
    };
    const nlohmann::json down = expand(reader.raw(key));
    nlohmann::json up = reader.raw(reverseKey);
    const bool mirrored = up.is_null();
    if (down.size() != count)
        return reader.unsupported(key, supported);
    if (mirrored) {
        up = down;
        std::reverse(up.begin(), up.end());
    }
    if (!up.is_array() || up.size() != count)
        return reader.unsupported(reverseKey, supported);

    for (std::size_t i = 0; i < count; ++i) {
        UNetLevel& level = config.levels[i];
        const auto downDepths = depths(down[i], level.layers);
        const auto upDepths = depths(up[count - 1 - i], level.layers + 1);
        // Depths of a level without attention are not computed and may say anything.
        if (level.downAttention && !downDepths)
            return reader.unsupported(key, supported);
        if (level.upAttention && !upDepths)
            return reader.unsupported(mirrored ? key : reverseKey, supported);
        level.downTransformerLayers = level.downAttention ? *downDepths : std::vector<int64_t>{};
        level.upTransformerLayers = level.upAttention ? *upDepths : std::vector<int64_t>{};
    }
    if (config.midBlock == UNetMidBlock::CrossAttention) {
        const nlohmann::json& deepest = down[count - 1];
        const auto midDepths = depths(deepest.is_array() && !deepest.empty() ? deepest[0] : deepest, 1);
        if (!midDepths)
            return reader.unsupported(key, supported);
        config.midTransformerLayers = midDepths->front();
    }
}

void readLevels(ConfigReader& reader, UNetConfig& config)
{
    const std::size_t count = config.levels.size();
    const auto layers = reader.perLevel("layers_per_block", 2, count);
    // In this family the key named after the features of a head gives the number of heads.
    const auto heads = reader.perLevel("attention_head_dim", 8, count);
    for (std::size_t i = 0; i < count; ++i) {
        UNetLevel& level = config.levels[i];
        level.layers = layers[i];
        level.heads = heads[i];
        const bool attends = level.downAttention || level.upAttention ||
                             (i + 1 == count && config.midBlock == UNetMidBlock::CrossAttention);
        if (layers[i] > mostLayers)
            reader.unsupported("layers_per_block", "at most " + std::to_string(mostLayers));
        if (attends && level.channels % level.heads != 0)
            reader.fail(ErrorKind::BadFile, "level " + std::to_string(i) + " of \"block_out_channels\" has " +
                                                std::to_string(level.channels) +
                                                " channels, which \"attention_head_dim\" " +
                                                std::to_string(level.heads) + " heads do not divide");
        if (level.channels % config.normGroups != 0)
            reader.fail(ErrorKind::BadFile, "level " + std::to_string(i) + " of \"block_out_channels\" has " +
                                                std::to_string(level.channels) +
                                                " channels, which \"norm_num_groups\" " +
                                                std::to_string(config.normGroups) + " does not divide");
        if (reader.problem())
            return;
    }
    readTransformerDepths(reader, config);
}

void readConditioning(ConfigReader& reader, UNetConfig& config)
{
    const auto features = reader.perLevel("cross_attention_dim", 1280, config.levels.size());
    config.crossAttentionFeatures = features.front();
    if (std::any_of(features.begin(), features.end(), [&](int64_t f) { return f != features.front(); }))
        reader.unsupported("cross_attention_dim", "one number, or the same number at every level");

    config.textTimeEmbedding = reader.optionalChoice("addition_embed_type", {"text_time"}).has_value();
    const auto timeFeatures = reader.optionalInteger("addition_time_embed_dim");
    const auto inputFeatures = reader.optionalInteger("projection_class_embeddings_input_dim");
    if (!config.textTimeEmbedding)
        return;
    if (!timeFeatures || !inputFeatures || *timeFeatures % 2 != 0 || *inputFeatures <= 6 * *timeFeatures)
        return reader.fail(
            ErrorKind::BadFile,
            "\"addition_embed_type\" \"text_time\" expects an even \"addition_time_embed_dim\" and a "
            "\"projection_class_embeddings_input_dim\" greater than six times as much");
    config.additionTimeFeatures = *timeFeatures;
    config.additionInputFeatures = *inputFeatures;
}

} // namespace

Result<UNetConfig> UNetConfig::parse(std::string_view jsonText, const std::string& where)
{
    ConfigReader reader(jsonText, where, "UNet2DConditionModel");
    UNetConfig config;
    config.inChannels = reader.integer("in_channels", 4);
    config.outChannels = reader.integer("out_channels", 4);
    config.normGroups = reader.integer("norm_num_groups", 32);
    config.normEps = reader.positive("norm_eps", 1e-5);
    config.linearProjection = reader.flag("use_linear_projection", false);
    config.upcastAttention = reader.flag("upcast_attention", false);
    config.downsamplePadding = reader.integer("downsample_padding", 1, 0, 1);
    config.flipSinToCos = reader.flag("flip_sin_to_cos", true);
    config.freqShift = reader.number("freq_shift", 0.0);
    const nlohmann::json& size = reader.raw("sample_size");
    if (size.is_number_unsigned())
        config.sampleSize = reader.optionalInteger("sample_size");
    checkSwitchedOff(reader);
    readBlockTypes(reader, config);
    if (reader.problem())
        return tl::unexpected(*reader.problem());

    readLevels(reader, config);
    readConditioning(reader, config);
    const int64_t first = config.levels.front().channels;
    config.timeEmbeddingFeatures = reader.optionalInteger("time_embedding_dim").value_or(4 * first);
    const int64_t frequencies = first / 2;
    if (first % 2 != 0 || config.freqShift >= static_cast<double>(frequencies))
        reader.fail(ErrorKind::BadFile,
                    "the first of \"block_out_channels\" is " + std::to_string(first) +
                        "; the time embedding expects an even number, and \"freq_shift\" below its half");
    return reader.finish().map([&] { return config; });
}

} // namespace unfog
