#include "image_files/formats/webp_file.h"

#include <cstdint>
#include <vector>

#include <webp/decode.h>

#include "image_files/formats/flatten.h"

namespace unfog {

Result<PixelImage> decodeWebp(std::span<const std::byte> bytes)
{
    const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    const auto broken = [] { return fail(ErrorKind::BadFile, "its WebP data is cut or broken"); };
    WebPBitstreamFeatures features;
    if (WebPGetFeatures(data, bytes.size(), &features) != VP8_STATUS_OK)
        return broken();
    if (features.has_animation)
        return fail(ErrorKind::Unsupported, "it is an animation; a still image is expected");
    if (auto size = checkImageSize(features.width, features.height); !size)
        return tl::unexpected(size.error());

    PixelImage image{features.width, features.height, {}};
    const std::size_t pixels =
        static_cast<std::size_t>(image.widthPx) * static_cast<std::size_t>(image.heightPx);
    image.rgb.resize(pixels * 3);
    if (!features.has_alpha) {
        const bool isDecoded =
            WebPDecodeRGBInto(data, bytes.size(), image.rgb.data(), image.rgb.size(), image.widthPx * 3);
        return isDecoded ? Result<PixelImage>(std::move(image)) : broken();
    }
    std::vector<std::uint8_t> rgba(pixels * 4);
    if (!WebPDecodeRGBAInto(data, bytes.size(), rgba.data(), rgba.size(), image.widthPx * 4))
        return broken();
    flattenOnWhite(rgba.data(), pixels, image.rgb.data());
    return image;
}

} // namespace unfog
