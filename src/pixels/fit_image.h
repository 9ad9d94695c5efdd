#pragma once

#include "generation/engine/images.h"

namespace unfog {

/// Scales so that the picture just covers widthPx × heightPx, both above 0, and cuts what stands over on two
/// opposite sides. Area averaging where it becomes smaller, Lanczos (8 × 8) where it becomes larger; a
/// picture that has the size already is given back unchanged.
PixelImage fitImage(const PixelImage& image, int widthPx, int heightPx);

} // namespace unfog
