#include "generation/engine/latent_rgb_map.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace unfog {

PixelImage LatentRgbMap::apply(const LatentImage& latent) const
{
    assert(isFitted() && latent.channels == channels);
    const std::size_t pixelCount = static_cast<std::size_t>(latent.width) * latent.height;
    PixelImage image{latent.width, latent.height, std::vector<std::uint8_t>(pixelCount * 3)};
    for (int colour = 0; colour < 3; ++colour) {
        const float* row = coefficients.data() + static_cast<std::size_t>(colour) * (channels + 1);
        for (std::size_t pixel = 0; pixel < pixelCount; ++pixel) {
            float value = row[channels];
            for (int channel = 0; channel < channels; ++channel)
                value += row[channel] * latent.values[channel * pixelCount + pixel];
            const float clamped = std::isfinite(value) ? std::clamp(value, 0.0F, 1.0F) : 0.0F;
            image.rgb[pixel * 3 + colour] = static_cast<std::uint8_t>(std::lround(clamped * 255.0F));
        }
    }
    return image;
}

} // namespace unfog
