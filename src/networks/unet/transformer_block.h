#pragma once

#include <stop_token>
#include <vector>

#include "networks/layers/layers.h"
#include "networks/unet/text_conditioning.h"

/// Attention over the positions of a picture, conditioned on text: Transformer2DModel of the published
/// checkpoints.
namespace unfog {

/// Multi-head attention whose keys and values come from the text. The layer takes its place in
/// PreparedConditioning::layers at construction, from a counter that runs through the whole network.
class CrossAttention final {
public:
    CrossAttention(int64_t features, int64_t textFeatures, int64_t heads, std::size_t& layerCounter,
                   const Parameters& parameters);

    /// text: [batch, tokens, textFeatures]. Sets this layer's entry, which must exist.
    void prepare(const at::Tensor& text, PreparedConditioning& prepared) const;
    /// x, addend: [batch, positions, features] → addend + attention(x).
    at::Tensor operator()(const at::Tensor& x, const PreparedConditioning& prepared, at::Tensor addend) const;

private:
    int64_t m_heads;
    std::size_t m_layer;
    Linear m_query;
    Linear m_key;
    Linear m_value;
    Linear m_out;
};

/// Multi-head attention of the positions to each other.
class SelfAttention final {
public:
    SelfAttention(int64_t features, int64_t heads, const Parameters& parameters);
    /// x, addend: [batch, positions, features] → addend + attention(x).
    at::Tensor operator()(const at::Tensor& x, at::Tensor addend) const;

private:
    int64_t m_heads;
    JointLinear m_queryKeyValue;
    Linear m_out;
};

/// Self-attention, cross-attention and a gated feed-forward layer (GEGLU, Shazeer 2020), each normalised
/// before and added to its input: BasicTransformerBlock.
class TransformerBlock final {
public:
    TransformerBlock(int64_t features, int64_t textFeatures, int64_t heads, std::size_t& layerCounter,
                     const Parameters& parameters);

    void prepare(const at::Tensor& text, PreparedConditioning& prepared) const;
    /// x: [batch, positions, features] → the same shape.
    at::Tensor operator()(at::Tensor x, const PreparedConditioning& prepared) const;

private:
    LayerNorm m_norm1;
    SelfAttention m_selfAttention;
    LayerNorm m_norm2;
    CrossAttention m_crossAttention;
    LayerNorm m_norm3;
    Linear m_feedForwardIn;
    Linear m_feedForwardOut;
};

struct TransformerShape {
    int64_t channels = 0;
    int64_t textFeatures = 0;
    int64_t heads = 8;
    int64_t depth = 1; ///< TransformerBlocks, one behind the other
    int64_t groups = 32;
    bool linearProjection = false;
};

/// A normalised projection into tokens, the blocks, a projection back, added to the input:
/// Transformer2DModel.
class Transformer2d final {
public:
    Transformer2d(const TransformerShape& shape, std::size_t& layerCounter, const Parameters& parameters);

    void prepare(const at::Tensor& text, PreparedConditioning& prepared) const;
    /// x: [batch, channels, height, width] → the same shape. Throws Stopped between blocks when asked.
    at::Tensor operator()(at::Tensor x, const PreparedConditioning& prepared,
                          const std::stop_token& stop) const;

private:
    GroupNorm m_norm;
    Linear m_linearIn;
    Linear m_linearOut;
    Conv2d m_convIn;
    Conv2d m_convOut;
    bool m_linearProjection;
    std::vector<TransformerBlock> m_blocks;
};

} // namespace unfog
