#include "base/files/write_text.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace unfog {

namespace {

tl::unexpected<Error> ioError(const std::filesystem::path& file, const std::string& what,
                              const std::string& why)
{
    return fail(ErrorKind::Io, file.string() + " cannot be " + what + ": " + why);
}

} // namespace

Result<void> writeText(const std::filesystem::path& file, std::string_view text)
{
    std::filesystem::path part = file;
    part += ".part";
    {
        std::ofstream out(part, std::ios::binary | std::ios::trunc);
        out.write(text.data(), static_cast<std::streamsize>(text.size()));
        out.flush();
        if (!out)
            return ioError(file, "written", std::strerror(errno));
    }
    std::error_code error;
    std::filesystem::rename(part, file, error);
    if (error)
        return ioError(file, "written", error.message());
    return {};
}

Result<std::string> readText(const std::filesystem::path& file)
{
    std::ifstream in(file, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (!in)
        return ioError(file, "read", std::strerror(errno));
    return text;
}

Result<void> makeFolder(const std::filesystem::path& folder)
{
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error)
        return ioError(folder, "made", error.message());
    return {};
}

} // namespace unfog
