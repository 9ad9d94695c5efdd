#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "generation/result.h"
#include "tokenizer/byte_pair_encoder.h"
#include "tokenizer/prompt_weights.h"

/// Text → token ids for CLIP text encoders (Radford et al. 2021, section 2.4), equal id for id to the
/// published tokenizer without its mojibake repair. What happens to a text, in this order:
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
    /// `folder` holds vocab.json and merges.txt, and in general tokenizer_config.json (model_max_length, the
    /// special tokens) and special_tokens_map.json, which decides on special tokens where both name them and
    /// the former has no "added_tokens_decoder". Where neither says: "<|startoftext|>", "<|endoftext|>",
    /// padding and unknown bytes as the end token, 77 positions. A length of more than 1,000,000 means that
    /// none is stated.
    static Result<ClipTokenizer> load(const std::filesystem::path& folder);

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
    void setPadId(std::int32_t id) { m_padId = id; }
    std::int32_t idLimit() const { return m_encoder.idLimit(); } ///< one above the largest id

private:
    explicit ClipTokenizer(BytePairEncoder encoder) : m_encoder(std::move(encoder)) {}
    std::vector<std::int32_t> tokensOf(std::string_view text) const;
    TokenizedText framed(const std::vector<std::int32_t>& tokens) const;

    BytePairEncoder m_encoder;
    std::u32string m_startToken, m_endToken;
    std::int32_t m_startId = 0, m_endId = 0, m_padId = 0, m_unknownId = 0;
    int m_maxLength = 77;
};

} // namespace unfog
