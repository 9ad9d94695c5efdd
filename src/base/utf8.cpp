#include "base/utf8.h"

#include <cstdint>

namespace unfog {
namespace {

constexpr char32_t replacementCharacter = 0xFFFD;

} // namespace

Utf8Character firstUtf8Character(std::string_view text)
{
    const auto lead = static_cast<unsigned char>(text[0]);
    if (lead < 0x80)
        return {lead, 1, true};
    if (lead < 0xC2 || lead > 0xF4)
        return {};
    // The second byte's range excludes overlong forms, surrogates and what lies above U+10FFFF.
    const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    char32_t code = lead & (0xFFU >> (length + 1));
    std::size_t bytes = 1;
    for (; bytes < length && bytes < text.size(); ++bytes) {
        const auto byte = static_cast<unsigned char>(text[bytes]);
        if (byte < low || byte > high)
            break;
        code = code << 6 | (byte & 0x3FU);
        low = 0x80;
        high = 0xBF;
    }
    return bytes == length ? Utf8Character{code, bytes, true}
                           : Utf8Character{replacementCharacter, bytes, false};
}

bool isWellFormedUtf8(std::string_view text)
{
    while (!text.empty()) {
        const Utf8Character character = firstUtf8Character(text);
        if (!character.isWellFormed)
            return false;
        text.remove_prefix(character.bytes);
    }
    return true;
}

std::u32string decodeUtf8(std::string_view utf8)
{
    std::u32string out;
    out.reserve(utf8.size());
    while (!utf8.empty()) {
        const Utf8Character character = firstUtf8Character(utf8);
        out.push_back(character.code);
        utf8.remove_prefix(character.bytes);
    }
    return out;
}

void appendUtf8(std::string& out, char32_t code)
{
    if (code < 0x80) {
        out.push_back(static_cast<char>(code));
    } else if (code < 0x800) {
        out.push_back(static_cast<char>(0xC0 | code >> 6));
        out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
    } else if (code < 0x10000) {
        out.push_back(static_cast<char>(0xE0 | code >> 12));
        out.push_back(static_cast<char>(0x80 | (code >> 6 & 0x3F)));
        out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
    } else {
        out.push_back(static_cast<char>(0xF0 | code >> 18));
        out.push_back(static_cast<char>(0x80 | (code >> 12 & 0x3F)));
        out.push_back(static_cast<char>(0x80 | (code >> 6 & 0x3F)));
        out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
    }
}

std::string encodeUtf8(std::u32string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (const char32_t code : text)
        appendUtf8(out, code);
    return out;
}

std::string latin1ToUtf8(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (const char c : text)
        appendUtf8(out, static_cast<unsigned char>(c));
    return out;
}

std::string utf16ToUtf8(std::span<const std::byte> bytes)
{
    std::size_t zeroFirst = 0, zeroSecond = 0;
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
        zeroFirst += bytes[i] == std::byte{0};
        zeroSecond += bytes[i + 1] == std::byte{0};
    }
    bool isBigEndian = zeroFirst >= zeroSecond;
    const auto unitAt = [&](std::size_t i) {
        const auto first = std::to_integer<std::uint32_t>(bytes[i]);
        const auto second = std::to_integer<std::uint32_t>(bytes[i + 1]);
        return isBigEndian ? first << 8 | second : second << 8 | first;
    };
    std::size_t i = 0;
    if (bytes.size() >= 2 && (unitAt(0) == 0xFEFF || unitAt(0) == 0xFFFE)) {
        isBigEndian = isBigEndian == (unitAt(0) == 0xFEFF);
        i = 2;
    }
    std::string out;
    for (; i + 1 < bytes.size(); i += 2) {
        std::uint32_t code = unitAt(i);
        if (code >= 0xD800 && code < 0xDC00 && i + 3 < bytes.size() && unitAt(i + 2) >= 0xDC00 &&
            unitAt(i + 2) < 0xE000) {
            code = 0x10000 + ((code - 0xD800) << 10) + (unitAt(i + 2) - 0xDC00);
            i += 2;
        } else if (code >= 0xD800 && code < 0xE000) {
            code = replacementCharacter;
        }
        appendUtf8(out, code);
    }
    return out;
}

} // namespace unfog
