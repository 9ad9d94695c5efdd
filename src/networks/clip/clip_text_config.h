#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

/// What decides the shape and the computation of a CLIP text encoder, as published in
/// `text_encoder/config.json`.
namespace unfog {

enum class ClipActivation {
    QuickGelu, ///< x · sigmoid(1.702 x): OpenAI's ViT-L
    Gelu,      ///< exact: OpenCLIP's H and bigG
};

/// A plain value; the defaults are ViT-L as in Stable Diffusion 1.x.
struct ClipTextConfig {
    int64_t vocabulary = 49408;
    int64_t positions = 77; ///< longest text in tokens
    int64_t features = 768;
    int64_t feedForwardFeatures = 3072;
    int64_t layers = 12;
    int64_t heads = 12;
    ClipActivation activation = ClipActivation::QuickGelu;
    double normEps = 1e-5;
    /// The pooled output is read at the first of this token; 2 stands in old files and means "at the largest
    /// id".
    int64_t endToken = 49407;
    bool projection = false; ///< CLIPTextModelWithProjection: the pooled output is projected
    int64_t projectionFeatures = 768;

    /// From the JSON text of the encoder's `config.json`; absent keys have the reference's defaults. Keys
    /// that the reference's general library writes into every configuration are accepted and not read.
    static Result<ClipTextConfig> parse(std::string_view jsonText,
                                        const std::string& where = "text_encoder/config.json");
};

} // namespace unfog
