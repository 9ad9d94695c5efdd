#include "base/printable.h"

#include <array>
#include <cstdint>
#include <cstdio>

#include "base/utf8.h"

namespace unfog {

namespace {

/// As firstUtf8Character(), but what is ill-formed is shown byte by byte.
Utf8Character first(std::string_view text)
{
    const Utf8Character character = firstUtf8Character(text);
    return character.isWellFormed ? character : Utf8Character{0, 1, false};
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
        const Utf8Character c = first(text.substr(at));
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
        const Utf8Character c = first(json.substr(at));
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
