#include "base/files/read_text_file.h"

#include <cstdint>
#include <fstream>
#include <system_error>

namespace unfog {

Result<std::string> readTextFile(const std::filesystem::path& file)
{
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (status.type() == std::filesystem::file_type::not_found)
        return fail(ErrorKind::Io, file.string() + " does not exist");
    if (!std::filesystem::is_regular_file(status))
        return fail(ErrorKind::Io, file.string() + " is not a readable file");
    const std::uintmax_t size = std::filesystem::file_size(file, error);
    if (error)
        return fail(ErrorKind::Io, file.string() + " cannot be read: " + error.message());
    if (size > textFileLimitBytes)
        return fail(ErrorKind::BadFile, file.string() + " has " + std::to_string(size) + " bytes; at most " +
                                            std::to_string(textFileLimitBytes) + " are expected");
    std::ifstream stream(file, std::ios::binary);
    if (!stream)
        return fail(ErrorKind::Io, file.string() + " cannot be opened for reading");
    std::string text(static_cast<std::size_t>(size), '\0');
    stream.read(text.data(), static_cast<std::streamsize>(size));
    if (stream.gcount() != static_cast<std::streamsize>(size))
        return fail(ErrorKind::Io, file.string() + " ended after " + std::to_string(stream.gcount()) +
                                       " of its " + std::to_string(size) + " bytes");
    return text;
}

} // namespace unfog
