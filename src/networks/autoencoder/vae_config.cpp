#include "networks/autoencoder/vae_config.h"

#include "networks/layers/config_reader.h"

namespace unfog {

Result<VaeConfig> VaeConfig::parse(std::string_view jsonText, const std::string& where)
{
    ConfigReader reader(jsonText, where, "AutoencoderKL");
    VaeConfig config;
    config.inChannels = reader.integer("in_channels", 3);
    config.outChannels = reader.integer("out_channels", 3);
    config.latentChannels = reader.integer("latent_channels", 4, 1, 1024);
    config.channels = reader.integers("block_out_channels", {64});
    config.layers = reader.integer("layers_per_block", 1, 1, 64);
    config.normGroups = reader.integer("norm_num_groups", 32);
    config.midAttention = reader.flag("mid_block_add_attention", true);
    config.quantConv = reader.flag("use_quant_conv", true);
    config.postQuantConv = reader.flag("use_post_quant_conv", true);
    config.scalingFactor = reader.positive("scaling_factor", 0.18215);
    config.shiftFactor = reader.number("shift_factor", 0.0);
    config.forceUpcast = reader.flag("force_upcast", true);
    reader.off("act_fn", {"\"silu\"", "\"swish\""});
    reader.off("latents_mean", {"null"});
    reader.off("latents_std", {"null"});
    reader.unused({"sample_size"});

    const auto down = reader.choices("down_block_types", {"DownEncoderBlock2D"}, {"DownEncoderBlock2D"});
    const auto up = reader.choices("up_block_types", {"UpDecoderBlock2D"}, {"UpDecoderBlock2D"});
    const std::size_t levels = config.channels.size();
    if (down.size() != levels || up.size() != levels || levels > 8)
        reader.fail(ErrorKind::BadFile,
                    "\"block_out_channels\", \"down_block_types\" and \"up_block_types\" have " +
                        std::to_string(levels) + ", " + std::to_string(down.size()) + " and " +
                        std::to_string(up.size()) + " entries; expected equally many, at most 8");
    for (const int64_t channels : config.channels)
        if (channels % config.normGroups != 0)
            reader.fail(ErrorKind::BadFile, "\"block_out_channels\" has " + std::to_string(channels) +
                                                ", which \"norm_num_groups\" " +
                                                std::to_string(config.normGroups) + " does not divide");
    return reader.finish().map([&] { return config; });
}

} // namespace unfog
