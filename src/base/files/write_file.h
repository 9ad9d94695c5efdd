#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

/// Files that are whole on the disk or not there. Each is written to a new file in the same folder,
/// synchronised to the disk, then renamed; a power loss may cost the newest name, never leave a torn file.
/// New files get the permissions that the umask leaves of rw-rw-rw-. Errors are Io and name the file and the
/// reason; on a full disk also how many bytes were needed and how many are available. Any thread.
namespace unfog {

/// Afterwards `file` holds `bytes`, or, on an error, what it held before and nothing is left beside it.
Result<void> writeFileAtomically(const std::filesystem::path& file, std::span<const std::byte> bytes);

Result<void> writeTextAtomically(const std::filesystem::path& file, std::string_view text);

/// The same, but replaces nothing, whoever else writes into the folder at the same moment. False, and nothing
/// is changed: something of that name exists (a link that leads nowhere too).
Result<bool> writeNewFile(const std::filesystem::path& file, std::span<const std::byte> bytes);

/// folder/stem.suffix, else folder/stem-2.suffix, -3 …: the first name that is free. Returns the file.
Result<std::filesystem::path> writeUnderFreeName(const std::filesystem::path& folder, const std::string& stem,
                                                 const std::string& suffix, std::span<const std::byte> bytes);

/// Makes a folder and those above it; Io where that fails.
Result<void> makeFolder(const std::filesystem::path& folder);

/// "stem.suffix" for 1, "stem-2.suffix" for 2, …
std::string numberedName(const std::string& stem, const std::string& suffix, int number);

/// Finds out whether files can be written into `folder`, which is made where it does not exist, by writing
/// one of a block and removing it again.
Result<void> probeFolder(const std::filesystem::path& folder);

} // namespace unfog
