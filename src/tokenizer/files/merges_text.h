#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// How byte-pair vocabularies are spelt in text files.
namespace unfog {

/// What a symbol that ends a word has at its end.
inline constexpr std::string_view endOfWord = "</w>";

/// The two tokens that a merge joins, and where it stands.
struct SpeltMerge {
    std::string left, right;
    std::size_t place = 0; ///< line of merges.txt, or index in a list, counted from 1
};

/// merges.txt: a line "#version: …", then a line "left right" per merge, most important first. Errors name
/// `where` and the line.
Result<std::vector<SpeltMerge>> parseMerges(std::string_view text, const std::string& where);

/// "left right" → its two tokens; false where it is anything else.
bool splitMerge(std::string_view row, SpeltMerge& merge);

/// Whether a byte is spelt as itself: visible Latin-1 characters are.
bool isVisibleByte(unsigned char byte);
/// The spelling of each of the 256 bytes: those that are not visible are U+0100 and above, in ascending order
/// (Radford et al. 2019, the GPT-2 code).
std::vector<std::string> byteSpellings();

} // namespace unfog
