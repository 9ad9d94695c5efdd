#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// What decides the shape and the computation of an AutoencoderKL, as published in `vae/config.json`.
namespace unfog {

/// A plain value; the defaults are the layout of Stable Diffusion 1.x.
struct VaeConfig {
    int64_t inChannels = 3;
    int64_t outChannels = 3;
    int64_t latentChannels = 4;
    std::vector<int64_t> channels = {128, 256, 512, 512}; ///< by level, from the picture inwards
    int64_t layers = 2; ///< residual blocks a level of the encoder; the decoder has one more
    int64_t normGroups = 32;
    bool midAttention = true;
    bool quantConv = true;     ///< a 1×1 convolution behind the encoder
    bool postQuantConv = true; ///< a 1×1 convolution before the decoder
    /// Latents of the diffusion model = (encoded − shiftFactor) · scalingFactor.
    double scalingFactor = 0.18215;
    double shiftFactor = 0.0;
    bool forceUpcast = true; ///< the file asks for float32 where the other networks run in float16

    /// Picture pixels per latent position, along each axis: 2^(levels − 1).
    int64_t scale() const { return int64_t{1} << (channels.size() - 1); }

    /// From the JSON text of `vae/config.json`; absent keys have the reference's defaults. Every key is
    /// either computed or checked to be off: Unsupported names key, value and what is supported, BadFile what
    /// is malformed.
    static Result<VaeConfig> parse(std::string_view jsonText, const std::string& where = "vae/config.json");
};

} // namespace unfog
