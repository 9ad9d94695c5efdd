#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"

namespace unfog {

/// Looks tokens up without making a string of each.
struct TokenHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view token) const { return std::hash<std::string_view>{}(token); }
};
using Vocabulary = std::unordered_map<std::string, std::int32_t, TokenHash, std::equal_to<>>;

/// Reads a vocab.json: one flat object of token → id with 0 ≤ id < 10,000,000. Refused, with the key named:
/// anything else, a token or an id that occurs twice, an empty object.
Result<Vocabulary> readVocabularyJson(const std::filesystem::path& file);

} // namespace unfog
