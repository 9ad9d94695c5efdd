#pragma once

#include <vector>

#include "generation/engine/images.h"

/// The fast preview: an affine map from one latent pixel to one colour, fitted to the loaded autoencoder
/// itself.
namespace unfog {

struct LatentRgbMap {
    int channels = 0;
    int upscale = 8; ///< picture pixels per latent pixel, 8 for Stable Diffusion
    /// [3][channels + 1], the last column is the offset; colours in 0 … 1. Empty: not fitted.
    std::vector<float> coefficients;
    double psnrDb =
        0.0; ///< against full decodes reduced to the latent's size, on latents not used for the fit

    bool isFitted() const { return !coefficients.empty(); }
    /// One picture pixel per latent pixel; the caller enlarges it by `upscale`.
    PixelImage apply(const LatentImage& latent) const;

    bool operator==(const LatentRgbMap&) const = default;
};

} // namespace unfog
