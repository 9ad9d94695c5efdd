#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

/// What a safetensors file says about itself, read and checked without touching the tensors' values. Free of
/// Torch.
///
/// Format: 8 bytes little-endian header length N, N bytes of JSON, then the tensors' bytes without holes.
/// The rules are those of the reference reader (github.com/huggingface/safetensors) and stricter where that
/// one is lenient: no duplicate keys at any level, nothing before `{`, tensors are objects, rank ≤ 8,
/// dimensions < 2⁴⁸, no NUL byte, at most 250,000 tensors. Memory and time stay bounded for any input.
namespace unfog {

enum class Dtype {
    Bool,
    F4,
    F6E2M3,
    F6E3M2,
    U8,
    I8,
    F8E5M2,
    F8E4M3,
    F8E8M0,
    F8E4M3Fnuz,
    F8E5M2Fnuz,
    I16,
    U16,
    F16,
    BF16,
    I32,
    U32,
    F32,
    C64,
    F64,
    I64,
    U64,
};

/// The name as files spell it, e.g. "F8_E4M3".
std::string_view dtypeName(Dtype dtype);
std::optional<Dtype> dtypeFromName(std::string_view name);
int dtypeBits(Dtype dtype);

struct TensorInfo {
    Dtype dtype = Dtype::F32;
    std::vector<std::int64_t> shape; ///< rank 0 … 8; the product of all max(dimension, 1) fits int64
    std::uint64_t byteOffset = 0;    ///< from the start of the file
    std::uint64_t byteCount = 0;

    bool operator==(const TensorInfo&) const = default;
};

using TensorTable = std::map<std::string, TensorInfo, std::less<>>;

struct SafetensorsHeader {
    std::uint64_t headerBytes = 0; ///< 8 + N: where the data begins
    std::map<std::string, std::string> metadata;
    TensorTable tensors;
    std::vector<std::string> ignoredFields; ///< "tensor.field" of unknown fields, the first 16
};

enum class SafetensorsErrorCode {
    TooShort,
    HeaderTooLarge,
    IncompleteHeader,
    WebPage,
    LfsPointer,
    Pickle,
    OtherFormat,
    InvalidJson,
    NotAnObject,
    TooDeep,
    TooMany,
    BadMetadata,
    DuplicateKey,
    NotATensor,
    MissingField,
    UnknownDtype,
    BadShape,
    BadOffsets,
    Hole,
    Overlap,
    Overflow,
    Misaligned,
    SizeMismatch,
    Incomplete,
    TrailingBytes,
};

struct SafetensorsFault {
    SafetensorsErrorCode code;
    std::string message; ///< without the file's name: tensor, expected, found
};

inline constexpr std::uint64_t kMaxSafetensorsHeaderBytes = 100'000'000; ///< N, as the reference

/// How many bytes of a file of `fileBytes` bytes are needed to read its header, given its first ones (8 or
/// all there are): the header, or what tells other kinds of files.
std::uint64_t safetensorsHeadBytes(std::span<const std::byte> first, std::uint64_t fileBytes);

/// Reads and checks the header of a file of `fileBytes` bytes that begins with `head`: safetensorsHeadBytes()
/// of them at least.
tl::expected<SafetensorsHeader, SafetensorsFault> readSafetensorsHeader(std::span<const std::byte> head,
                                                                        std::uint64_t fileBytes);
/// Of a whole file that lies in memory.
tl::expected<SafetensorsHeader, SafetensorsFault> readSafetensorsHeader(std::span<const std::byte> file);

/// A name from a file, safe to show: in quotes, control characters escaped, cut after 120 bytes.
std::string quotedName(std::string_view name);

} // namespace unfog
