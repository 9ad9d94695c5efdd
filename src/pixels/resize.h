#pragma once

#include "generation/engine/images.h"

/// Resampling by OpenCV.
namespace unfog {

/// Lanczos. Reducing first limits the band to what the new size can hold (a windowed sinc, a = 3, of the new
/// sampling distance), so that nothing aliases. Sizes ≥ 1; the same size gives the same pixels.
PixelImage resizeLanczos(const PixelImage& image, int widthPx, int heightPx);

/// Cropped in the middle to the proportions of width × height, then resized.
PixelImage resizeToCover(const PixelImage& image, int widthPx, int heightPx);

} // namespace unfog
