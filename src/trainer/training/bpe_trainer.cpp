#include "trainer/training/bpe_trainer.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <system_error>
#include <unordered_map>

#include <nlohmann/json.hpp>

#include "base/files/write_file.h"
#include "base/utf8.h"
#include "tokenizer/unicode.h"

namespace unfog {

namespace {

constexpr std::string_view kEndOfWord = "</w>";
constexpr std::string_view kStartToken = "<|startoftext|>";
constexpr std::string_view kEndToken = "<|endoftext|>";
constexpr int kByteEntries = 512;

/// The words of a caption as the tokenizer cuts them: contractions, runs of letters, single numbers, runs of
/// anything else.
std::vector<std::string> wordsOf(const std::string& caption)
{
    const std::u32string text = unicode::toLower(unicode::toNfc(decodeUtf8(caption)));
    const auto kindAt = [&](std::size_t at) {
        if (unicode::isWhiteSpace(text[at]))
            return 0;
        return unicode::isLetter(text[at]) ? 1 : unicode::isNumber(text[at]) ? 2 : 3;
    };
    static constexpr std::array<std::u32string_view, 7> kContractions{U"'s", U"'t",  U"'re", U"'ve",
                                                                      U"'m", U"'ll", U"'d"};
    std::vector<std::string> words;
    for (std::size_t at = 0; at < text.size();) {
        const std::u32string_view rest = std::u32string_view(text).substr(at);
        std::size_t length = 0;
        for (const std::u32string_view contraction : kContractions) {
            if (length == 0 && rest.starts_with(contraction))
                length = contraction.size();
        }
        const int kind = kindAt(at);
        if (length == 0) {
            length = 1;
            while (kind != 2 && at + length < text.size() && kindAt(at + length) == kind)
                ++length;
        }
        if (kind != 0)
            words.push_back(encodeUtf8(rest.substr(0, length)));
        at += length;
    }
    return words;
}

/// The printable character that stands for each byte, in the order of ids: those that print as themselves
/// first (Radford et al. 2019).
std::vector<std::pair<unsigned char, std::string>> byteSpellings()
{
    std::vector<std::pair<unsigned char, std::string>> spellings, others;
    char32_t next = 256;
    for (int byte = 0; byte < 256; ++byte) {
        const bool isPrintable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
        std::string spelling;
        appendUtf8(spelling, isPrintable ? static_cast<char32_t>(byte) : next++);
        (isPrintable ? spellings : others)
            .emplace_back(static_cast<unsigned char>(byte), std::move(spelling));
    }
    spellings.insert(spellings.end(), others.begin(), others.end());
    return spellings;
}

using Pair = std::uint64_t;

Pair pairOf(std::int32_t left, std::int32_t right)
{
    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 |
           static_cast<std::uint32_t>(right);
}

struct Word {
    std::vector<std::int32_t> symbols;
    std::int64_t count = 0;
};

/// How often each pair occurs, and in which words; kept up to date as words change.
class PairCounts final {
public:
    explicit PairCounts(std::vector<Word> words) : m_words(std::move(words))
    {
        for (std::size_t word = 0; word < m_words.size(); ++word)
            change(word, +1);
    }

    /// The most frequent pair and its count; {0, 0} where none is left.
    std::pair<Pair, std::int64_t> best() const
    {
        std::pair<Pair, std::int64_t> best{0, 0};
        for (const auto& [pair, count] : m_counts) {
            if (count > best.second || (count == best.second && count > 0 && pair < best.first))
                best = {pair, count};
        }
        return best;
    }

    void join(Pair pair, std::int32_t joined)
    {
        const auto left = static_cast<std::int32_t>(pair >> 32);
        const auto right = static_cast<std::int32_t>(pair & 0xFFFFFFFFU);
        const std::set<std::size_t> places = m_places[pair];
        for (const std::size_t place : places) {
            change(place, -1);
            std::vector<std::int32_t>& symbols = m_words[place].symbols;
            std::size_t kept = 0;
            for (std::size_t i = 0; i < symbols.size(); ++i) {
                const bool matches = i + 1 < symbols.size() && symbols[i] == left && symbols[i + 1] == right;
                symbols[kept++] = matches ? joined : symbols[i];
                i += matches ? 1 : 0;
            }
            symbols.resize(kept);
            change(place, +1);
        }
        m_counts.erase(pair);
        m_places.erase(pair);
    }

private:
    void change(std::size_t place, int sign)
    {
        const Word& word = m_words[place];
        for (std::size_t i = 0; i + 1 < word.symbols.size(); ++i) {
            const Pair pair = pairOf(word.symbols[i], word.symbols[i + 1]);
            m_counts[pair] += sign * word.count;
            if (sign > 0)
                m_places[pair].insert(place);
        }
    }

