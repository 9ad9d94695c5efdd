#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

/// UTF-8 as text and as code points, and what other encodings become in it.
namespace unfog {

/// One character, or a part that is none.
struct Utf8Character {
    char32_t code = 0xFFFD;
    std::size_t bytes = 1;
    bool isWellFormed = false; ///< else `bytes` is the maximal ill-formed part (Unicode 15.0, section 3.9)
};

/// What `text`, which is not empty, begins with. Overlong forms, surrogates and what lies above U+10FFFF are
/// ill-formed.
Utf8Character firstUtf8Character(std::string_view text);

bool isWellFormedUtf8(std::string_view text);
/// Never fails: each maximal ill-formed part of `utf8` becomes one U+FFFD (Unicode 15.0, section 3.9), so
/// overlong forms, lone surrogates and cut sequences are all replaced. NUL is an ordinary character.
std::u32string decodeUtf8(std::string_view utf8);

void appendUtf8(std::string& out, char32_t codePoint);
std::string encodeUtf8(std::u32string_view text);

std::string latin1ToUtf8(std::string_view text);

/// Without byte order mark the order is guessed from which half of the units is zero more often; equal: big
/// endian. Lone surrogates become U+FFFD.
std::string utf16ToUtf8(std::span<const std::byte> bytes);

} // namespace unfog
