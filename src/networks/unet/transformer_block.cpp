#include "networks/unet/transformer_block.h"

#include "base/stop.h"
#include "networks/layers/activations.h"
#include "networks/layers/tensor_ops.h"

namespace unfog {

CrossAttention::CrossAttention(int64_t features, int64_t textFeatures, int64_t heads,
                               std::size_t& layerCounter, const Parameters& parameters)
    : m_heads(heads), m_layer(layerCounter++), m_query(parameters / "to_q", features, features, false),
      m_key(parameters / "to_k", textFeatures, features, false),
      m_value(parameters / "to_v", textFeatures, features, false),
      m_out(parameters / "to_out" / 0, features, features)
{
}

void CrossAttention::prepare(const at::Tensor& text, PreparedConditioning& prepared) const
{
    prepared.layers.at(m_layer) = {m_key(text), m_value(text)};
}

at::Tensor CrossAttention::operator()(const at::Tensor& x, const PreparedConditioning& prepared,
                                      at::Tensor addend) const
{
    const KeyValue& text = prepared.layers.at(m_layer);
    return m_out(attention(m_query(x), text.key, text.value, m_heads), std::move(addend));
}

SelfAttention::SelfAttention(int64_t features, int64_t heads, const Parameters& parameters)
    : m_heads(heads), m_queryKeyValue({parameters / "to_q", parameters / "to_k", parameters / "to_v"},
                                      features, features, false),
      m_out(parameters / "to_out" / 0, features, features)
{
}

at::Tensor SelfAttention::operator()(const at::Tensor& x, at::Tensor addend) const
{
    const std::vector<at::Tensor> parts = m_queryKeyValue(x);
    return m_out(attention(parts[0], parts[1], parts[2], m_heads), std::move(addend));
}

TransformerBlock::TransformerBlock(int64_t features, int64_t textFeatures, int64_t heads,
                                   std::size_t& layerCounter, const Parameters& parameters)
    : m_norm1(parameters / "norm1", features), m_selfAttention(features, heads, parameters / "attn1"),
      m_norm2(parameters / "norm2", features),
      m_crossAttention(features, textFeatures, heads, layerCounter, parameters / "attn2"),
      m_norm3(parameters / "norm3", features),
      m_feedForwardIn(parameters / "ff" / "net" / 0 / "proj", features, 8 * features),
      m_feedForwardOut(parameters / "ff" / "net" / 2, 4 * features, features)
{
}

void TransformerBlock::prepare(const at::Tensor& text, PreparedConditioning& prepared) const
{
    m_crossAttention.prepare(text, prepared);
}

at::Tensor TransformerBlock::operator()(at::Tensor x, const PreparedConditioning& prepared) const
{
    at::Tensor normalised = m_norm1(x);
    x = m_selfAttention(normalised, std::move(x));
    normalised = m_norm2(x);
    x = m_crossAttention(normalised, prepared, std::move(x));
    normalised = geglu(m_feedForwardIn(m_norm3(x)));
    return m_feedForwardOut(normalised, std::move(x));
}

Transformer2d::Transformer2d(const TransformerShape& shape, std::size_t& layerCounter,
                             const Parameters& parameters)
    : m_norm(parameters / "norm", shape.channels, shape.groups, 1e-6),
      m_linearProjection(shape.linearProjection)
{
    if (m_linearProjection) {
        m_linearIn = Linear(parameters / "proj_in", shape.channels, shape.channels);
        m_linearOut = Linear(parameters / "proj_out", shape.channels, shape.channels);
    } else {
        m_convIn = Conv2d(parameters / "proj_in", shape.channels, shape.channels, 1);
        m_convOut = Conv2d(parameters / "proj_out", shape.channels, shape.channels, 1);
    }
    for (int64_t i = 0; i < shape.depth; ++i)
        m_blocks.emplace_back(shape.channels, shape.textFeatures, shape.heads, layerCounter,
                              parameters / "transformer_blocks" / static_cast<int>(i));
}

void Transformer2d::prepare(const at::Tensor& text, PreparedConditioning& prepared) const
{
    for (const TransformerBlock& block : m_blocks)
        block.prepare(text, prepared);
}

at::Tensor Transformer2d::operator()(at::Tensor x, const PreparedConditioning& prepared,
                                     const std::stop_token& stop) const
{
    const int64_t height = x.size(2), width = x.size(3);
    at::Tensor tokens = m_linearProjection ? m_linearIn(tokensOf(m_norm(x))) : tokensOf(m_convIn(m_norm(x)));
    for (const TransformerBlock& block : m_blocks) {
        stopIfAsked(stop);
        tokens = block(std::move(tokens), prepared);
    }
    if (m_linearProjection)
        return pictureOf(m_linearOut(tokens, tokensOf(x)), height, width);
    return m_convOut(pictureOf(tokens, height, width), std::move(x));
}

} // namespace unfog
