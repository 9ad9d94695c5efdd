#include "base/files/temporary_file.h"

#include <cerrno>
#include <cstdio>
#include <random>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace unfog {

namespace {

std::string reason(int error)
{
    return std::generic_category().message(error);
}

} // namespace

TemporaryFile::TemporaryFile(std::filesystem::path path, int descriptor)
    : m_path(std::move(path)), m_descriptor(descriptor)
{
}

TemporaryFile::TemporaryFile(TemporaryFile&& other) noexcept
    : m_path(std::move(other.m_path)), m_descriptor(std::exchange(other.m_descriptor, -1)),
      m_lock(std::exchange(other.m_lock, -1)), m_exists(std::exchange(other.m_exists, false))
{
}

TemporaryFile::~TemporaryFile()
{
    if (m_exists)
        ::unlink(m_path.c_str());
    close();
    if (m_lock >= 0)
        ::close(m_lock);
}

Result<TemporaryFile> TemporaryFile::create(const std::filesystem::path& folder)
{
    // Only the name is random: nothing that is computed depends on it.
    std::random_device random;
    for (int attempt = 0; attempt < 100; ++attempt) {
        const auto path = folder / (".unfog-" + std::to_string(random()) + ".part");
        const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor < 0 && errno != EEXIST)
            return fail(ErrorKind::Io, reason(errno));
        if (descriptor < 0)
            continue;
        TemporaryFile file(path, descriptor);
        if (file.lock())
            return Result<TemporaryFile>(std::move(file));
    }
    return fail(ErrorKind::Io, "no free name for a temporary file was found");
}

/// False: another process took the file for a stale one in the moment before and is about to remove it.
bool TemporaryFile::lock()
{
    if (::flock(m_descriptor, LOCK_EX | LOCK_NB) != 0)
        return errno != EWOULDBLOCK;
    struct stat status {};
    if (::fstat(m_descriptor, &status) == 0 && status.st_nlink == 0)
        return false;
    m_lock = ::fcntl(m_descriptor, F_DUPFD_CLOEXEC, 0);
    return true;
}

int TemporaryFile::close()
{
    return m_descriptor < 0 || ::close(std::exchange(m_descriptor, -1)) == 0 ? 0 : errno;
}

int TemporaryFile::write(std::span<const std::byte> bytes)
{
    while (!bytes.empty()) {
        const ssize_t count = ::write(m_descriptor, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return count < 0 ? errno : ENOSPC;
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return ::fsync(m_descriptor) == 0 ? 0 : errno;
}

int TemporaryFile::renameTo(const std::filesystem::path& target)
{
    // Some file systems report what went wrong at the end only.
    if (const int error = close(); error != 0)
        return error;
    if (::rename(m_path.c_str(), target.c_str()) != 0)
        return errno;
    m_exists = false;
    return 0;
}

int TemporaryFile::renameWithoutReplacing(const std::filesystem::path& target)
{
    if (const int error = close(); error != 0)
        return error;
    if (::renameat2(AT_FDCWD, m_path.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE) == 0) {
        m_exists = false;
        return 0;
    }
    if (errno != EINVAL && errno != ENOSYS)
        return errno;
    // The destructor removes the temporary name, the new one stays.
    if (::link(m_path.c_str(), target.c_str()) == 0)
        return 0;
    if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS)
        return errno;
    // Neither call exists on this file system (FAT over FUSE): a look first is the best there is.
    struct stat status {};
    return ::lstat(target.c_str(), &status) == 0 ? EEXIST : renameTo(target);
}

std::string describeWriteFailure(const std::filesystem::path& folder, std::size_t neededBytes, int error)
{
    if (error != ENOSPC && error != EDQUOT && error != EFBIG)
        return reason(error);
    std::string text = error == ENOSPC   ? "the disk is full: "
                       : error == EDQUOT ? "the disk quota is used up: "
                                         : "the file would be larger than allowed: ";
    text += std::to_string(neededBytes) + " bytes are needed";
    std::error_code unknown;
    const auto space = std::filesystem::space(folder, unknown);
    if (!unknown)
        text += ", " + std::to_string(space.available) + " are available";
    return text;
}

std::filesystem::path folderOf(const std::filesystem::path& file)
{
    return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

void synchronizeFolder(const std::filesystem::path& folder)
{
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return;
    ::fsync(descriptor);
    ::close(descriptor);
}

} // namespace unfog
