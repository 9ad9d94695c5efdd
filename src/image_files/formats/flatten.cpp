#include "image_files/formats/flatten.h"

#include <string>

#include "image_files/image_limits.h"

namespace unfog {

void flattenOnWhite(const std::uint8_t* rgba, std::size_t count, std::uint8_t* rgb)
{
    for (std::size_t i = 0; i < count; ++i, rgba += 4, rgb += 3) {
        const unsigned alpha = rgba[3];
        for (int channel = 0; channel < 3; ++channel)
            rgb[channel] =
                static_cast<std::uint8_t>((rgba[channel] * alpha + 255u * (255u - alpha) + 127u) / 255u);
    }
}

Result<void> checkImageSize(std::int64_t widthPx, std::int64_t heightPx)
{
    // The quotient, because the product of two claimed sides may overflow.
    if (widthPx > 0 && heightPx > 0 && widthPx <= kMaxImagePixels / heightPx)
        return {};
    return fail(ErrorKind::BadFile, "it claims to be " + std::to_string(widthPx) + " x " +
                                        std::to_string(heightPx) + " pixels; images of 1 to " +
                                        std::to_string(kMaxImagePixels) + " pixels are read");
}

} // namespace unfog
