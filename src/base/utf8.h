#pragma once

#include <span>
#include <string>
#include <string_view>

/// UTF-8 as text and as code points, and what other encodings become in it.
namespace unfog {

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
