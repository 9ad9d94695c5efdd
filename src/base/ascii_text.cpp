#include "base/ascii_text.h"

#include <algorithm>
#include <charconv>

namespace unfog {

std::string asciiLower(std::string_view text)
{
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return asciiLower(c); });
    return lower;
}

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && isAsciiSpace(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && isAsciiSpace(text.back()))
        text.remove_suffix(1);
    return text;
}

bool startsInAnyCase(std::string_view text, std::string_view lowerMark)
{
    return text.size() >= lowerMark.size() && std::equal(lowerMark.begin(), lowerMark.end(), text.begin(),
                                                         [](char a, char b) { return a == asciiLower(b); });
}

std::string numberText(double value)
{
    char digits[40];
    return std::string(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

std::string lastPathPart(std::string_view path)
{
    while (path.size() > 1 && path.ends_with('/'))
        path.remove_suffix(1);
    return std::string(path.substr(path.rfind('/') + 1)); // npos + 1 is 0
}

} // namespace unfog
