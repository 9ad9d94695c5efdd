#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace unfog {

/// A word that was added to a vocabulary as a whole, such as one learned by textual inversion: a text is cut
/// at it before anything else is done.
struct AddedToken {
    std::string text;
    std::int32_t id = -1; ///< −1: the file does not say it; the vocabulary's own or the next free one
    bool isSpecial = false;
    bool isNormalized = true;  ///< found in any case, unless it is special
    bool isSingleWord = false; ///< not found inside a longer word
    std::string where;         ///< the file that lists it
};

/// Everything that a tokenizer folder adds to its vocabulary, each text once: "added_tokens" of
/// tokenizer.json, "added_tokens_decoder" of tokenizer_config.json, added_tokens.json, and the additional
/// special tokens of tokenizer_config.json and special_tokens_map.json. Any of these files may be absent.
/// Errors name the file and the entry: an entry of another form, an id outside 0 … 9,999,999, one text with
/// two ids or one id for two texts.
Result<std::vector<AddedToken>> readAddedTokens(const std::filesystem::path& folder);

} // namespace unfog
