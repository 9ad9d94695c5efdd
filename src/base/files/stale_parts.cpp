#include <cerrno>
#include <ctime>
#include <filesystem>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files/temporary_file.h"

namespace unfog {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBeginning = ".unfog-";
constexpr std::string_view kEnd = ".part";
constexpr std::time_t kDaySeconds = 86'400;

/// Numbers, or the UUIDs of earlier versions.
bool isPartName(std::string_view name)
{
    if (name.size() <= kBeginning.size() + kEnd.size() || !name.starts_with(kBeginning) ||
        !name.ends_with(kEnd))
        return false;
    name.remove_prefix(kBeginning.size());
    name.remove_suffix(kEnd.size());
    return name.find_first_not_of("0123456789abcdef-") == std::string_view::npos;
}

void removeIfStale(const fs::path& file)
{
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0)
        return;
    struct stat status {};
    if (::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == ::geteuid()) {
        const bool isLockable = ::flock(descriptor, LOCK_EX | LOCK_NB) == 0;
        const bool hasNoLocks = !isLockable && errno != EWOULDBLOCK;
        if (isLockable || (hasNoLocks && std::time(nullptr) - status.st_mtime > kDaySeconds))
            ::unlink(file.c_str());
    }
    ::close(descriptor);
}

template <typename Iterator>
void removeAll(const fs::path& folder)
{
    std::error_code error;
    for (Iterator entry(folder, fs::directory_options::skip_permission_denied, error), end;
         !error && entry != end; entry.increment(error))
        if (isPartName(entry->path().filename().native()))
            removeIfStale(entry->path());
}

} // namespace

void removeStaleParts(const fs::path& folder, bool recursive)
{
    if (recursive)
        removeAll<fs::recursive_directory_iterator>(folder);
    else
        removeAll<fs::directory_iterator>(folder);
}

} // namespace unfog
