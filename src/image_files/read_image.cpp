#include "image_files/read_image.h"

#include <algorithm>
#include <new>

#include "base/files/read_file.h"
#include "image_files/formats/image_format.h"
#include "image_files/formats/jpeg_file.h"
#include "image_files/formats/png_file.h"
#include "image_files/formats/webp_file.h"
#include "image_files/metadata/exif.h"

namespace unfog {
namespace {

Result<PixelImage> decodeByFormat(std::span<const std::byte> bytes, ImageFormat format)
{
    switch (format) {
    case ImageFormat::Png:
        return decodePng(bytes);
    case ImageFormat::Jpeg:
        return decodeJpeg(bytes);
    case ImageFormat::Webp:
        return decodeWebp(bytes);
    case ImageFormat::Other:
        break;
    }
    return fail(ErrorKind::Unsupported,
                "it is " + describeOther(bytes) + "; PNG, JPEG and WebP images are read");
}

} // namespace

PixelImage orientImage(const PixelImage& image, int orientation)
{
    if (orientation <= 1 || orientation > 8)
        return image;
    const bool isTransposed = orientation >= 5;
    const bool isMirrored = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    const bool isFlipped = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    PixelImage out{
        isTransposed ? image.heightPx : image.widthPx, isTransposed ? image.widthPx : image.heightPx, {}};
    out.rgb.resize(image.rgb.size());
    std::uint8_t* target = out.rgb.data();
    for (int y = 0; y < out.heightPx; ++y)
        for (int x = 0; x < out.widthPx; ++x, target += 3) {
            int column = isTransposed ? y : x, row = isTransposed ? x : y;
            if (isMirrored)
                column = image.widthPx - 1 - column;
            if (isFlipped)
                row = image.heightPx - 1 - row;
            const std::size_t source = (static_cast<std::size_t>(row) * image.widthPx + column) * 3;
            std::copy_n(image.rgb.data() + source, 3, target);
        }
    return out;
}

Result<PixelImage> decodeImage(std::span<const std::byte> bytes)
{
    const ImageFormat format = formatOf(bytes);
    try {
        auto image = decodeByFormat(bytes, format);
        if (!image)
            return image;
        const int orientation = readExif(findExif(bytes, format)).orientation;
        return orientation == 1 ? std::move(image) : orientImage(*image, orientation);
    } catch (const std::bad_alloc&) {
        return fail(ErrorKind::OutOfMemory, "there is not enough memory for its pixels");
    }
}

Result<PixelImage> readImage(const std::filesystem::path& file)
{
    const auto bytes = readFile(file);
    if (!bytes)
        return tl::unexpected(bytes.error());
    auto image = decodeImage(*bytes);
    if (!image)
        return fail(image.error().kind,
                    file.string() + " cannot be read as an image: " + image.error().message);
    return image;
}

} // namespace unfog
