#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tokenizer/byte_pair_encoder.h"
#include "tokenizer/files/added_tokens.h"
#include "tokenizer/prompt_syntax/prompt_weights.h"

/// Text → token ids for CLIP text encoders (Radford et al. 2021, section 2.4), equal id for id to the
/// published tokenizer without its mojibake repair. What happens to a text, in this order:
///  0. It is cut at the words that were added to the vocabulary (tokenizer/files/added_tokens.h), the longest
///  first; each is
///     one token. A word of several vectors, "x" with "x_1", "x_2", … added too, stands for all of them. As
///     in the reference, a padding token other than the end token is such a word.
///  1. UTF-8 is decoded (ill-formed parts become U+FFFD), Unicode NFC, every run of white space becomes one
///     space, the ends are trimmed, letters become lower case.
///  2. It is cut into words, at each place by the first that fits: the start or end token's own spelling;
///     's 't 're 've 'm 'll 'd; a run of letters; one number character; a run of anything else but white
///     space.
///  3. Each word's UTF-8 bytes go through byte-pair encoding.
namespace unfog {

struct TokenizedText {
    std::vector<std::int64_t> ids; ///< start, tokens, end, padding: exactly maxLength() of them
    int tokenCount = 0;            ///< of the text, without start and end, before cutting
    int cutCount = 0;              ///< how many of them did not fit
    /// Of each id; 1 for start, end and padding. Empty where every weight is 1.
    std::vector<float> weights;
};

/// Immutable once loaded: may be used from several threads at the same time.
class ClipTokenizer final {
public:
    static constexpr const char* defaultStartToken = "<|startoftext|>";
    static constexpr const char* defaultEndToken = "<|endoftext|>";

    /// `folder` holds vocab.json and merges.txt, or else tokenizer.json, and in general tokenizer_config.json
    /// (model_max_length, the special tokens) and special_tokens_map.json, which decides on special tokens
    /// where both name them and the former has no "added_tokens_decoder". Where neither says:
    /// "<|startoftext|>",
    /// "<|endoftext|>", padding and unknown bytes as the end token, 77 positions. A length of more than
    /// 1,000,000 means that none is stated. Added tokens as in readAddedTokens.
    static Result<ClipTokenizer> load(const std::filesystem::path& folder);
    /// Whether `load` finds a vocabulary in the folder, sound or not.
    static bool isTokenizerFolder(const std::filesystem::path& folder);
    /// CLIP's own vocabulary, which is part of the program, with `maxLength` positions.
    static ClipTokenizer builtIn(int maxLength = 77);

    /// Cut to the first maxLength() − 2 tokens, between start and end, and padded with padId().
    TokenizedText encode(std::string_view text) const;

    /// The same for parts with weights, each cut into words by itself.
    TokenizedText encode(const std::vector<WeightedText>& parts) const;

    /// Start, tokens (cut as above), end.
    std::vector<std::int32_t> encodeUnpadded(std::string_view text) const;

    int maxLength() const { return m_maxLength; }
    std::int32_t startId() const { return m_startId; }
    std::int32_t endId() const { return m_endId; }
    std::int32_t padId() const { return m_padId; }
    /// For a vocabulary that is lent to a model with another padding.
    void setPadId(std::int32_t id);
    /// One above the largest id, added tokens included.
    std::int32_t idLimit() const;
    /// Forgets the added tokens from `limit` on, for a text encoder without rows for them; their texts.
    std::vector<std::string> dropAddedTokensFrom(std::int32_t limit);
    /// SHA-256, lower-case hex, of all that decides the ids of a text: vocabulary, merges, added tokens.
    /// Padding and length are not in it.
    std::string sha256() const;

private:
    struct Added {
        std::u32string text; ///< folded to one case where that does not matter
        std::string name;    ///< as the file spells it
        std::int32_t id = 0;
        bool isFolded = false;
        bool isSingleWord = false;
    };

    explicit ClipTokenizer(std::shared_ptr<const BytePairEncoder> encoder) : m_encoder(std::move(encoder)) {}
    Result<void> takeAdded(const std::vector<AddedToken>& tokens, const std::filesystem::path& vocabulary);
    void insert(const std::string& text, std::int32_t id, bool isFolded, bool isSingleWord);
    const Added* findAdded(const std::string& name) const;
    std::int32_t idOf(const std::string& token) const;
    const Added* addedAt(std::u32string_view text, std::u32string_view lower, std::size_t at) const;
    void appendChain(const Added& added, std::u32string_view rest, std::vector<std::int32_t>& ids) const;
    std::vector<std::int32_t> tokensOf(std::string_view text) const;
    void appendWords(const std::u32string& clean, std::vector<std::int32_t>& ids) const;
    TokenizedText framed(const std::vector<std::int32_t>& tokens) const;

    std::shared_ptr<const BytePairEncoder> m_encoder;
    std::vector<Added> m_added; ///< longest first
    std::u32string m_startToken, m_endToken;
    std::int32_t m_startId = 0, m_endId = 0, m_padId = 0, m_unknownId = 0;
    int m_maxLength = 77;
};

} // namespace unfog
