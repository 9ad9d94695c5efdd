#pragma once

#include <cstddef>
#include <span>

#include "base/result.h"
#include "generation/engine/images.h"

namespace unfog {

/// Baseline and progressive; grey and CMYK (also with Adobe's inverted values) become RGB. Orientation and
/// colour profiles are not applied. BadFile: no JPEG, cut anywhere, broken data, larger than kMaxImagePixels,
/// more than 500 scans.
Result<PixelImage> decodeJpeg(std::span<const std::byte> bytes);

} // namespace unfog
