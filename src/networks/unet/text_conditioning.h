#pragma once

#include <vector>

#include <ATen/ATen.h>

/// What the UNet is told about the prompt.
namespace unfog {

struct TextConditioning {
    at::Tensor hiddenStates; ///< [batch, tokens, crossAttentionFeatures]
    at::Tensor textEmbeds;   ///< [batch, pooledTextFeatures]; XL only, else undefined
    /// [batch, 6]: original height and width, top and left of the crop, target height and width; XL only.
    at::Tensor timeIds;
};

struct KeyValue {
    at::Tensor key;   ///< [batch, tokens, channels of the layer]
    at::Tensor value; ///< likewise
};

/// All that depends on the prompt alone, computed once by `UNet::prepare` and used in every step.
struct PreparedConditioning {
    std::vector<KeyValue> layers;  ///< of each cross-attention, in the order of construction
    at::Tensor addedTimeEmbedding; ///< [batch, timeEmbeddingFeatures]; XL only, else undefined
};

} // namespace unfog
