#pragma once

#include <optional>

#include <QString>

#include "base/result.h"
#include "export/export_plan.h"

/// One image into one file that a person chose, with what it says of its making.
namespace unfog {

/// "a red apple-4711": safe as a file name on every system, no suffix. "image-4711" without a prompt.
QString copyName(const QString& prompt, quint64 seed);

/// By the suffix of `file`: png, jpg, jpeg or webp; none for another.
std::optional<ExportFormat> formatOf(const QString& file);

/// Reads `source` and writes `target`, replacing it. A file of the same format is copied byte by byte, so
/// that nothing in it is lost; JPEG and WebP keep both texts as Exif. Any thread. Errors: another suffix, a
/// source that can't be read, a target that can't be written (it is then as it was before).
Result<void> saveCopy(const QString& source, const QString& target);

} // namespace unfog
