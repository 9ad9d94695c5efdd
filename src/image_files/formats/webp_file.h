#pragma once

#include <cstddef>
#include <span>

#include "base/result.h"
#include "generation/engine/images.h"

namespace unfog {

/// Lossy and lossless; transparency is laid on white. Orientation and colour profiles are not applied.
/// Animations are Unsupported. BadFile: no WebP, cut anywhere, broken data.
Result<PixelImage> decodeWebp(std::span<const std::byte> bytes);

} // namespace unfog
