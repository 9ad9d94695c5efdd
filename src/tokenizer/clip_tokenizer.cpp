#include "tokenizer/clip_tokenizer.h"

#include <algorithm>

#include "tokenizer/tokenizer_settings.h"
#include "tokenizer/unicode.h"

namespace unfog {
namespace {

using namespace unicode;

std::u32string cleaned(std::string_view text)
{
    std::u32string out;
    for (const char32_t code : toNfc(decodeUtf8(text))) {
        if (!isWhiteSpace(code))
            out.push_back(code);
        else if (out.empty() || out.back() != U' ')
            out.push_back(U' ');
    }
    // The reference trims four separators that it does not count as white space inside a text.
    const auto trimmed = [](char32_t code) { return code == U' ' || (code >= 0x1C && code <= 0x1F); };
    while (!out.empty() && trimmed(out.back()))
        out.pop_back();
    out.erase(out.begin(), std::find_if_not(out.begin(), out.end(), trimmed));
    return toLower(out);
}

/// The reference compares without case, by which ſ is an s; everything else is lower case by now.
bool startsWith(std::u32string_view text, std::u32string_view start)
{
    return text.size() >= start.size() &&
           std::equal(start.begin(), start.end(), text.begin(), [](char32_t expected, char32_t found) {
               return found == expected || (found == 0x17F && expected == U's');
           });
}

enum class Kind { Space, Letter, Number, Other };

Kind kindOf(char32_t code)
{
    if (isLetter(code))
        return Kind::Letter;
    if (isNumber(code))
        return Kind::Number;
    // U+0345 is no letter, but has letters as other cases: the reference's case-insensitive classes skip it.
    return isWhiteSpace(code) || code == 0x345 ? Kind::Space : Kind::Other;
}

std::size_t contractionLength(std::u32string_view text)
{
    if (text.front() != U'\'')
        return 0;
    for (const std::u32string_view ending : {U"'s", U"'t", U"'re", U"'ve", U"'m", U"'ll", U"'d"})
        if (startsWith(text, ending))
            return ending.size();
    return 0;
}

/// How many code points of `text`, not empty and not beginning with a space, are its first word.
std::size_t wordLength(std::u32string_view text)
{
    if (const std::size_t length = contractionLength(text))
        return length;
    const Kind kind = kindOf(text.front());
    std::size_t length = 1;
    while (kind != Kind::Number && length < text.size() && kindOf(text[length]) == kind)
        ++length;
    return length;
}

} // namespace

Result<ClipTokenizer> ClipTokenizer::load(const std::filesystem::path& folder)
{
    auto settings = readTokenizerSettings(folder);
    if (!settings)
        return tl::unexpected(settings.error());
    auto encoder = BytePairEncoder::load(folder / "vocab.json", folder / "merges.txt");
    if (!encoder)
        return tl::unexpected(encoder.error());

    ClipTokenizer tokenizer(std::move(*encoder));
    struct Special {
        const char* role;
        const std::string& token;
        std::int32_t& id;
    };
    for (const Special& special : {Special{"start", settings->startToken, tokenizer.m_startId},
                                   Special{"end", settings->endToken, tokenizer.m_endId},
                                   Special{"padding", settings->padToken, tokenizer.m_padId},
                                   Special{"unknown", settings->unknownToken, tokenizer.m_unknownId}}) {
        special.id = tokenizer.m_encoder.idOf(special.token);
        if (special.id < 0)
            return fail(ErrorKind::BadFile, (folder / "vocab.json").string() + " does not hold the " +
                                                special.role + " token \"" + special.token + "\"");
    }
    tokenizer.m_startToken = decodeUtf8(settings->startToken);
    tokenizer.m_endToken = decodeUtf8(settings->endToken);
    tokenizer.m_maxLength = settings->maxLength;
    return tokenizer;
}

std::vector<std::int32_t> ClipTokenizer::tokensOf(std::string_view text) const
{
    const std::u32string clean = cleaned(text);
    std::vector<std::int32_t> ids;
    std::u32string_view rest = clean;
    while (!rest.empty()) {
        std::size_t length = 0;
        if (startsWith(rest, m_startToken))
            length = m_startToken.size();
        else if (startsWith(rest, m_endToken))
            length = m_endToken.size();
        else if (kindOf(rest.front()) != Kind::Space)
            length = wordLength(rest);
        const std::u32string_view word = rest.substr(0, length);
        if (word == m_startToken)
            ids.push_back(m_startId);
        else if (word == m_endToken)
            ids.push_back(m_endId);
        else
            m_encoder.encode(encodeUtf8(word), m_unknownId, ids);
        rest.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return ids;
}

std::vector<std::int32_t> ClipTokenizer::encodeUnpadded(std::string_view text) const
{
    std::vector<std::int32_t> ids = tokensOf(text);
    ids.resize(std::min<std::size_t>(ids.size(), m_maxLength - 2));
    ids.insert(ids.begin(), m_startId);
    ids.push_back(m_endId);
    return ids;
}

TokenizedText ClipTokenizer::encode(std::string_view text) const
{
    return framed(tokensOf(text));
}

TokenizedText ClipTokenizer::encode(const std::vector<WeightedText>& parts) const
{
    std::vector<std::int32_t> tokens;
    std::vector<float> weights = {1.0F};
    bool isWeighted = false;
    for (const WeightedText& part : parts) {
        const std::vector<std::int32_t> more = tokensOf(part.text);
        tokens.insert(tokens.end(), more.begin(), more.end());
        weights.insert(weights.end(), more.size(), static_cast<float>(part.weight));
        isWeighted |= part.weight != 1.0;
    }
    TokenizedText out = framed(tokens);
    if (isWeighted) {
        weights.resize(1 + out.tokenCount - out.cutCount);
        weights.resize(m_maxLength, 1.0F);
        out.weights = std::move(weights);
    }
    return out;
}

TokenizedText ClipTokenizer::framed(const std::vector<std::int32_t>& tokens) const
{
    const std::size_t kept = std::min<std::size_t>(tokens.size(), m_maxLength - 2);
    TokenizedText out;
    out.tokenCount = static_cast<int>(tokens.size());
    out.cutCount = static_cast<int>(tokens.size() - kept);
    out.ids.reserve(m_maxLength);
    out.ids.push_back(m_startId);
    out.ids.insert(out.ids.end(), tokens.begin(), tokens.begin() + kept);
    out.ids.push_back(m_endId);
    out.ids.resize(m_maxLength, m_padId);
    return out;
}

} // namespace unfog
