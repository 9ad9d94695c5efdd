#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "generation/result.h"

namespace unfog {

/// Afterwards `file` holds `bytes`, or, on an error, what it held before and nothing is left beside it.
/// Written to a new file in the same folder, synchronised to the disk, then renamed over `file`; a power loss
/// may cost the newest name, never leave a torn file. New files get the permissions that the umask leaves of
/// rw-rw-rw-. Io, naming the file and the reason; on a full disk also how many bytes were needed and how many
/// are available.
Result<void> writeFileAtomically(const std::filesystem::path& file, std::span<const std::byte> bytes);

} // namespace unfog
