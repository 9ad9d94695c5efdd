#pragma once

#include <filesystem>

#include "base/result.h"

namespace unfog {

/// Keeps a damaged file of ours under "FILE.bad", "FILE.bad-2", …, the first name that is free: nothing that
/// was kept before is replaced. Returns that name, or the one under which the same bytes are kept already.
///
/// A file is copied and stays where it is, to be replaced by its next writer; a folder, a file that cannot be
/// read, and a file for whose copy there is no room, are renamed. Io when it cannot be kept: then `file` is
/// as it was.
Result<std::filesystem::path> setAside(const std::filesystem::path& file);

} // namespace unfog
