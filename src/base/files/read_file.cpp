#include "base/files/read_file.h"

#include <fstream>
#include <string>
#include <system_error>

namespace unfog {
namespace {

template <class Contents>
Result<Contents> readWhole(const std::filesystem::path& file, std::size_t limitBytes)
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
    if (size > limitBytes)
        return fail(ErrorKind::BadFile, file.string() + " has " + std::to_string(size) + " bytes; at most " +
                                            std::to_string(limitBytes) + " are read");
    std::ifstream stream(file, std::ios::binary);
    if (!stream)
        return fail(ErrorKind::Io, file.string() + " cannot be opened for reading");
    Contents bytes(static_cast<std::size_t>(size), typename Contents::value_type{});
    stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
    if (stream.gcount() != static_cast<std::streamsize>(size))
        return fail(ErrorKind::Io, file.string() + " ended after " + std::to_string(stream.gcount()) +
                                       " of its " + std::to_string(size) + " bytes");
    return bytes;
}

} // namespace

Result<Bytes> readFile(const std::filesystem::path& file, std::size_t limitBytes)
{
    return readWhole<Bytes>(file, limitBytes);
}

Result<std::string> readTextFile(const std::filesystem::path& file, std::size_t limitBytes)
{
    return readWhole<std::string>(file, limitBytes);
}

} // namespace unfog
