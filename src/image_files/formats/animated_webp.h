#pragma once

#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

#include "base/result.h"
#include "generation/engine/images.h"

/// A run as an animation, encoded by libwebp.
namespace unfog {

struct AnimationFrame {
    PixelImage image; ///< all of one size
    int milliseconds = 40;
};

/// An animated WebP that repeats for ever; `quality` 1 … 100, 100 is lossless. At least one frame. Stopped
/// between two frames, it fails with Cancelled.
Result<std::vector<std::uint8_t>> encodeAnimatedWebp(std::span<const AnimationFrame> frames, int quality,
                                                     const std::stop_token& stop = {});

} // namespace unfog
