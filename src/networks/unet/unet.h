#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "networks/layers/network_part.h"
#include "networks/unet/text_conditioning.h"
#include "networks/unet/unet_blocks.h"
#include "networks/unet/unet_config.h"

/// The denoising network of Stable Diffusion 1.x, 2.x and XL (UNet2DConditionModel of the published
/// checkpoints). Knows neither schedule nor prediction type: its output is what the model was trained to say.
namespace unfog {

/// Sinusoidal embedding of Vaswani et al. 2017, section 3.5, as published checkpoints order it.
/// t: [n] → [n, features] float32; `cosineFirst` is `flip_sin_to_cos`, `shift` is `freq_shift`.
at::Tensor sinusoidalEmbedding(const at::Tensor& t, int64_t features, bool cosineFirst, double shift);

/// Immutable after construction and safe to run from several threads. Computes on the device and in the dtype
/// of its weights; throws Stopped between layers when the token asks, c10::Error when LibTorch does.
class UNet final {
public:
    /// Asks `parameters` for every weight by its published name; problems are told by their source.
    UNet(const UNetConfig& config, const Parameters& parameters);

    /// The same results with the weights of one block in memory at a time: `source` is asked again for each
    /// block in every pass. For one thread at a time. What the source throws passes through.
    UNet(const UNetConfig& config, std::unique_ptr<ParameterSource> source);

    const UNetConfig& config() const { return m_config; }

    /// The part of the work that depends on the prompt alone. Inputs may be of any floating dtype; shapes as
    /// in TextConditioning, checked.
    PreparedConditioning prepare(const TextConditioning& conditioning) const;

    /// sample: [batch, inChannels, height, width], any height and width; timesteps: [batch], may be
    /// fractional; conditioning of the same batch → [batch, outChannels, height, width] in the weights'
    /// dtype.
    at::Tensor forward(const at::Tensor& sample, const at::Tensor& timesteps,
                       const PreparedConditioning& conditioning, const std::stop_token& stop = {}) const;

    /// The same for a single use of the prompt.
    at::Tensor forward(const at::Tensor& sample, const at::Tensor& timesteps,
                       const TextConditioning& conditioning, const std::stop_token& stop = {}) const;

private:
    /// Two layers with silu between: "linear_1", "linear_2".
    struct Embedding {
        Linear first;
        Linear second;

        Embedding(const Parameters& parameters, int64_t in, int64_t out);
        at::Tensor operator()(const at::Tensor& x) const;
    };

    UNet(const UNetConfig& config, const Parameters& parameters, Residence residence);

    at::Tensor addedTimeEmbedding(const TextConditioning& conditioning) const;

    UNetConfig m_config;
    std::unique_ptr<ParameterSource> m_source; ///< only where the blocks are streamed
    std::size_t m_crossAttentions = 0;         ///< counted while the blocks are built
    Conv2d m_convIn;
    Embedding m_timeEmbedding;
    std::optional<Embedding> m_addedEmbedding;
    std::vector<NetworkPart<UNetDownBlock>> m_down;
    NetworkPart<UNetMiddle> m_middle;
    std::vector<NetworkPart<UNetUpBlock>> m_up;
    GroupNorm m_normOut;
    Conv2d m_convOut;
    at::TensorOptions m_options; ///< dtype and device of the weights
};

} // namespace unfog
