#pragma once

#include <filesystem>

#include "base/result.h"
#include "tokenizer/byte_pair_encoder.h"

namespace unfog {

/// The byte-pair vocabulary of a tokenizer.json, the one file that the fast tokenizers save in place of
/// vocab.json and merges.txt. Merges may be texts "left right" or pairs ["left", "right"]. Unsupported,
/// naming the key: a model that is no byte-pair encoding over whole bytes with "</w>" at the end of words.
/// BadFile: an entry of another form, an id that is given twice.
Result<BytePairEncoder> readTokenizerJson(const std::filesystem::path& file);

} // namespace unfog
