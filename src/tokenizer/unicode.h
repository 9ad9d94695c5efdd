#pragma once

#include <string>
#include <string_view>

/// The little of Unicode 15.0 that tokenizing needs, without a library: the tables in unicode_tables.inc are
/// made by packaging/make-unicode-tables.sh. Code points above 0x10FFFF and surrogates belong to no class.
namespace unfog::unicode {

/// Normalization Form C (UAX #15), Hangul by arithmetic.
std::u32string toNfc(std::u32string_view text);

/// Full lower-casing without a language: U+0130 becomes "i" + U+0307, and a capital sigma that ends a word
/// becomes ς (Unicode 15.0, table 3-17, Final_Sigma). Equal to Python's str.lower.
std::u32string toLower(std::u32string_view text);

bool isLetter(char32_t codePoint);     ///< general category L*
bool isNumber(char32_t codePoint);     ///< general category N*: also ½, ² and Ⅳ
bool isWhiteSpace(char32_t codePoint); ///< property White_Space: no U+200B, no U+001C … U+001F

} // namespace unfog::unicode
