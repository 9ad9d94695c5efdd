#include "image_files/metadata/exif.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/utf8.h"
#include "image_files/formats/png_chunks.h"

using namespace std::string_view_literals;

namespace unfog {
namespace {

constexpr std::string_view jpegPrefix = "Exif\0\0"sv;

std::string_view textOf(std::span<const std::byte> bytes)
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::span<const std::byte> withoutPrefix(std::span<const std::byte> exif)
{
    return textOf(exif).starts_with(jpegPrefix) ? exif.subspan(jpegPrefix.size()) : exif;
}

std::span<const std::byte> findInPng(std::span<const std::byte> bytes)
{
    if (const auto chunks = readPngChunks(bytes))
        for (const PngChunk& chunk : *chunks)
            if (chunk.type == "eXIf" && chunk.isIntact)
                return chunk.data;
    return {};
}

std::span<const std::byte> findInJpeg(std::span<const std::byte> bytes)
{
    std::size_t at = 2;
    while (at + 4 <= bytes.size() && bytes[at] == std::byte{0xFF}) {
        const unsigned marker = std::to_integer<unsigned>(bytes[at + 1]);
        if (marker == 0xFF) { // a fill byte
            ++at;
            continue;
        }
        const std::size_t length =
            std::to_integer<std::size_t>(bytes[at + 2]) << 8 | std::to_integer<std::size_t>(bytes[at + 3]);
        const bool isStartOfScan = marker == 0xDA;
        if (isStartOfScan || length < 2 || at + 2 + length > bytes.size())
            return {};
        const auto data = bytes.subspan(at + 4, length - 2);
        if (marker == 0xE1 && textOf(data).starts_with(jpegPrefix))
            return data;
        at += 2 + length;
    }
    return {};
}

std::span<const std::byte> findInWebp(std::span<const std::byte> bytes)
{
    std::size_t at = 12;
    while (at + 8 <= bytes.size()) {
        std::size_t length = 0;
        for (int i = 3; i >= 0; --i)
            length = length << 8 | std::to_integer<std::size_t>(bytes[at + 4 + i]);
        if (length > bytes.size() - at - 8)
            return {};
        if (textOf(bytes.subspan(at, 4)) == "EXIF")
            return bytes.subspan(at + 8, length);
        at += 8 + length + length % 2;
    }
    return {};
}

/// A TIFF structure: every read is checked against its end.
class Tiff final {
public:
    explicit Tiff(std::span<const std::byte> bytes)
        : m_bytes(bytes), m_isBigEndian(textOf(bytes).starts_with("MM"sv))
    {
    }

    bool isValid() const
    {
        const auto start = textOf(m_bytes);
        return start.starts_with("MM\0*"sv) || start.starts_with("II*\0"sv);
    }

    std::uint32_t number(std::size_t at, std::size_t size) const
    {
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < size; ++i) {
            const std::size_t index = at + (m_isBigEndian ? i : size - 1 - i);
            value =
                value << 8 | (index < m_bytes.size() ? std::to_integer<std::uint32_t>(m_bytes[index]) : 0);
        }
        return value;
    }

    /// `entry` is called with tag and place of each 12-byte entry.
    template <class Entry>
    void forEachEntry(std::uint32_t directory, Entry&& entry) const
    {
        const std::uint32_t count = number(directory, 2);
        for (std::uint32_t i = 0; i < count; ++i) {
            const std::size_t at = std::size_t{directory} + 2 + std::size_t{i} * 12;
            if (at + 12 > m_bytes.size())
                return;
            entry(number(at, 2), at);
        }
    }