    std::vector<Word> m_words;
    std::unordered_map<Pair, std::int64_t> m_counts;
    std::unordered_map<Pair, std::set<std::size_t>> m_places; ///< may hold words that no longer have it
};

} // namespace

Result<BpeVocabulary> learnBytePairs(std::span<const std::string> captions, const BpeOptions& options)
{
    if (options.maxEntries < kByteEntries + 2 || options.maxEntries > 1'000'000) {
        return fail(ErrorKind::InvalidRequest,
                    "A vocabulary has 514 to 1000000 entries, not " + std::to_string(options.maxEntries));
    }
    if (options.minPairCount < 1 || options.maxPositions < 3)
        return fail(ErrorKind::InvalidRequest,
                    "A pair is counted once at least, and a text has 3 positions at least");

    BpeVocabulary vocabulary;
    const auto spellings = byteSpellings();
    std::array<std::int32_t, 256> idOfByte{};
    for (const auto& [byte, spelling] : spellings) {
        idOfByte[byte] = static_cast<std::int32_t>(vocabulary.tokens.size());
        vocabulary.tokens.push_back(spelling);
    }
    for (const auto& [byte, spelling] : spellings)
        vocabulary.tokens.push_back(spelling + std::string(kEndOfWord));

    std::map<std::string, std::int64_t> counts;
    for (const std::string& caption : captions) {
        for (std::string& word : wordsOf(caption))
            ++counts[std::move(word)];
    }
    std::vector<Word> words;
    for (const auto& [text, count] : counts) {
        Word word;
        word.count = count;
        for (const char byte : text)
            word.symbols.push_back(idOfByte[static_cast<unsigned char>(byte)]);
        word.symbols.back() += 256;
        words.push_back(std::move(word));
    }

    PairCounts pairs(std::move(words));
    // Two merges may spell the same token, which a vocabulary can hold once only.
    std::map<std::string, std::int32_t> idOfToken;
    for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id)
        idOfToken.emplace(vocabulary.tokens[id], static_cast<std::int32_t>(id));
    while (static_cast<int>(vocabulary.tokens.size()) + 2 < options.maxEntries) {
        const auto [pair, count] = pairs.best();
        if (count < options.minPairCount)
            break;
        const std::string left = vocabulary.tokens[pair >> 32];
        const std::string right = vocabulary.tokens[pair & 0xFFFFFFFFU];
        const auto [found, isNew] =
            idOfToken.emplace(left + right, static_cast<std::int32_t>(vocabulary.tokens.size()));
        if (isNew)
            vocabulary.tokens.push_back(left + right);
        vocabulary.merges.emplace_back(left, right);
        pairs.join(pair, found->second);
    }
    vocabulary.tokens.emplace_back(kStartToken);
    vocabulary.tokens.emplace_back(kEndToken);
    return vocabulary;
}

Result<void> writeTokenizer(const std::filesystem::path& folder, const BpeVocabulary& vocabulary,
                            const BpeOptions& options)
{
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error)
        return fail(ErrorKind::Io, folder.string() + " cannot be made: " + error.message());

    nlohmann::ordered_json ids = nlohmann::ordered_json::object();
    for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id)
        ids[vocabulary.tokens[id]] = id;
    std::string merges = "#version: 0.2\n";
    for (const auto& [left, right] : vocabulary.merges)
        merges.append(left).append(" ").append(right).append("\n");
    const nlohmann::ordered_json special{{"bos_token", kStartToken},
                                         {"eos_token", kEndToken},
                                         {"pad_token", kEndToken},
                                         {"unk_token", kEndToken}};
    nlohmann::ordered_json settings{{"add_prefix_space", false},
                                    {"do_lower_case", true},
                                    {"errors", "replace"},
                                    {"model_max_length", options.maxPositions},
                                    {"tokenizer_class", "CLIPTokenizer"}};
    settings.update(special);

    const std::array<std::pair<std::string_view, std::string>, 4> files{{
        {"vocab.json", ids.dump(1)},
        {"merges.txt", merges},
        {"special_tokens_map.json", special.dump(1)},
        {"tokenizer_config.json", settings.dump(1)},
    }};
    for (const auto& [name, text] : files) {
        if (auto written = writeTextAtomically(folder / name, text); !written)
            return written;
    }
    return {};
}

} // namespace unfog
