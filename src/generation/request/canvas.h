#pragma once

namespace unfog {

/// The size of the image in pixels, multiples of 8; 0 = the model's native size.
struct Canvas {
    int widthPx = 0;
    int heightPx = 0;

    bool operator==(const Canvas&) const = default;
};

} // namespace unfog
