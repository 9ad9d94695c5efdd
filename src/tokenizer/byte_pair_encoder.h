#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "tokenizer/files/merges_text.h"
#include "tokenizer/files/vocabulary_json.h"

/// Byte-pair encoding of one word (Sennrich et al. 2016, algorithm 1) over bytes, as CLIP and GPT-2 use it.
/// Knows nothing of texts, special tokens or lengths: see clip_tokenizer.h.
namespace unfog {

class BytePairEncoder final {
public:
    /// `vocabulary` is vocab.json: one object of token → id, every id once. `merges` is merges.txt: a line
    /// "#version: …", then a line "left right" per merge, most important first; a merge listed twice counts
    /// where it stands last. Errors name the file and the first offending key or line.
    static Result<BytePairEncoder> load(const std::filesystem::path& vocabulary,
                                        const std::filesystem::path& merges);

    /// From parts that were read elsewhere. Errors begin with `where` and the place of the first merge with a
    /// token that `ids` lacks.
    static Result<BytePairEncoder> make(Vocabulary ids, const std::vector<SpeltMerge>& merges,
                                        const std::string& where);

    /// Appends the ids of `word`, any bytes; its last symbol carries the end-of-word mark. A byte that the
    /// vocabulary does not hold becomes `unknownId`. Costs O(n log n) for n bytes, whatever they are.
    void encode(std::string_view word, std::int32_t unknownId, std::vector<std::int32_t>& ids) const;

    /// The id of a whole token as vocab.json spells it, or −1.
    std::int32_t idOf(std::string_view token) const;

    /// One above the largest id: the least number of rows that the embedding table needs.
    std::int32_t idLimit() const { return m_idLimit; }

    /// The token of an id as vocab.json spells it, "" for an id that has none. O(n).
    std::string tokenOf(std::int32_t id) const;

    /// SHA-256, lower-case hex, over all tokens in the order of their ids and all merges in their order.
    std::string sha256() const;

private:
    struct Merge {
        std::int32_t left, right, merged;
    };

    BytePairEncoder() = default;
    void fillByteTables();
    std::int32_t rankOf(std::int32_t left, std::int32_t right) const;

    Vocabulary m_ids;
    std::vector<Merge> m_merges; ///< in order of importance: the index is the rank
    std::unordered_map<std::uint64_t, std::int32_t> m_ranks;
    std::array<std::int32_t, 256> m_byteIds{};     ///< −1 where the vocabulary lacks the byte
    std::array<std::int32_t, 256> m_lastByteIds{}; ///< with the end-of-word mark
    std::int32_t m_idLimit = 0;
};

} // namespace unfog
