#pragma once

#include <cstdint>
#include <vector>

/// Plain pictures and latents as values, so that nobody above the engine needs Torch.
namespace unfog {

/// 8-bit RGB, rows top to bottom, no padding: `rgb.size() == widthPx * heightPx * 3`.
struct PixelImage {
    int widthPx = 0;
    int heightPx = 0;
    std::vector<std::uint8_t> rgb;

    bool operator==(const PixelImage&) const = default;
};

/// One latent, channel-major [channels, height, width], in the network's own (scaled) units.
struct LatentImage {
    int channels = 0;
    int height = 0;
    int width = 0;
    std::vector<float> values;

    bool operator==(const LatentImage&) const = default;
};

} // namespace unfog
