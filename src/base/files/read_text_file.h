#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "base/result.h"

namespace unfog {

constexpr std::size_t textFileLimitBytes = std::size_t{64} << 20;

/// The whole of a small file. Errors: missing, not a regular file, larger than `textFileLimitBytes`, cut.
Result<std::string> readTextFile(const std::filesystem::path& file);

} // namespace unfog
