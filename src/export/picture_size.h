#pragma once

#include <cstddef>
#include <span>

#include <QSize>

#include "base/result.h"

namespace unfog {

/// As the picture is shown: turned as its Exif orientation says. From the heading where Qt knows the format,
/// else by decoding.
Result<QSize> pictureSize(std::span<const std::byte> bytes);

} // namespace unfog
