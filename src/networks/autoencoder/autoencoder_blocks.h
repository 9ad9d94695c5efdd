#pragma once

#include <optional>
#include <stop_token>
#include <vector>

#include "networks/autoencoder/vae_config.h"
#include "networks/layers/resnet_block.h"

/// Encoder and decoder of AutoencoderKL. Both throw Stopped between layers when asked.
namespace unfog {

/// Single-head attention of all positions to each other, added to its input.
class PictureAttention final {
public:
    /// Knows the names of both generations of checkpoints: to_q, to_k, to_v, to_out.0 and query, key, value,
    /// proj_attn.
    PictureAttention(int64_t channels, int64_t groups, const Parameters& parameters);
    /// x: [batch, channels, height, width] → the same shape.
    at::Tensor operator()(const at::Tensor& x) const;

private:
    GroupNorm m_norm;
    JointLinear m_queryKeyValue;
    Linear m_out;
};

/// Two residual blocks, and an attention between them where the configuration has one.
class AutoencoderMiddle final {
public:
    AutoencoderMiddle(const VaeConfig& config, const Parameters& parameters);
    at::Tensor operator()(const at::Tensor& x, const std::stop_token& stop) const;

private:
    ResnetBlock m_first;
    std::optional<PictureAttention> m_attention;
    ResnetBlock m_second;
};

/// Picture [batch, inChannels, height, width] → [batch, 2 · latentChannels, height / scale, width / scale].
class Encoder final {
public:
    Encoder(const VaeConfig& config, const Parameters& parameters);
    at::Tensor operator()(const at::Tensor& picture, const std::stop_token& stop) const;

private:
    struct Level {
        std::vector<ResnetBlock> resnets;
        std::optional<Downsampler> downsampler;
    };

    Conv2d m_convIn;
    std::vector<Level> m_levels; ///< from the picture inwards
    AutoencoderMiddle m_middle;
    GroupNorm m_normOut;
    Conv2d m_convOut;
};

/// Latent [batch, latentChannels, height, width] → picture [batch, outChannels, height · scale, width ·
/// scale].
class Decoder final {
public:
    Decoder(const VaeConfig& config, const Parameters& parameters);
    at::Tensor operator()(const at::Tensor& latent, const std::stop_token& stop) const;
    /// Dtype and device.
    at::TensorOptions weightOptions() const { return m_normOut.weight.options(); }

private:
    struct Level {
        std::vector<ResnetBlock> resnets;
        std::optional<Upsampler> upsampler;
    };

    Conv2d m_convIn;
    AutoencoderMiddle m_middle;
    std::vector<Level> m_levels; ///< from the latent outwards
    GroupNorm m_normOut;
    Conv2d m_convOut;
};

} // namespace unfog
