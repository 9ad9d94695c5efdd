#pragma once

#include <stop_token>
#include <vector>

#include "networks/clip/clip_text_config.h"
#include "networks/layers/layers.h"

/// CLIP's text encoder (Radford et al. 2021): a causal transformer that normalises before each part.
/// CLIPTextModel and CLIPTextModelWithProjection of the published checkpoints.
namespace unfog {

struct TextEncoding {
    /// [0]: the embeddings; [i]: the output of layer i; none of them under the final norm. [batch, tokens,
    /// features]
    std::vector<at::Tensor> hiddenStates;
    at::Tensor lastHidden; ///< the last of them under the final norm
    at::Tensor pooled;     ///< lastHidden at the end token, [batch, features]
    at::Tensor
        projected; ///< pooled through text_projection, [batch, projectionFeatures]; undefined without one

    /// Output of the layer that has `skipped` layers behind it: 0 is the last, 1 the penultimate. 0 … layers.
    const at::Tensor& hidden(int64_t skipped) const
    {
        return hiddenStates.at(hiddenStates.size() - 1 - static_cast<std::size_t>(skipped));
    }
};

/// Immutable after construction and safe to run from several threads. Computes on the device and in the dtype
/// of its weights.
class ClipTextEncoder final {
public:
    /// Asks for "text_model.…" and, with a projection, "text_projection.weight" below `parameters`.
    ClipTextEncoder(const ClipTextConfig& config, const Parameters& parameters);

    const ClipTextConfig& config() const { return m_config; }

    /// ids: [batch, tokens] int64, tokens ≤ positions, each below the vocabulary's size. Throws Stopped
    /// between layers when the token asks.
    TextEncoding encode(const at::Tensor& ids, const std::stop_token& stop = {}) const;

    /// The norm behind the last layer, as SD 1.x and 2.x apply it to an earlier hidden state for clip skip.
    at::Tensor finalNorm(const at::Tensor& hidden) const { return m_finalNorm(hidden); }

private:
    struct Layer {
        LayerNorm norm1;
        Linear query;
        Linear key;
        Linear value;
        Linear out;
        LayerNorm norm2;
        Linear feedForwardIn;
        Linear feedForwardOut;

        Layer(const ClipTextConfig& config, const Parameters& parameters);
    };

    at::Tensor run(const Layer& layer, const at::Tensor& x) const;
    at::Tensor activated(const at::Tensor& x) const;
    at::Tensor endPositions(const at::Tensor& ids) const;

    ClipTextConfig m_config;
    at::Tensor m_tokens;    // [vocabulary, features]
    at::Tensor m_positions; // [positions, features]
    std::vector<Layer> m_layers;
    LayerNorm m_finalNorm;
    Linear m_projection;
};

} // namespace unfog
