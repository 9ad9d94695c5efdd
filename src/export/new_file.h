#pragma once

#include <cstddef>
#include <span>

#include <QString>

#include "generation/result.h"

/// New files that replace nothing, whoever else writes into the folder at the same moment.
namespace unfog {

/// Whole and on disk, or not there. False, and nothing is changed: something of that name exists (a link that
/// leads nowhere too). Io as writeFileAtomically.
Result<bool> writeNewFile(const QString& file, std::span<const std::byte> bytes);

/// folder/stem.suffix, else folder/stem-2.suffix, -3 …: the first name that is free. Returns the file.
Result<QString> writeUnderFreeName(const QString& folder, const QString& stem, const QString& suffix,
                                   std::span<const std::byte> bytes);

/// "stem.suffix" for 1, "stem-2.suffix" for 2, …
QString numberedName(const QString& stem, const QString& suffix, int number);

} // namespace unfog
