#pragma once

#include <string>
#include <string_view>

/// Small things about texts whose letters outside ASCII do not matter, in one place.
namespace unfog {

constexpr bool isAsciiSpace(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

constexpr char asciiLower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string asciiLower(std::string_view text);

/// Without blanks and line breaks at both ends.
std::string_view trimmed(std::string_view text);

/// Whether `text` begins with `lowerMark`, in any capitals.
bool startsInAnyCase(std::string_view text, std::string_view lowerMark);

/// The shortest digits that give the number back: "6", "6.5".
std::string numberText(double value);

/// "/models/dream/" → "dream": what a path names, without its folders.
std::string lastPathPart(std::string_view path);

} // namespace unfog
