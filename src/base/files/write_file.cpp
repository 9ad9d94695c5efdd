#include "base/files/write_file.h"

#include <array>
#include <cerrno>
#include <system_error>

#include "base/files/temporary_file.h"

namespace unfog {
namespace {

namespace fs = std::filesystem;

enum class Existing { IsReplaced, IsKept };

tl::unexpected<Error> notSaved(const fs::path& file, const std::string& why)
{
    return fail(ErrorKind::Io, file.string() + " was not saved: " + why);
}

/// False: the name is taken, and existing files are kept.
Result<bool> writeWhole(const fs::path& file, std::span<const std::byte> bytes, Existing existing)
{
    const fs::path folder = folderOf(file);
    int error = 0;
    {
        auto temporary = TemporaryFile::create(folder);
        if (!temporary)
            return notSaved(file, temporary.error().message);
        error = temporary->write(bytes);
        if (error == 0)
            error = existing == Existing::IsReplaced ? temporary->renameTo(file)
                                                     : temporary->renameWithoutReplacing(file);
    }
    if (existing == Existing::IsKept && error == EEXIST)
        return false;
    // The part that was written is removed by now: what is available is what a next attempt would find.
    if (error != 0)
        return notSaved(file, describeWriteFailure(folder, bytes.size(), error));
    synchronizeFolder(folder);
    return true;
}

Result<void> probeExisting(const fs::path& folder)
{
    constexpr std::size_t blockBytes = 4096;
    const std::array<std::byte, blockBytes> block = {};
    int error = 0;
    {
        auto temporary = TemporaryFile::create(folder);
        if (!temporary)
            return fail(ErrorKind::Io, temporary.error().message);
        error = temporary->write(block);
    }
    if (error != 0)
        return fail(ErrorKind::Io, describeWriteFailure(folder, blockBytes, error));
    return {};
}

} // namespace

Result<void> writeFileAtomically(const fs::path& file, std::span<const std::byte> bytes)
{
    const auto written = writeWhole(file, bytes, Existing::IsReplaced);
    if (!written)
        return tl::unexpected(written.error());
    return {};
}

Result<void> writeTextAtomically(const fs::path& file, std::string_view text)
{
    return writeFileAtomically(file, std::as_bytes(std::span(text)));
}

Result<bool> writeNewFile(const fs::path& file, std::span<const std::byte> bytes)
{
    return writeWhole(file, bytes, Existing::IsKept);
}

Result<void> makeFolder(const fs::path& folder)
{
    std::error_code error;
    fs::create_directories(folder, error);
    if (error)
        return fail(ErrorKind::Io, folder.string() + " cannot be created: " + error.message());
    return {};
}

std::string numberedName(const std::string& stem, const std::string& suffix, int number)
{
    return (number <= 1 ? stem : stem + "-" + std::to_string(number)) + "." + suffix;
}

Result<fs::path> writeUnderFreeName(const fs::path& folder, const std::string& stem,
                                    const std::string& suffix, std::span<const std::byte> bytes)
{
    constexpr int kMaxNumber = 100000;
    for (int number = 1; number <= kMaxNumber; ++number) {
        const fs::path file = folder / numberedName(stem, suffix, number);
        std::error_code error;
        // Most taken names are seen here, without writing the bytes for nothing.
        if (fs::exists(file, error))
            continue;
        const auto isWritten = writeNewFile(file, bytes);
        if (!isWritten)
            return tl::unexpected(isWritten.error());
        if (*isWritten)
            return file;
    }
    return fail(ErrorKind::Io, "No free name for " + stem + " was found in " + folder.string() + ".");
}

Result<void> probeFolder(const fs::path& folder)
{
    const auto noFiles = [&](const std::string& why) {
        return fail(ErrorKind::Io, "No file can be saved in " + folder.string() + ": " + why + ".");
    };
    std::error_code error;
    fs::create_directories(folder, error);
    if (error)
        return noFiles(error.message());
    if (const auto written = probeExisting(folder); !written)
        return noFiles(written.error().message);
    return {};
}

} // namespace unfog
