#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "generation/images.h"
#include "generation/result.h"

/// JPEG and WebP bytes by OpenCV, with our texts as EXIF. PNG has its own writer in image_files.
namespace unfog {

using Bytes = std::vector<std::uint8_t>;

/// `quality` 1 … 100.
Result<Bytes> encodeJpeg(const PixelImage& image, int quality);
Result<Bytes> encodeWebp(const PixelImage& image, int quality);

/// UTF-8 texts; empty ones are left out.
struct ExifTexts {
    std::string userComment; ///< 0x9286 in "UNICODE" form, UTF-16BE: where A1111 keeps its parameters
    std::string description; ///< 0x010E, UTF-8: where our JSON goes
};

/// A TIFF block (big-endian), without the "Exif\0\0" heading.
Bytes exifBlock(const ExifTexts& texts);
/// As APP1 behind SOI (and JFIF). Error when it is no JPEG or the block exceeds the 65 533 bytes a segment
/// holds.
Result<Bytes> withExifInJpeg(const Bytes& jpeg, const Bytes& exif);
/// As EXIF chunk; a simple file becomes an extended one (VP8X).
Result<Bytes> withExifInWebp(const Bytes& webp, const Bytes& exif, int widthPx, int heightPx);

} // namespace unfog
