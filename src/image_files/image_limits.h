#pragma once

#include <cstddef>
#include <cstdint>

#include "base/files/read_file.h"

/// What a picture file may cost before it is refused. With these limits no reader here needs more than 1 GB,
/// whatever a file claims about itself.
namespace unfog {

inline constexpr std::int64_t kMaxImagePixels = std::int64_t{8192} * 8192; ///< the largest that is generated
inline constexpr std::size_t kMaxImageFileBytes = kMaxFileBytes;
inline constexpr std::size_t kMaxTextBytes = std::size_t{16} << 20; ///< one text of a picture, inflated
inline constexpr std::size_t kMaxAllTextBytes = std::size_t{64} << 20;

} // namespace unfog
