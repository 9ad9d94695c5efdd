#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace unfog {

/// Replaces `file` in one stroke (temporary file, rename); Io names the file and the reason.
Result<void> writeText(const std::filesystem::path& file, std::string_view text);

/// The whole of a small file; Io where it cannot be read.
Result<std::string> readText(const std::filesystem::path& file);

/// Makes a folder and those above it; Io where that fails.
Result<void> makeFolder(const std::filesystem::path& folder);

} // namespace unfog
