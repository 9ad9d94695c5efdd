#pragma once

#include <cstddef>
#include <span>

#include <QString>

#include "base/result.h"

/// New files that replace nothing, for names as Qt has them: the functions of base/files/write_file.h.
namespace unfog {

Result<bool> writeNewFile(const QString& file, std::span<const std::byte> bytes);
Result<QString> writeUnderFreeName(const QString& folder, const QString& stem, const QString& suffix,
                                   std::span<const std::byte> bytes);
QString numberedName(const QString& stem, const QString& suffix, int number);

} // namespace unfog
