#pragma once

#include <optional>
#include <stop_token>

#include "networks/autoencoder/autoencoder_blocks.h"
#include "networks/autoencoder/vae_config.h"

/// The autoencoder between pictures and latents (AutoencoderKL of the published checkpoints). Latents here
/// are the autoencoder's own: the caller applies scaling factor and shift.
namespace unfog {

/// The Gaussian that an encoder gives for each latent position; both [batch, latentChannels, height, width].
struct LatentDistribution {
    at::Tensor mean;
    at::Tensor logVariance; ///< clamped to [−30, 20], as the reference does
};

struct TilePlan {
    int64_t side = 64;    ///< of a tile, in latent positions, ≥ 2
    int64_t overlap = 16; ///< least overlap of neighbours, in latent positions, 0 … side / 2
};

/// Immutable after construction and safe to run from several threads. Computes on the device and in the dtype
/// of its weights; throws Stopped between layers when the token asks, c10::Error when LibTorch does.
class Autoencoder final {
public:
    Autoencoder(const VaeConfig& config, const Parameters& parameters);

    const VaeConfig& config() const { return m_config; }

    /// picture: [batch, inChannels, height, width] in [−1, 1], height and width multiples of
    /// `config().scale()`.
    LatentDistribution encode(const at::Tensor& picture, const std::stop_token& stop = {}) const;

    /// latent: [batch, latentChannels, height, width] → [batch, outChannels, height · scale, width · scale],
    /// around [−1, 1] and not clamped.
    at::Tensor decode(const at::Tensor& latent, const std::stop_token& stop = {}) const;

    /// The same in overlapping tiles, one picture at a time, that fade into each other: memory beyond the
    /// result is that of one tile. Equal to `decode` where one tile covers the latent. Otherwise close to it:
    /// the norms and the attention see one tile instead of the picture, which shifts tones slightly from tile
    /// to tile.
    at::Tensor decodeTiled(const at::Tensor& latent, const TilePlan& plan = {},
                           const std::stop_token& stop = {}) const;

private:
    VaeConfig m_config;
    Encoder m_encoder;
    Decoder m_decoder;
    std::optional<Conv2d> m_quantConv;
    std::optional<Conv2d> m_postQuantConv;
    at::TensorOptions m_options; ///< dtype and device of the weights
};

} // namespace unfog
