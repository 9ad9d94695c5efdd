#include "tokenizer/byte_pair_encoder.h"

#include <algorithm>
#include <queue>
#include <utility>

#include "tokenizer/read_text_file.h"
#include "tokenizer/unicode.h"
#include "tokenizer/vocabulary_json.h"

namespace unfog {
namespace {

constexpr std::string_view endOfWord = "</w>";

std::uint64_t pairKey(std::int32_t left, std::int32_t right)
{
    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 |
           static_cast<std::uint32_t>(right);
}

/// Vocabulary files are text: bytes that are no visible Latin-1 character are spelt as U+0100 and above,
/// in ascending order (Radford et al. 2019, the GPT-2 code).
std::array<std::string, 256> byteSpellings()
{
    std::array<std::string, 256> spellings;
    char32_t substitute = 0x100;
    for (int byte = 0; byte < 256; ++byte) {
        const bool visible = (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) ||
                             (byte >= 0xAE && byte <= 0xFF);
        unicode::appendUtf8(spellings[byte], visible ? static_cast<char32_t>(byte) : substitute++);
    }
    return spellings;
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
    BytePairEncoder encoder;
    auto ids = readVocabularyJson(vocabulary);
    if (!ids)
        return tl::unexpected(ids.error());
    encoder.m_ids = std::move(*ids);
    for (const auto& [token, id] : encoder.m_ids)
        encoder.m_idLimit = std::max(encoder.m_idLimit, id + 1);
    if (auto read = encoder.readMerges(merges); !read)
        return tl::unexpected(read.error());
    encoder.fillByteTables();
    return encoder;
}

Result<void> BytePairEncoder::readMerges(const std::filesystem::path& file)
{
    auto text = readTextFile(file);
    if (!text)
        return tl::unexpected(text.error());
    const auto wrong = [&](std::size_t line, const std::string& what) {
        return fail(ErrorKind::BadFile, file.string() + ", line " + std::to_string(line) + ": " + what);
    };
    std::string merged;
    std::string_view rest = *text;
    m_ranks.reserve(m_ids.size());
    m_merges.reserve(m_ids.size());
    for (std::size_t line = 1; !rest.empty(); ++line) {
        const std::size_t end = rest.find('\n');
        std::string_view row = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        if (row.ends_with('\r'))
            row.remove_suffix(1);
        if ((line == 1 && row.starts_with("#version")) || (row.empty() && rest.empty()))
            continue;
        const std::size_t space = row.find(' ');
        if (space == 0 || space == std::string_view::npos || space + 1 == row.size() ||
            row.find(' ', space + 1) != std::string_view::npos)
            return wrong(line, "expected two tokens with one space between them");
        const std::string_view left = row.substr(0, space), right = row.substr(space + 1);
        merged.assign(left).append(right);
        const Merge merge{idOf(left), idOf(right), idOf(merged)};
        if (merge.left < 0 || merge.right < 0 || merge.merged < 0) {
            const std::string_view unknown = merge.left < 0 ? left : merge.right < 0 ? right : merged;
            return wrong(line, "the token \"" + std::string(unknown) + "\" is not in the vocabulary");
        }
        m_ranks[pairKey(merge.left, merge.right)] = static_cast<std::int32_t>(m_merges.size());
        m_merges.push_back(merge);
    }
    return {};
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