    /// The bytes of an entry of a one-byte type: BYTE (1), ASCII (2) or undefined (7).
    std::span<const std::byte> bytesOf(std::size_t entry) const
    {
        const std::uint32_t type = number(entry + 2, 2), size = number(entry + 4, 4);
        if (type != 1 && type != 2 && type != 7)
            return {};
        const std::size_t at = size <= 4 ? entry + 8 : number(entry + 8, 4);
        return at <= m_bytes.size() && size <= m_bytes.size() - at ? m_bytes.subspan(at, size)
                                                                   : std::span<const std::byte>{};
    }

private:
    std::span<const std::byte> m_bytes;
    bool m_isBigEndian;
};

std::string plainText(std::span<const std::byte> bytes)
{
    std::string_view text = textOf(bytes);
    text = text.substr(0, text.find('\0'));
    return isWellFormedUtf8(text) ? std::string(text) : latin1ToUtf8(text);
}

/// Texts may be padded with NULs or blanks, which count as a part of them.
std::string withoutPadding(std::string text)
{
    text.erase(0, std::min(text.find_first_not_of('\0'), text.size()));
    text.resize(std::min(text.find('\0'), text.size()));
    while (text.ends_with(' ') || text.ends_with("\u2020")) // two blanks read as one unit of UTF-16
        text.resize(text.size() - (text.ends_with(' ') ? 1 : 3));
    return text;
}

/// Some writers name Unicode and mean UTF-8. UTF-16 of a text with Latin letters or digits has NULs.
bool isUtf8(std::span<const std::byte> bytes)
{
    std::string_view text = textOf(bytes);
    while (text.ends_with('\0'))
        text.remove_suffix(1);
    return !text.empty() && text.find('\0') == std::string_view::npos && !text.starts_with("\xFE\xFF"sv) &&
           !text.starts_with("\xFF\xFE"sv) && isWellFormedUtf8(text) &&
           static_cast<unsigned char>(text[0]) < 0x80;
}

/// Eight bytes name the encoding, then comes the text. Where they are missing, all of it is text.
std::string userComment(std::span<const std::byte> bytes)
{
    const std::string_view text = textOf(bytes);
    const auto rest = bytes.subspan(std::min<std::size_t>(8, bytes.size()));
    if (text.starts_with("UNICODE\0"sv))
        return withoutPadding(isUtf8(rest) ? plainText(rest) : utf16ToUtf8(rest));
    const bool hasCode = text.starts_with("ASCII\0\0\0"sv) || text.starts_with("JIS\0\0\0\0\0"sv) ||
                         text.starts_with("\0\0\0\0\0\0\0\0"sv);
    const auto content = hasCode ? rest : bytes;
    const std::string_view start = textOf(content).substr(0, 2);
    const bool hasMark = start == "\xFE\xFF"sv || start == "\xFF\xFE"sv;
    return withoutPadding(hasMark ? utf16ToUtf8(content) : plainText(content));
}

} // namespace

std::span<const std::byte> findExif(std::span<const std::byte> bytes, ImageFormat format)
{
    switch (format) {
    case ImageFormat::Png:
        return withoutPrefix(findInPng(bytes));
    case ImageFormat::Jpeg:
        return withoutPrefix(findInJpeg(bytes));
    case ImageFormat::Webp:
        return withoutPrefix(findInWebp(bytes));
    case ImageFormat::Other:
        break;
    }
    return {};
}

ExifFields readExif(std::span<const std::byte> exif)
{
    ExifFields fields;
    const Tiff tiff(exif);
    if (!tiff.isValid())
        return fields;
    tiff.forEachEntry(tiff.number(4, 4), [&](std::uint32_t tag, std::size_t entry) {
        if (tag == 0x0112 && tiff.number(entry + 2, 2) == 3) {
            const std::uint32_t value = tiff.number(entry + 8, 2);
            if (value >= 1 && value <= 8)
                fields.orientation = static_cast<int>(value);
        } else if (tag == 0x010E || tag == 0x010F || tag == 0x0110) {
            fields.texts.push_back(plainText(tiff.bytesOf(entry)));
        } else if (tag == 0x9286 &&
                   fields.userComment.empty()) { // Fooocus, Pillow: not in the directory of Exif
            fields.userComment = userComment(tiff.bytesOf(entry));
        } else if (tag == 0x8769) {
            tiff.forEachEntry(tiff.number(entry + 8, 4), [&](std::uint32_t inner, std::size_t innerEntry) {
                if (inner != 0x9286)
                    return;
                if (std::string comment = userComment(tiff.bytesOf(innerEntry)); !comment.empty())
                    fields.userComment = std::move(comment);
            });
        }
    });
    return fields;
}

} // namespace unfog
