#include "image_files/formats/png_chunks.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include <zlib.h>

#include "base/utf8.h"
#include "image_files/image_limits.h"

namespace unfog {
namespace {

constexpr std::array<unsigned char, 8> signature = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
constexpr std::size_t chunkOverhead = 12; ///< length, type, CRC
constexpr std::size_t maxChunks =
    1'000'000; ///< a file of empty chunks would cost more memory than it has bytes

std::uint32_t bigEndian32(const std::byte* at)
{
    return std::to_integer<std::uint32_t>(at[0]) << 24 | std::to_integer<std::uint32_t>(at[1]) << 16 |
           std::to_integer<std::uint32_t>(at[2]) << 8 | std::to_integer<std::uint32_t>(at[3]);
}

std::string_view textOf(std::span<const std::byte> bytes)
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// What stands before the next NUL, which is taken away too. None: there is no NUL.
std::optional<std::string_view> takeField(std::string_view& rest)
{
    const std::size_t end = rest.find('\0');
    if (end == std::string_view::npos)
        return std::nullopt;
    const std::string_view field = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    return field;
}

enum class Inflate { Done, Broken, TooLarge };

Inflate inflateText(std::string_view compressed, std::string& out)
{
    z_stream stream{};
    if (inflateInit(&stream) != Z_OK)
        return Inflate::Broken;
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
    stream.avail_in = static_cast<uInt>(compressed.size());
    std::array<char, 65536> piece;
    int status = Z_OK;
    Inflate result = Inflate::Done;
    while (status == Z_OK && result == Inflate::Done) {
        stream.next_out = reinterpret_cast<Bytef*>(piece.data());
        stream.avail_out = piece.size();
        status = inflate(&stream, Z_NO_FLUSH);
        out.append(piece.data(), piece.size() - stream.avail_out);
        if (out.size() > kMaxTextBytes)
            result = Inflate::TooLarge;
    }
    inflateEnd(&stream);
    return result == Inflate::Done && status != Z_STREAM_END ? Inflate::Broken : result;
}

std::string tooLarge(std::size_t limit)
{
    return "has more than " + std::to_string(limit) + " bytes";
}

/// The text of one chunk, or why not. `keyword` is set as soon as it is known.
Result<std::string> textOfChunk(const PngChunk& chunk, std::string& keyword)
{
    const auto leftOut = [](std::string why) { return fail(ErrorKind::BadFile, std::move(why)); };
    if (!chunk.isIntact)
        return leftOut("has a wrong checksum");
    std::string_view rest = textOf(chunk.data);
    const auto name = takeField(rest);
    if (!name || name->empty() || name->size() > 79)
        return leftOut("has no keyword of 1 to 79 characters");
    keyword = latin1ToUtf8(*name);

    bool isCompressed = chunk.type == "zTXt";
    if (chunk.type != "tEXt") {
        const std::size_t flags = isCompressed ? 1 : 2;
        if (rest.size() < flags)
            return leftOut("is cut");
        if (chunk.type == "iTXt")
            isCompressed = rest[0] != '\0';
        if (isCompressed && rest[flags - 1] != '\0')
            return leftOut("is compressed by an unknown method");
        rest.remove_prefix(flags);
    }
    if (chunk.type == "iTXt" && !(takeField(rest) && takeField(rest)))
        return leftOut("is cut");

    std::string text;
    if (isCompressed) {
        const Inflate result = inflateText(rest, text);
        if (result == Inflate::TooLarge)
            return leftOut(tooLarge(kMaxTextBytes));
        if (result == Inflate::Broken)
            return leftOut("cannot be inflated");
    } else if (rest.size() > kMaxTextBytes) {
        return leftOut(tooLarge(kMaxTextBytes));
    } else {
        text = rest;
    }
    return isWellFormedUtf8(text) ? text : latin1ToUtf8(text);
}

} // namespace

bool isPng(std::span<const std::byte> bytes)
{
    return bytes.size() >= signature.size() &&
           std::memcmp(bytes.data(), signature.data(), signature.size()) == 0;
}

Result<std::vector<PngChunk>> readPngChunks(std::span<const std::byte> bytes)
{
    if (!isPng(bytes))
        return fail(ErrorKind::BadFile, "it does not begin as a PNG file");
    std::vector<PngChunk> chunks;
    std::size_t at = signature.size();
    while (chunks.empty() || chunks.back().type != "IEND") {
        const std::size_t left = bytes.size() - at;
        const std::size_t length = left >= chunkOverhead ? bigEndian32(&bytes[at]) : 0;
        if (left < chunkOverhead || length > left - chunkOverhead)
            return fail(ErrorKind::BadFile, "it is cut: " + std::to_string(bytes.size()) +
                                                " bytes, and the end of the image is not among them");
        if (chunks.size() == maxChunks)
            return fail(ErrorKind::BadFile, "it has more than " + std::to_string(maxChunks) + " chunks");
        const auto data = bytes.subspan(at + 8, length);
        // crc32 counts in 32 bits, and so does a chunk.
        const uLong crc =
            crc32(0, reinterpret_cast<const Bytef*>(&bytes[at + 4]), static_cast<uInt>(length + 4));
        chunks.push_back(
            {textOf(bytes.subspan(at + 4, 4)), data, crc == bigEndian32(&bytes[at + 8 + length])});
        at += chunkOverhead + length;
    }
    return chunks;
}

PngTexts readPngTexts(std::span<const PngChunk> chunks)
{
    PngTexts out;
    std::size_t total = 0;
    for (const PngChunk& chunk : chunks) {
        if (chunk.type != "tEXt" && chunk.type != "zTXt" && chunk.type != "iTXt")
            continue;
        std::string keyword;
        Result<std::string> text =
            fail(ErrorKind::BadFile, "was not read: all texts together have more than " +
                                         std::to_string(kMaxAllTextBytes) + " bytes");
        if (total <= kMaxAllTextBytes)
            text = textOfChunk(chunk, keyword);
        if (text) {
            total += text->size();
            out.texts.push_back({std::move(keyword), std::move(*text)});
        } else {
            out.ignored.push_back("the text " + (keyword.empty() ? "" : "\"" + keyword + "\" ") + "in a " +
                                  std::string(chunk.type) + " chunk " + text.error().message);
        }
    }
    return out;
}

Result<std::string> internationalTextData(const PngText& text)
{
    const std::string& keyword = text.keyword;
    const bool isPrintable =
        std::all_of(keyword.begin(), keyword.end(), [](char c) { return c >= ' ' && c <= '~'; });
    if (keyword.empty() || keyword.size() > 79 || !isPrintable || keyword.front() == ' ' ||
        keyword.back() == ' ')
        return fail(ErrorKind::InvalidRequest,
                    "the text keyword \"" + keyword + "\" is not one that PNG allows");
    if (text.text.find('\0') != std::string::npos)
        return fail(ErrorKind::InvalidRequest, "the text \"" + keyword + "\" holds a NUL, which PNG forbids");
    // Not compressed, no language, no translated keyword.
    std::string data = keyword;
    data.append(5, '\0');
    return data + text.text;
}

} // namespace unfog
