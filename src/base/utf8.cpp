#include "base/utf8.h"

#include <cstdint>

namespace unfog {
namespace {

void append(std::string& out, std::uint32_t code)
{
    if (code < 0x80) {
        out.push_back(static_cast<char>(code));
        return;
    }
    const int following = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    constexpr unsigned leads[] = {0, 0xC0, 0xE0, 0xF0};
    out.push_back(static_cast<char>(leads[following] | code >> (6 * following)));
    for (int i = following - 1; i >= 0; --i)
        out.push_back(static_cast<char>(0x80 | (code >> (6 * i) & 0x3F)));
}

} // namespace

bool isWellFormedUtf8(std::string_view text)
{
    for (std::size_t i = 0; i < text.size();) {
        const auto lead = static_cast<unsigned char>(text[i++]);
        if (lead < 0x80)
            continue;
        if (lead < 0xC2 || lead > 0xF4)
            return false;
        int following = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
        unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
        unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
        for (; following > 0; --following, ++i, low = 0x80, high = 0xBF)
            if (i >= text.size() || static_cast<unsigned char>(text[i]) < low ||
                static_cast<unsigned char>(text[i]) > high)
                return false;
    }
    return true;
}

std::string latin1ToUtf8(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (const char c : text)
        append(out, static_cast<unsigned char>(c));
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
            code = 0xFFFD;
        }
        append(out, code);
    }
    return out;
}

} // namespace unfog
