#pragma once

#include <optional>

#include "networks/layers/layers.h"

/// The residual block of the UNet and of the autoencoder, and the layers that change the resolution.
namespace unfog {

struct ResnetShape {
    int64_t in = 0;
    int64_t out = 0;
    int64_t groups = 32;
    double eps = 1e-5;
    int64_t timeFeatures = 0; ///< 0: not conditioned on the time, as in the autoencoder
};

/// x + conv(silu(norm(conv(silu(norm(x))) + time))), x through a 1×1 convolution where the channels change.
class ResnetBlock final {
public:
    ResnetBlock(const ResnetShape& shape, const Parameters& parameters);

    /// x: [batch, in, height, width]; activatedTime: silu of the time embedding [batch, timeFeatures],
    /// undefined without conditioning → [batch, out, height, width].
    at::Tensor operator()(at::Tensor x, const at::Tensor& activatedTime = {}) const;

private:
    GroupNorm m_norm1;
    Conv2d m_conv1;
    std::optional<Linear> m_timeProjection;
    GroupNorm m_norm2;
    Conv2d m_conv2;
    std::optional<Conv2d> m_shortcut;
};

/// Halves height and width (rounding up) by a convolution of stride 2. `padding` 1 pads all sides; 0 pads one
/// row below and one column to the right, as the autoencoder's encoder does.
class Downsampler final {
public:
    Downsampler(int64_t channels, int64_t padding, const Parameters& parameters);
    at::Tensor operator()(const at::Tensor& x) const;

private:
    bool m_padsRightAndBottom;
    Conv2d m_conv;
};

/// Nearest neighbours to `height` × `width`, then a convolution.
class Upsampler final {
public:
    Upsampler(int64_t channels, const Parameters& parameters);
    at::Tensor operator()(const at::Tensor& x, int64_t height, int64_t width) const;

private:
    Conv2d m_conv;
};

} // namespace unfog
