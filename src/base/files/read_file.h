#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace unfog {

using Bytes = std::vector<std::byte>;

inline constexpr std::size_t kMaxFileBytes = std::size_t{256} << 20;
inline constexpr std::size_t kMaxTextFileBytes = std::size_t{64} << 20;

/// The whole of a file. Io: it is missing, no regular file, cannot be read, or ends early; BadFile: it has
/// more than `limitBytes`.
Result<Bytes> readFile(const std::filesystem::path& file, std::size_t limitBytes = kMaxFileBytes);
Result<std::string> readTextFile(const std::filesystem::path& file,
                                 std::size_t limitBytes = kMaxTextFileBytes);

} // namespace unfog
