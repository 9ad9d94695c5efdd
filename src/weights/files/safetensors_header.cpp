#include "weights/files/safetensors_header.h"

#include <algorithm>
#include <array>
#include <cstring>

#include <nlohmann/json.hpp>

#include "weights/files/safetensors_sax.h"

namespace unfog {
namespace {

using Code = SafetensorsErrorCode;

tl::unexpected<SafetensorsFault> fault(Code code, std::string message)
{
    return tl::unexpected<SafetensorsFault>(SafetensorsFault{code, std::move(message)});
}

struct DtypeRow {
    Dtype dtype;
    std::string_view name;
    int bits;
};

constexpr std::array<DtypeRow, 22> kDtypes{{
    {Dtype::Bool, "BOOL", 8},
    {Dtype::F4, "F4", 4},
    {Dtype::F6E2M3, "F6_E2M3", 6},
    {Dtype::F6E3M2, "F6_E3M2", 6},
    {Dtype::U8, "U8", 8},
    {Dtype::I8, "I8", 8},
    {Dtype::F8E5M2, "F8_E5M2", 8},
    {Dtype::F8E4M3, "F8_E4M3", 8},
    {Dtype::F8E8M0, "F8_E8M0", 8},
    {Dtype::F8E4M3Fnuz, "F8_E4M3FNUZ", 8},
    {Dtype::F8E5M2Fnuz, "F8_E5M2FNUZ", 8},
    {Dtype::I16, "I16", 16},
    {Dtype::U16, "U16", 16},
    {Dtype::F16, "F16", 16},
    {Dtype::BF16, "BF16", 16},
    {Dtype::I32, "I32", 32},
    {Dtype::U32, "U32", 32},
    {Dtype::F32, "F32", 32},
    {Dtype::C64, "C64", 64},
    {Dtype::F64, "F64", 64},
    {Dtype::I64, "I64", 64},
    {Dtype::U64, "U64", 64},
}};

bool startsWithIgnoringCase(std::string_view text, std::string_view lower)
{
    return text.size() >= lower.size() &&
           std::equal(lower.begin(), lower.end(), text.begin(),
                      [](char want, char c) { return want == (c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c); });
}

// What people most often have under the name of a model, told apart by content.
std::optional<SafetensorsFault> recognizeOtherFormat(std::string_view file)
{
    std::string_view head = file.substr(0, 512);
    if (head.starts_with("PK\x03\x04") || head.starts_with("PK\x05\x06"))
        return SafetensorsFault{Code::Pickle,
                                "is a zip archive as PyTorch writes it (.ckpt, .pt, .bin): its pickle can "
                                "run code, so it is never opened; convert to safetensors"};
    if (head.size() >= 2 && head[0] == '\x80' && head[1] >= 2 && head[1] <= 5)
        return SafetensorsFault{
            Code::Pickle, "is a pickle (.ckpt, .pt): pickle can run code, so it is never opened; convert to "
                          "safetensors"};
    if (head.starts_with("version https://git-lfs"))
        return SafetensorsFault{
            Code::LfsPointer,
            "is a git-LFS pointer, not the model itself; fetch the real file (git lfs pull)"};
    if (head.starts_with("GGUF"))
        return SafetensorsFault{Code::OtherFormat, "is a GGUF file; expected safetensors"};
    while (!head.empty() &&
           std::string_view(" \t\r\n\xEF\xBB\xBF").find(head.front()) != std::string_view::npos)
        head.remove_prefix(1);
    for (std::string_view start : {"<!doc", "<html", "<head", "<?xml"})
        if (startsWithIgnoringCase(head, start))
            return SafetensorsFault{Code::WebPage,
                                    "is a web page saved under a model's name; download the file again"};
    return std::nullopt;
}

std::uint64_t littleEndian64(const std::byte* bytes)
{
    std::uint64_t value = 0;
    for (int i = 7; i >= 0; --i)
        value = value << 8 | std::to_integer<std::uint64_t>(bytes[i]);
    return value;
}

std::optional<SafetensorsFault> checkJsonFrame(std::string_view json)
{
    if (json.empty())
        return SafetensorsFault{Code::InvalidJson, "has an empty header; expected a JSON object"};
    if (json.front() != '{')
        return SafetensorsFault{
            json.front() == '[' || json.front() == '"' ? Code::NotAnObject : Code::InvalidJson,
            "has a header that begins with " + quotedName(json.substr(0, 1)) + "; expected '{'"};
    // nlohmann's lexer takes a NUL for the end of the input and would not see what follows.
    if (std::size_t at = json.find('\0'); at != std::string_view::npos)
        return SafetensorsFault{Code::InvalidJson,
                                "has a NUL byte at position " + std::to_string(at) + " of its JSON header"};
    std::size_t last = json.find_last_not_of(" \t\r\n");
    if (json[last] != '}')
        return SafetensorsFault{Code::InvalidJson, "has a JSON header that ends with " +
                                                       quotedName(json.substr(last, 1)) + "; expected '}'"};
    return std::nullopt;
}

// Every byte of the data belongs to exactly one tensor; empty tensors may stand anywhere between.
std::optional<SafetensorsFault> checkCoverage(const TensorTable& tensors, std::uint64_t headerBytes,
                                              std::uint64_t fileBytes)
{
    std::vector<const TensorTable::value_type*> byOffset;
    byOffset.reserve(tensors.size());
    for (const auto& entry : tensors)
        byOffset.push_back(&entry);
    std::sort(byOffset.begin(), byOffset.end(), [](const auto* a, const auto* b) {
        return std::pair(a->second.byteOffset, a->second.byteCount) <
               std::pair(b->second.byteOffset, b->second.byteCount);
    });
    std::uint64_t expected = 0;
    for (const auto* entry : byOffset) {
        const TensorInfo& info = entry->second;
        if (info.byteOffset != expected)
            return SafetensorsFault{info.byteOffset > expected ? Code::Hole : Code::Overlap,
                                    "has tensor " + quotedName(entry->first) + " at offset " +
                                        std::to_string(info.byteOffset) + "; expected " +
                                        std::to_string(expected) +
                                        (info.byteOffset > expected ? " (no hole)" : " (no overlap)")};
        expected = info.byteOffset + info.byteCount;
    }
    std::uint64_t wholeFile = 0;
    if (__builtin_add_overflow(headerBytes, expected, &wholeFile))
        return SafetensorsFault{Code::Overflow, "has tensors that end beyond 2^64 bytes"};
    if (wholeFile > fileBytes)
        return SafetensorsFault{Code::Incomplete, "is incomplete: " + std::to_string(fileBytes) + " of " +
                                                      std::to_string(wholeFile) +
                                                      " bytes; download it again"};
    if (wholeFile < fileBytes)
        return SafetensorsFault{Code::TrailingBytes, "has " + std::to_string(fileBytes - wholeFile) +
                                                         " bytes that belong to no tensor: expected " +
                                                         std::to_string(wholeFile) + " bytes, found " +
                                                         std::to_string(fileBytes)};
    return std::nullopt;
}

} // namespace

std::string_view dtypeName(Dtype dtype)
{
    return kDtypes[static_cast<std::size_t>(dtype)].name;
}

int dtypeBits(Dtype dtype)
{
    return kDtypes[static_cast<std::size_t>(dtype)].bits;
}

std::optional<Dtype> dtypeFromName(std::string_view name)
{
    for (const DtypeRow& row : kDtypes)
        if (row.name == name)
            return row.dtype;
    return std::nullopt;
}

std::string quotedName(std::string_view name)
{
    constexpr std::size_t kShown = 120;
    std::string text = nlohmann::json(std::string(name.substr(0, kShown)))
                           .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return name.size() > kShown ? text + "…" : text;
}

std::uint64_t safetensorsHeadBytes(std::span<const std::byte> first, std::uint64_t fileBytes)
{
    constexpr std::uint64_t shownBytes = 512; // of a file of another kind
    const std::uint64_t jsonBytes = first.size() >= 8 ? littleEndian64(first.data()) : 0;
    const std::uint64_t header = jsonBytes <= kMaxSafetensorsHeaderBytes ? 8 + jsonBytes : 0;
    return std::min(fileBytes, std::max(header, shownBytes));
}

tl::expected<SafetensorsHeader, SafetensorsFault> readSafetensorsHeader(std::span<const std::byte> file)
{
    return readSafetensorsHeader(file, file.size());
}

tl::expected<SafetensorsHeader, SafetensorsFault> readSafetensorsHeader(std::span<const std::byte> head,
                                                                        std::uint64_t fileBytes)
{
    std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
    std::uint64_t jsonBytes = head.size() >= 8 ? littleEndian64(head.data()) : 0;
    bool plausible = head.size() > 8 && jsonBytes <= kMaxSafetensorsHeaderBytes && text[8] == '{';
    if (!plausible)
        if (auto other = recognizeOtherFormat(text))
            return tl::unexpected<SafetensorsFault>(*other);
    if (fileBytes < 8)
        return fault(Code::TooShort, "is not a safetensors file: too short, " + std::to_string(fileBytes) +
                                         " bytes; expected at least 8");
    if (jsonBytes > kMaxSafetensorsHeaderBytes)
        return fault(Code::HeaderTooLarge, "is not a safetensors file: its header length says " +
                                               std::to_string(jsonBytes) + " bytes; the limit is " +
                                               std::to_string(kMaxSafetensorsHeaderBytes));
    if (8 + jsonBytes > fileBytes)
        return fault(Code::IncompleteHeader, "is incomplete: its header ends at byte " +
                                                 std::to_string(8 + jsonBytes) + ", the file has " +
                                                 std::to_string(fileBytes));

    std::string_view json = text.substr(8, jsonBytes);
    if (auto problem = checkJsonFrame(json))
        return tl::unexpected<SafetensorsFault>(*problem);
    SafetensorsSax sax;
    if (!nlohmann::json::sax_parse(json.data(), json.data() + json.size(), &sax))
        return tl::unexpected<SafetensorsFault>(sax.takeFault());

    SafetensorsHeader header = sax.takeHeader();
    header.headerBytes = 8 + jsonBytes;
    if (auto problem = checkCoverage(header.tensors, header.headerBytes, fileBytes))
        return tl::unexpected<SafetensorsFault>(*problem);
    for (auto& [name, info] : header.tensors)
        info.byteOffset += header.headerBytes;
    return header;
}

} // namespace unfog
