#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/files/read_file.h"
#include "base/result.h"
#include "generation/engine/images.h"
#include "image_files/formats/png_chunks.h"

namespace unfog {

/// An 8-bit RGB PNG with each text as an uncompressed iTXt chunk before the picture. The same picture and
/// texts give the same bytes: fixed filters and compression level, no time, no program name.
Result<Bytes> encodePng(const PixelImage& image, std::span<const PngText> texts);

/// Grey, palette, 16-bit and interlaced pictures become 8-bit RGB, 16-bit values by dropping their low byte;
/// transparency is laid on white. Colour profiles and gamma are not applied. BadFile: no PNG, cut anywhere, a
/// wrong checksum, larger than kMaxImagePixels, broken data: never half a picture.
Result<PixelImage> decodePng(std::span<const std::byte> bytes);

} // namespace unfog
