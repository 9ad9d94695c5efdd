#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "generation/engine/images.h"

/// JPEG and WebP bytes, with our texts as EXIF. PNG has its own writer in image_files.
namespace unfog {

using EncodedBytes = std::vector<std::uint8_t>;

/// `quality` 1 … 100.
Result<EncodedBytes> encodeJpeg(const PixelImage& image, int quality);
Result<EncodedBytes> encodeWebp(const PixelImage& image, int quality);

/// UTF-8 texts; empty ones are left out.
struct ExifTexts {
    std::string userComment; ///< 0x9286 in "UNICODE" form, UTF-16BE: where A1111 keeps its parameters
    std::string description; ///< 0x010E, UTF-8: where our JSON goes, behind kOwnExifPrefix
};

/// How a description begins that is our JSON.
inline const std::string kOwnExifPrefix = "unfog:";

/// A TIFF block (big-endian), without the "Exif\0\0" heading.
EncodedBytes exifBlock(const ExifTexts& texts);
/// As APP1 behind SOI (and JFIF). Error when it is no JPEG or the block exceeds the 65 533 bytes a segment
/// holds.
Result<EncodedBytes> withExifInJpeg(const EncodedBytes& jpeg, const EncodedBytes& exif);
/// As EXIF chunk; a simple file becomes an extended one (VP8X).
Result<EncodedBytes> withExifInWebp(const EncodedBytes& webp, const EncodedBytes& exif, int widthPx,
                                    int heightPx);

} // namespace unfog
