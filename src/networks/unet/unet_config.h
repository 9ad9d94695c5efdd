#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// What decides the shape and the computation of a UNet2DCondition network, as published in
/// `unet/config.json`.
namespace unfog {

enum class UNetMidBlock {
    CrossAttention, ///< "UNetMidBlock2DCrossAttn"
    Resnet,         ///< "UNetMidBlock2D": one residual block
    None,           ///< null
};

/// One level of the network: the down block of that resolution and the up block that mirrors it.
struct UNetLevel {
    int64_t channels = 320;
    int64_t layers = 2; ///< residual blocks going down; going up there is one more
    bool downAttention = true;
    bool upAttention = true;
    int64_t heads = 8;                          ///< of every attention of this level
    std::vector<int64_t> downTransformerLayers; ///< depth of each transformer, one per layer
    std::vector<int64_t> upTransformerLayers;   ///< one per layer of the up block, in its own order

    bool operator==(const UNetLevel&) const = default;
};

/// A plain value; `parse` fills it from the file, detection of single files may fill it by hand.
struct UNetConfig {
    int64_t inChannels = 4;
    int64_t outChannels = 4;
    std::vector<UNetLevel> levels; ///< from the highest resolution to the lowest
    UNetMidBlock midBlock = UNetMidBlock::CrossAttention;
    int64_t midTransformerLayers = 1;
    int64_t crossAttentionFeatures = 768; ///< width of the text encoder's hidden states
    bool linearProjection =
        false; ///< transformers enter and leave by a linear layer instead of a 1×1 convolution
    int64_t downsamplePadding = 1; ///< 1 on all sides; 0 pads right and bottom only
    int64_t normGroups = 32;
    double normEps = 1e-5;

    int64_t timeEmbeddingFeatures = 1280;
    bool flipSinToCos = true; ///< the sinusoidal embedding starts with its cosines
    double freqShift = 0.0;

    /// `addition_embed_type` "text_time" (XL): pooled text and six size numbers join the time embedding.
    bool textTimeEmbedding = false;
    int64_t additionTimeFeatures = 256;   ///< sinusoidal features of each number
    int64_t additionInputFeatures = 2816; ///< pooled text and all sinusoids together

    /// Wished by the file for half precision; attention always accumulates its scores in at least float32.
    bool upcastAttention = false;
    std::optional<int64_t> sampleSize; ///< latent side length the model was trained at

    /// From the JSON text of `unet/config.json`; absent keys have the reference's defaults. Every key is
    /// either computed or checked to be off: Unsupported names key, value and what is supported, BadFile what
    /// is malformed.
    static Result<UNetConfig> parse(std::string_view jsonText, const std::string& where = "unet/config.json");

    bool operator==(const UNetConfig&) const = default;

    /// Pooled text features that text_time conditioning expects; 0 without it.
    int64_t pooledTextFeatures() const
    {
        return textTimeEmbedding ? additionInputFeatures - 6 * additionTimeFeatures : 0;
    }
};

} // namespace unfog
