#include "export/new_file.h"

#include <filesystem>
#include <string>

#include "base/files/write_file.h"

namespace unfog {

QString numberedName(const QString& stem, const QString& suffix, int number)
{
    return QString::fromStdString(numberedName(stem.toStdString(), suffix.toStdString(), number));
}

Result<bool> writeNewFile(const QString& file, std::span<const std::byte> bytes)
{
    return writeNewFile(std::filesystem::path(file.toStdString()), bytes);
}

Result<QString> writeUnderFreeName(const QString& folder, const QString& stem, const QString& suffix,
                                   std::span<const std::byte> bytes)
{
    const auto file = writeUnderFreeName(std::filesystem::path(folder.toStdString()), stem.toStdString(),
                                         suffix.toStdString(), bytes);
    if (!file)
        return tl::unexpected(file.error());
    return QString::fromStdString(file->string());
}

} // namespace unfog
