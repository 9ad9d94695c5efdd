#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.h"

namespace unfog {

/// Lays `count` RGBA pixels with straight alpha on white, rounded to the nearest value.
void flattenOnWhite(const std::uint8_t* rgba, std::size_t count, std::uint8_t* rgb);

/// BadFile: a side is not positive, or there are more than kMaxImagePixels.
Result<void> checkImageSize(std::int64_t widthPx, std::int64_t heightPx);

} // namespace unfog
