#pragma once

#include <filesystem>

#include "generation/result.h"

namespace unfog {

/// Keeps a damaged file of ours under "FILE.bad", "FILE.bad-2", …, the first name that is free: nothing that
/// was kept before is replaced. Returns that name, or the one under which the same bytes are kept already.
///
/// `file` itself may stay where it is (as a second name of the same bytes), to be replaced by
/// writeFileAtomically; a folder or a file that cannot be read is renamed. Needs no room on the disk where the
/// file system knows hard links. Io when it cannot be kept: then `file` is as it was.
Result<std::filesystem::path> setAside(const std::filesystem::path& file);

} // namespace unfog
