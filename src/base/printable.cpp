#include "base/printable.h"

#include <array>
#include <cstdint>
#include <cstdio>

namespace unfog {

namespace {

struct Character {
    std::uint32_t code = 0;
    std::size_t bytes = 1;
    bool isWellFormed = false;
};

/// The character that `text`, which is not empty, begins with; one byte where it is no UTF-8.
Character first(std::string_view text)
{
    const auto lead = static_cast<unsigned char>(text[0]);
    if (lead < 0x80)
        return {lead, 1, true};
    if (lead < 0xC2 || lead > 0xF4)
        return {};
    const std::size_t bytes = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (text.size() < bytes)
        return {};
    std::uint32_t code = lead & (0xFFU >> (bytes + 1));
    for (std::size_t i = 1; i < bytes; ++i) {
        const auto next = static_cast<unsigned char>(text[i]);
        if ((next & 0xC0U) != 0x80U)
            return {};
        code = code << 6 | (next & 0x3FU);
    }
    const bool isOverlong = (bytes == 3 && code < 0x800) || (bytes == 4 && code < 0x10000);
    const bool isSurrogate = code >= 0xD800 && code < 0xE000;
    if (isOverlong || isSurrogate || code > 0x10FFFF)
        return {};
    return {code, bytes, true};
}

struct Range {
    std::uint32_t first, last;
};

/// Beyond ASCII.
constexpr std::array<Range, 7> kHidden = {{{0x80, 0x9F},
                                           {0x61C, 0x61C},
                                           {0x200E, 0x200F},
                                           {0x2028, 0x202E},
                                           {0x2066, 0x2069},
                                           {0xFEFF, 0xFEFF},
                                           {0xE0000, 0xE007F}}};

bool isHidden(std::uint32_t code)
{
    for (const Range& range : kHidden)
        if (code >= range.first && code <= range.last)
            return true;
    return false;
}

std::string formatted(const char* format, std::uint32_t code)
{
    std::array<char, 24> text;
    std::snprintf(text.data(), text.size(), format, static_cast<unsigned>(code));
    return text.data();
}

std::string printable(std::string_view text, bool severalLines)
{
    std::string shown;
    shown.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        if (severalLines && text.substr(at, 2) == "\r\n")
            ++at;
        const Character c = first(text.substr(at));
        const auto byte = static_cast<unsigned char>(text[at]);
        if (severalLines && (byte == '\n' || byte == '\t'))
            shown += text[at];
        else if (byte == '\n')
            shown += "\\n";
        else if (byte == '\t')
            shown += "\\t";
        else if (!c.isWellFormed || byte < 0x20 || byte == 0x7F)
            shown += formatted("\\x%02x", byte);
        else if (isHidden(c.code))
            shown += formatted("\\u{%x}", c.code);
        else
            shown += text.substr(at, c.bytes);
        at += c.bytes;
    }
    return shown;
}

} // namespace

std::string printableLine(std::string_view text)
{
    return printable(text, false);
}

std::string printableLines(std::string_view text)
{
    return printable(text, true);
}

std::string printableJson(std::string_view json)
{
    std::string shown;
    shown.reserve(json.size());
    for (std::size_t at = 0; at < json.size();) {
        const Character c = first(json.substr(at));
        if (c.code == 0x7F || (c.isWellFormed && c.code < 0x10000 && isHidden(c.code)))
            shown += formatted("\\u%04x", c.code);
        else if (c.isWellFormed && isHidden(c.code))
            shown += formatted("\\u%04x", 0xD800 + ((c.code - 0x10000) >> 10)) +
                     formatted("\\u%04x", 0xDC00 + ((c.code - 0x10000) & 0x3FF));
        else
            shown += json.substr(at, c.bytes);
        at += c.bytes;
    }
    return shown;
}

} // namespace unfog
