#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "base/result.h"
#include "image_files/image_limits.h"

namespace unfog {

using Bytes = std::vector<std::byte>;

/// The whole of a file. Io: it is missing, no regular file, cannot be read, or ends early; BadFile: it has
/// more than `limitBytes`.
Result<Bytes> readFile(const std::filesystem::path& file, std::size_t limitBytes = kMaxImageFileBytes);

} // namespace unfog
