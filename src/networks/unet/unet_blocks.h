#pragma once

#include <optional>
#include <stop_token>
#include <vector>

#include "networks/layers/resnet_block.h"
#include "networks/unet/text_conditioning.h"
#include "networks/unet/transformer_block.h"
#include "networks/unet/unet_config.h"

/// The levels of the UNet. Each block throws Stopped between its layers when asked.
namespace unfog {

/// What every layer is told besides its input; alive for one forward pass.
struct UNetContext {
    at::Tensor activatedTime; ///< silu of the time embedding, [batch, timeEmbeddingFeatures]
    const PreparedConditioning& conditioning;
    const std::stop_token& stop;
};

/// Residual blocks with a transformer behind each, then half the resolution: DownBlock2D,
/// CrossAttnDownBlock2D.
class UNetDownBlock final {
public:
    UNetDownBlock(const UNetConfig& config, std::size_t level, std::size_t& layerCounter,
                  const Parameters& parameters);

    void prepare(const at::Tensor& text, PreparedConditioning& prepared) const;
    /// Appends every intermediate result to `skips`, for the up block of this level.
    at::Tensor operator()(at::Tensor x, const UNetContext& context, std::vector<at::Tensor>& skips) const;

private:
    std::vector<ResnetBlock> m_resnets;
    std::vector<Transformer2d> m_transformers; ///< empty, or one per residual block
    std::optional<Downsampler> m_downsampler;
};

/// UNetMidBlock2DCrossAttn, or UNetMidBlock2D with its single residual block.
class UNetMiddle final {
public:
    UNetMiddle(const UNetConfig& config, std::size_t& layerCounter, const Parameters& parameters);

    void prepare(const at::Tensor& text, PreparedConditioning& prepared) const;
    at::Tensor operator()(at::Tensor x, const UNetContext& context) const;

private:
    std::vector<ResnetBlock> m_resnets;
    std::optional<Transformer2d> m_transformer;
};

/// Residual blocks that take up the skips, with a transformer behind each, then the resolution of the next
/// skip: UpBlock2D, CrossAttnUpBlock2D.
class UNetUpBlock final {
public:
    /// `level`: as in UNetConfig::levels; the network visits them from the last to the first.
    UNetUpBlock(const UNetConfig& config, std::size_t level, std::size_t& layerCounter,
                const Parameters& parameters);

    void prepare(const at::Tensor& text, PreparedConditioning& prepared) const;
    /// Takes its skips from the back of `skips`.
    at::Tensor operator()(at::Tensor x, const UNetContext& context, std::vector<at::Tensor>& skips) const;

private:
    std::vector<ResnetBlock> m_resnets;
    std::vector<Transformer2d> m_transformers;
    std::optional<Upsampler> m_upsampler;
};

} // namespace unfog
