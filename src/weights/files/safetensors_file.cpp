#include "weights/files/safetensors_file.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sha256.h"

namespace unfog {
namespace {

tl::unexpected<Error> systemError(const std::filesystem::path& path, const std::string& what)
{
    return fail(ErrorKind::Io, path.string() + " cannot be " + what + ": " + std::strerror(errno));
}

std::string hashOf(std::span<const std::byte> header, std::uint64_t fileBytes)
{
    std::array<std::byte, 8> size{};
    for (std::size_t i = 0; i < size.size(); ++i)
        size[i] = static_cast<std::byte>(fileBytes >> (8 * i));
    Sha256 hash;
    hash.update(header);
    hash.update(size);
    return hash.finishHex();
}

} // namespace

Result<SafetensorsFile::Identity> SafetensorsFile::identify(const std::filesystem::path& path, int descriptor)
{
    struct stat status {};
    if (descriptor >= 0 ? ::fstat(descriptor, &status) : ::stat(path.c_str(), &status))
        return systemError(path, "examined");
    if (!S_ISREG(status.st_mode))
        return fail(ErrorKind::BadFile,
                    path.string() + " is not a regular file; expected a safetensors file");
    return Identity{static_cast<std::uint64_t>(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
                    status.st_ino, status.st_dev};
}

Result<std::shared_ptr<const SafetensorsFile>> SafetensorsFile::open(const std::filesystem::path& path)
{
    std::shared_ptr<SafetensorsFile> file(new SafetensorsFile);
    file->m_path = path;
    // Without O_NONBLOCK, a named pipe in the place of a model would block for ever.
    file->m_descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file->m_descriptor < 0)
        return systemError(path, "opened");
    Result<Identity> identity = identify(path, file->m_descriptor);
    if (!identity)
        return tl::unexpected(identity.error());
    file->m_identity = *identity;

    std::vector<std::byte> head(std::min<std::uint64_t>(8, identity->bytes));
    if (auto read = file->readAt(0, head); !read)
        return tl::unexpected(read.error());
    head.resize(safetensorsHeadBytes(head, identity->bytes));
    if (auto read = file->readAt(0, head); !read)
        return tl::unexpected(read.error());
    auto header = readSafetensorsHeader(head, identity->bytes);
    if (!header) {
        bool other = header.error().code == SafetensorsErrorCode::Pickle ||
                     header.error().code == SafetensorsErrorCode::OtherFormat;
        return fail(other ? ErrorKind::Unsupported : ErrorKind::BadFile,
                    path.string() + " " + header.error().message);
    }
    file->m_header = std::move(*header);
    file->m_headerSha256 = hashOf(std::span(head).first(file->m_header.headerBytes), identity->bytes);
    return std::shared_ptr<const SafetensorsFile>(std::move(file));
}

SafetensorsFile::~SafetensorsFile()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

const TensorInfo* SafetensorsFile::find(std::string_view name) const
{
    auto found = m_header.tensors.find(name);
    return found == m_header.tensors.end() ? nullptr : &found->second;
}

Result<std::vector<std::byte>> SafetensorsFile::bytes(std::string_view name) const
{
    const TensorInfo* info = find(name);
    assert(info && "bytes() of a tensor that is not in the file");
    std::vector<std::byte> copy(info->byteCount);
    if (auto read = readAt(info->byteOffset, copy); !read)
        return tl::unexpected(read.error());
    return copy;
}

Result<void> SafetensorsFile::read(const TensorInfo& tensor, std::uint64_t firstByte,
                                   std::span<std::byte> into) const
{
    assert(firstByte <= tensor.byteCount && into.size() <= tensor.byteCount - firstByte);
    return readAt(tensor.byteOffset + firstByte, into);
}

Result<void> SafetensorsFile::readAt(std::uint64_t offset, std::span<std::byte> into) const
{
    while (!into.empty()) {
        ssize_t count = ::pread(m_descriptor, into.data(), into.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return systemError(m_path, "read");
        if (count == 0)
            return fail(ErrorKind::BadFile, m_path.string() + " changed while it was open: expected " +
                                                std::to_string(m_identity.bytes) +
                                                " bytes, it ends at byte " + std::to_string(offset));
        into = into.subspan(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
    return {};
}

Result<void> SafetensorsFile::unchanged() const
{
    for (int descriptor : {m_descriptor, -1}) {
        Result<Identity> now = identify(m_path, descriptor);
        if (!now)
            return fail(ErrorKind::Io, "file changed while it was open: " + now.error().message);
        if (*now != m_identity)
            return fail(ErrorKind::Io, m_path.string() + " changed while it was open: expected the file of " +
                                           std::to_string(m_identity.bytes) +
                                           " bytes that was opened, found one of " +
                                           std::to_string(now->bytes) + " bytes or of another time");
    }
    return {};
}

} // namespace unfog
