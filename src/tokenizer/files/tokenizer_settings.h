#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace unfog {

/// What tokenizer_config.json and special_tokens_map.json of a model's tokenizer folder say.
struct TokenizerSettings {
    std::string startToken = "<|startoftext|>";
    std::string endToken = "<|endoftext|>";
    std::string padToken = "<|endoftext|>";
    std::string unknownToken = "<|endoftext|>";
    int maxLength = 77;
};

/// Either file may be absent. See ClipTokenizer::load for which one decides.
Result<TokenizerSettings> readTokenizerSettings(const std::filesystem::path& folder);

} // namespace unfog
