#pragma once

#include <QImage>

#include "generation/engine/images.h"
#include "generation/engine/latent_rgb_map.h"

/// Values of the engine as pictures of Qt, and back.
namespace unfog {

/// Format_RGB888, a deep copy. A null image for an empty one.
QImage toQImage(const PixelImage& image);
/// Alpha is laid over white, colour profiles are converted to sRGB. Empty for a null image.
PixelImage toPixelImage(const QImage& image);

/// One pixel per latent pixel; scale it up with smoothing for the screen. Uses `map` where it is fitted to
/// this number of channels, else the first three channels, each spread over its own range.
QImage approximatePicture(const LatentImage& latent, const LatentRgbMap& map);

} // namespace unfog
