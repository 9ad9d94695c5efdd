#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "weights/files/safetensors_header.h"

namespace unfog {

/// One safetensors file, held open until the last owner goes. Free of Torch. Immutable and safe to read from
/// many threads. Never mapped: a file that somebody cuts while it is open is an error of read(), where
/// touching a mapping would end the process (SIGBUS).
class SafetensorsFile final {
public:
    /// Opens and checks every rule of the format. Errors name file, tensor, expected and found.
    static Result<std::shared_ptr<const SafetensorsFile>> open(const std::filesystem::path& path);

    ~SafetensorsFile();
    SafetensorsFile(const SafetensorsFile&) = delete;
    SafetensorsFile& operator=(const SafetensorsFile&) = delete;

    const std::filesystem::path& path() const { return m_path; }
    std::uint64_t fileBytes() const { return m_identity.bytes; }
    const std::map<std::string, std::string>& metadata() const { return m_header.metadata; }
    const TensorTable& tensors() const { return m_header.tensors; }
    const std::vector<std::string>& ignoredFields() const { return m_header.ignoredFields; }

    /// Null when there is no such tensor.
    const TensorInfo* find(std::string_view name) const;

    /// A copy of a tensor's bytes; `name` must exist.
    Result<std::vector<std::byte>> bytes(std::string_view name) const;

    /// Copies `into.size()` bytes of `tensor` from its byte `firstByte` on, by pread.
    Result<void> read(const TensorInfo& tensor, std::uint64_t firstByte, std::span<std::byte> into) const;

    /// An error once the file under this path is no longer the one that was opened: size, time, inode.
    Result<void> unchanged() const;

    /// SHA-256 of the header (8 + N bytes) and the file's size (8 bytes little-endian), lower-case hex: names
    /// a model without reading its gigabytes.
    const std::string& headerSha256() const { return m_headerSha256; }

private:
    struct Identity {
        std::uint64_t bytes = 0;
        std::int64_t modifiedSeconds = 0;
        std::int64_t modifiedNanoseconds = 0;
        std::uint64_t inode = 0;
        std::uint64_t device = 0;
        bool operator==(const Identity&) const = default;
    };

    SafetensorsFile() = default;
    Result<void> readAt(std::uint64_t offset, std::span<std::byte> into) const;
    static Result<Identity> identify(const std::filesystem::path& path, int descriptor);

    std::filesystem::path m_path;
    int m_descriptor = -1;
    std::string m_headerSha256;
    Identity m_identity;
    SafetensorsHeader m_header;
};

} // namespace unfog
