#include "networks/clip/clip_text_encoder.h"

#include "base/stop.h"
#include "networks/layers/activations.h"
#include "networks/layers/tensor_ops.h"

namespace unfog {

ClipTextEncoder::Layer::Layer(const ClipTextConfig& config, const Parameters& parameters)
    : norm1(parameters / "layer_norm1", config.features, config.normEps),
      query(parameters / "self_attn" / "q_proj", config.features, config.features),
      key(parameters / "self_attn" / "k_proj", config.features, config.features),
      value(parameters / "self_attn" / "v_proj", config.features, config.features),
      out(parameters / "self_attn" / "out_proj", config.features, config.features),
      norm2(parameters / "layer_norm2", config.features, config.normEps),
      feedForwardIn(parameters / "mlp" / "fc1", config.features, config.feedForwardFeatures),
      feedForwardOut(parameters / "mlp" / "fc2", config.feedForwardFeatures, config.features)
{
}

ClipTextEncoder::ClipTextEncoder(const ClipTextConfig& config, const Parameters& parameters)
    : m_config(config)
{
    const Parameters model = parameters / "text_model";
    m_tokens = (model / "embeddings" / "token_embedding")("weight", {config.vocabulary, config.features});
    m_positions =
        (model / "embeddings" / "position_embedding")("weight", {config.positions, config.features});
    for (int64_t i = 0; i < config.layers; ++i)
        m_layers.emplace_back(config, model / "encoder" / "layers" / static_cast<int>(i));
    m_finalNorm = LayerNorm(model / "final_layer_norm", config.features, config.normEps);
    if (config.projection)
        m_projection =
            Linear(parameters / "text_projection", config.features, config.projectionFeatures, false);
}

TextEncoding ClipTextEncoder::encode(const at::Tensor& ids, const std::stop_token& stop) const
{
    TORCH_CHECK(ids.dim() == 2 && ids.scalar_type() == at::kLong && ids.size(1) >= 1 &&
                    ids.size(1) <= m_config.positions,
                "token ids: expected int64 [batch, 1 … ", m_config.positions, "], found ", ids.scalar_type(),
                " ", ids.sizes());
    TORCH_CHECK(ids.ge(0).logical_and(ids.lt(m_config.vocabulary)).all().item<bool>(),
                "token ids: expected 0 … ", m_config.vocabulary - 1, ", found ", ids.min().item<int64_t>(),
                " … ", ids.max().item<int64_t>());
    const at::Tensor here = ids.to(m_tokens.device());
    at::Tensor x =
        computable(at::embedding(m_tokens, here)) + computable(m_positions.narrow(0, 0, ids.size(1)));

    TextEncoding encoding;
    encoding.hiddenStates.push_back(x);
    for (const Layer& layer : m_layers) {
        stopIfAsked(stop);
        x = run(layer, x);
        encoding.hiddenStates.push_back(x);
    }
    encoding.lastHidden = m_finalNorm(x);
    const at::Tensor batch = at::arange(here.size(0), here.options());
    encoding.pooled = encoding.lastHidden.index({batch, endPositions(here)});
    if (m_config.projection)
        encoding.projected = m_projection(encoding.pooled);
    return encoding;
}

at::Tensor ClipTextEncoder::run(const Layer& layer, const at::Tensor& x) const
{
    const at::Tensor normalised = layer.norm1(x);
    const at::Tensor attended = attention(layer.query(normalised), layer.key(normalised),
                                          layer.value(normalised), m_config.heads, true);
    const at::Tensor hidden = layer.out(attended, x);
    return layer.feedForwardOut(activated(layer.feedForwardIn(layer.norm2(hidden))), hidden);
}

at::Tensor ClipTextEncoder::activated(const at::Tensor& x) const
{
    return m_config.activation == ClipActivation::Gelu ? unfog::gelu(x) : quickGelu(x);
}

at::Tensor ClipTextEncoder::endPositions(const at::Tensor& ids) const
{
    // Files with end token 2 were written while the reference looked for the largest id instead.
    const at::Tensor ends = m_config.endToken == 2 ? ids : ids.eq(m_config.endToken).to(at::kInt);
    return ends.argmax(-1);
}

} // namespace unfog
