#include "base/files/set_aside.h"

#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "base/files/read_file.h"

namespace unfog {

namespace {

namespace fs = std::filesystem;

bool isSame(const fs::path& a, const fs::path& b)
{
    std::error_code error;
    if (fs::equivalent(a, b, error))
        return true;
    if (fs::file_size(a, error) != fs::file_size(b, error) || error)
        return false;
    const auto first = readFile(a);
    const auto second = readFile(b);
    return first && second && *first == *second;
}

/// 0 or errno; EEXIST when `to` is there in any form.
int keepUnder(const fs::path& file, const fs::path& to)
{
    std::error_code error;
    if (fs::is_regular_file(file, error)) {
        fs::copy_file(file, to, fs::copy_options::none, error);
        if (!error)
            return 0;
        if (error == std::errc::file_exists)
            return EEXIST;
        fs::remove(to, error);
    }
    // A folder, a file that cannot be read, a full disk: the name itself moves.
    if (::renameat2(AT_FDCWD, file.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return errno;
    std::error_code unknown;
    if (fs::symlink_status(to, unknown).type() != fs::file_type::not_found)
        return EEXIST;
    return ::rename(file.c_str(), to.c_str()) == 0 ? 0 : errno;
}

} // namespace

Result<fs::path> setAside(const fs::path& file)
{
    constexpr int kMaxNumber = 100000;
    for (int number = 1; number <= kMaxNumber; ++number) {
        const fs::path name =
            file.string() + ".bad" + (number > 1 ? '-' + std::to_string(number) : std::string());
        std::error_code unknown;
        if (fs::symlink_status(name, unknown).type() != fs::file_type::not_found) {
            if (isSame(file, name))
                return name;
            continue;
        }
        const int error = keepUnder(file, name);
        if (error == 0)
            return name;
        if (error != EEXIST)
            return fail(ErrorKind::Io, file.string() + " cannot be kept as " + name.string() + ": " +
                                           std::generic_category().message(error));
    }
    return fail(ErrorKind::Io, file.string() + " cannot be set aside: no free name was found");
}

} // namespace unfog
