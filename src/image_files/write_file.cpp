#include "image_files/write_file.h"

#include <cerrno>
#include <random>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace unfog {
namespace {

std::string reason(int error)
{
    return std::generic_category().message(error);
}

/// A new file that is closed, and removed unless it was renamed.
class TemporaryFile final {
public:
    static Result<TemporaryFile> create(const std::filesystem::path& folder)
    {
        // Only the name is random: nothing that is computed depends on it.
        std::random_device random;
        for (int attempt = 0; attempt < 100; ++attempt) {
            const auto path = folder / (".unfog-" + std::to_string(random()) + ".part");
            const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
            if (descriptor >= 0)
                return TemporaryFile(path, descriptor);
            if (errno != EEXIST)
                return fail(ErrorKind::Io, reason(errno));
        }
        return fail(ErrorKind::Io, "no free name for a temporary file was found");
    }

    TemporaryFile(TemporaryFile&& other) noexcept
        : m_path(std::move(other.m_path)), m_descriptor(std::exchange(other.m_descriptor, -1)),
          m_exists(std::exchange(other.m_exists, false))
    {
    }
    TemporaryFile& operator=(TemporaryFile&&) = delete;

    ~TemporaryFile()
    {
        if (m_descriptor >= 0)
            ::close(m_descriptor);
        if (m_exists)
            ::unlink(m_path.c_str());
    }

    /// 0 or errno.
    int write(std::span<const std::byte> bytes)
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

    int closeAndRename(const std::filesystem::path& target)
    {
        if (::close(std::exchange(m_descriptor, -1)) != 0)
            return errno;
        if (::rename(m_path.c_str(), target.c_str()) != 0)
            return errno;
        m_exists = false;
        return 0;
    }

private:
    TemporaryFile(std::filesystem::path path, int descriptor)
        : m_path(std::move(path)), m_descriptor(descriptor)
    {
    }

    std::filesystem::path m_path;
    int m_descriptor = -1;
    bool m_exists = true;
};

std::string describeFailure(const std::filesystem::path& folder, std::size_t neededBytes, int error)
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

/// Makes the new name durable. The file itself is safe already, so a file system that cannot do it is no
/// error.
void synchronizeFolder(const std::filesystem::path& folder)
{
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return;
    ::fsync(descriptor);
    ::close(descriptor);
}

} // namespace

Result<void> writeFileAtomically(const std::filesystem::path& file, std::span<const std::byte> bytes)
{
    const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
    const auto notSaved = [&](const std::string& why) {
        return fail(ErrorKind::Io, file.string() + " was not saved: " + why);
    };
    int error = 0;
    {
        auto temporary = TemporaryFile::create(folder);
        if (!temporary)
            return notSaved(temporary.error().message);
        error = temporary->write(bytes);
        if (error == 0)
            error = temporary->closeAndRename(file);
    }
    // The part that was written is removed by now: what is available is what a next attempt would find.
    if (error != 0)
        return notSaved(describeFailure(folder, bytes.size(), error));
    synchronizeFolder(folder);
    return {};
}

} // namespace unfog
