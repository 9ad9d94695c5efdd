#include "tokenizer/byte_pair_encoder.h"

#include <algorithm>
#include <queue>
#include <span>
#include <utility>

#include "base/files/read_file.h"
#include "base/sha256.h"

namespace unfog {
namespace {

std::uint64_t pairKey(std::int32_t left, std::int32_t right)
{
    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 |
           static_cast<std::uint32_t>(right);
}

/// The symbols of a word as a linked list in arrays, so that a merge is O(1).
struct Symbols {
    std::vector<std::int32_t> id, previous, next; ///< −1: none; id −2: merged away

    explicit Symbols(std::size_t count) : id(count), previous(count), next(count)
    {
        for (std::size_t i = 0; i < count; ++i) {
            previous[i] = static_cast<std::int32_t>(i) - 1;
            next[i] = i + 1 < count ? static_cast<std::int32_t>(i) + 1 : -1;
        }
    }

    void mergeWithNext(std::int32_t at, std::int32_t merged)
    {
        const std::int32_t gone = next[at];
        id[at] = merged;
        id[gone] = -2;
        next[at] = next[gone];
        if (next[at] >= 0)
            previous[next[at]] = at;
    }
};

} // namespace

Result<BytePairEncoder> BytePairEncoder::load(const std::filesystem::path& vocabulary,
                                              const std::filesystem::path& merges)
{
    auto ids = readVocabularyJson(vocabulary);
    if (!ids)
        return tl::unexpected(ids.error());
    const auto text = readTextFile(merges);
    if (!text)
        return tl::unexpected(text.error());
    const auto spelt = parseMerges(*text, merges.string());
    if (!spelt)
        return tl::unexpected(spelt.error());
    return make(std::move(*ids), *spelt, merges.string() + ", line ");
}

Result<BytePairEncoder> BytePairEncoder::make(Vocabulary ids, const std::vector<SpeltMerge>& merges,
                                              const std::string& where)
{
    BytePairEncoder encoder;
    encoder.m_ids = std::move(ids);
    for (const auto& [token, id] : encoder.m_ids)
        encoder.m_idLimit = std::max(encoder.m_idLimit, id + 1);
    encoder.m_ranks.reserve(merges.size());
    encoder.m_merges.reserve(merges.size());
    std::string merged;
    for (const SpeltMerge& spelt : merges) {
        merged.assign(spelt.left).append(spelt.right);
        const Merge merge{encoder.idOf(spelt.left), encoder.idOf(spelt.right), encoder.idOf(merged)};
        if (merge.left < 0 || merge.right < 0 || merge.merged < 0) {
            const std::string& unknown = merge.left < 0 ? spelt.left : merge.right < 0 ? spelt.right : merged;
            return fail(ErrorKind::BadFile, std::string(where)
                                                .append(std::to_string(spelt.place))
                                                .append(": the token \"")
                                                .append(unknown)
                                                .append("\" is not in the vocabulary"));
        }
        encoder.m_ranks[pairKey(merge.left, merge.right)] =
            static_cast<std::int32_t>(encoder.m_merges.size());
        encoder.m_merges.push_back(merge);
    }
    encoder.fillByteTables();
    return encoder;
}

std::string BytePairEncoder::tokenOf(std::int32_t id) const
{
    const auto found =
        std::find_if(m_ids.begin(), m_ids.end(), [id](const auto& entry) { return entry.second == id; });
    return found == m_ids.end() ? std::string() : found->first;
}

std::string BytePairEncoder::sha256() const
{
    std::vector<std::pair<std::int32_t, std::string_view>> tokens;
    tokens.reserve(m_ids.size());
    for (const auto& [token, id] : m_ids)
        tokens.emplace_back(id, token);
    std::sort(tokens.begin(), tokens.end());
    Sha256 hash;
    const auto add = [&hash](std::string_view text) { hash.update(std::as_bytes(std::span(text))); };
    for (const auto& [id, token] : tokens) {
        add(std::to_string(id));
        add(" ");
        add(token);
        add("\n");
    }
    for (const Merge& merge : m_merges)
        add(std::to_string(merge.left) + " " + std::to_string(merge.right) + "\n");
    return hash.finishHex();
}

void BytePairEncoder::fillByteTables()
{
    const auto spellings = byteSpellings();
    for (int byte = 0; byte < 256; ++byte) {
        m_byteIds[byte] = idOf(spellings[byte]);
        m_lastByteIds[byte] = idOf(spellings[byte] + std::string(endOfWord));
    }
}

std::int32_t BytePairEncoder::idOf(std::string_view token) const
{
    const auto found = m_ids.find(token);
    return found == m_ids.end() ? -1 : found->second;
}

std::int32_t BytePairEncoder::rankOf(std::int32_t left, std::int32_t right) const
{
    const auto found = m_ranks.find(pairKey(left, right));
    return found == m_ranks.end() ? -1 : found->second;
}

void BytePairEncoder::encode(std::string_view word, std::int32_t unknownId,
                             std::vector<std::int32_t>& ids) const
{
    if (word.empty())
        return;
    const auto count = static_cast<std::int32_t>(word.size());
    Symbols symbols(word.size());
    for (std::int32_t i = 0; i < count; ++i) {
        const auto byte = static_cast<unsigned char>(word[i]);
        symbols.id[i] = i + 1 < count ? m_byteIds[byte] : m_lastByteIds[byte];
    }

    using Candidate = std::pair<std::int32_t, std::int32_t>; // rank, position
    std::vector<Candidate> candidates;
    const auto candidateAt = [&](std::int32_t at) -> Candidate {
        return {rankOf(symbols.id[at], symbols.id[symbols.next[at]]), at};
    };
    candidates.reserve(word.size());
    for (std::int32_t i = 0; i + 1 < count; ++i)
        if (const Candidate candidate = candidateAt(i); candidate.first >= 0)
            candidates.push_back(candidate);
    std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue({}, std::move(candidates));

    // All occurrences of the most important pair are merged, left to right, before the next pair is chosen,
    // also where a merge makes a pair that is more important still.
    std::vector<std::int32_t> round;
    while (!queue.empty()) {
        const std::int32_t rank = queue.top().first;
        for (round.clear(); !queue.empty() && queue.top().first == rank; queue.pop())
            round.push_back(queue.top().second);
        const Merge& merge = m_merges[rank];
        for (const std::int32_t at : round) {
            const std::int32_t next = symbols.next[at];
            if (symbols.id[at] != merge.left || next < 0 || symbols.id[next] != merge.right)
                continue;
            symbols.mergeWithNext(at, merge.merged);
            for (const std::int32_t from : {symbols.previous[at], at})
                if (from >= 0 && symbols.next[from] >= 0)
                    if (const Candidate candidate = candidateAt(from); candidate.first >= 0)
                        queue.push(candidate);
        }
    }
    for (std::int32_t at = 0; at >= 0; at = symbols.next[at])
        ids.push_back(symbols.id[at] >= 0 ? symbols.id[at] : unknownId);
}

} // namespace unfog
