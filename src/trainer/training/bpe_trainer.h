#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

/// Learns a byte-pair vocabulary from captions (Sennrich et al. 2016, algorithm 1), over bytes and with the
/// end-of-word mark as CLIP has it. `ClipTokenizer` reads what is written here.
namespace unfog {

struct BpeOptions {
    int maxEntries = 3000; ///< of the vocabulary: 512 for bytes, 2 special, the rest merges; at least 514
    int minPairCount = 2;  ///< rarer pairs are not joined
    int maxPositions = 32; ///< what tokenizer_config.json states as model_max_length
};

struct BpeVocabulary {
    std::vector<std::string> tokens; ///< as vocab.json spells them; the index is the id, the special two last
    std::vector<std::pair<std::string, std::string>> merges; ///< most important first
};

/// The same captions give the same vocabulary, in any order: the most frequent pair is joined first, and of
/// equally frequent ones that of the smallest ids. InvalidRequest: options out of range.
Result<BpeVocabulary> learnBytePairs(std::span<const std::string> captions, const BpeOptions& options = {});

/// Writes vocab.json, merges.txt, special_tokens_map.json and tokenizer_config.json into `folder`, which is
/// made where it is missing. Io: the disk says no.
Result<void> writeTokenizer(const std::filesystem::path& folder, const BpeVocabulary& vocabulary,
                            const BpeOptions& options = {});

} // namespace unfog
