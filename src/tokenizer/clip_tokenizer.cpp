#include "tokenizer/clip_tokenizer.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/sha256.h"
#include "base/utf8.h"
#include "tokenizer/clip_vocabulary.h"
#include "tokenizer/files/tokenizer_json.h"
#include "tokenizer/files/tokenizer_settings.h"
#include "tokenizer/unicode.h"

namespace unfog {
namespace {

using namespace unicode;

std::u32string cleaned(std::u32string_view text)
{
    std::u32string out;
    for (const char32_t code : toNfc(text)) {
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

/// Lower case one code point for one, so that places stay what they are.
std::u32string folded(std::u32string_view text)
{
    std::u32string out(text);
    for (char32_t& code : out) {
        const std::u32string lower = toLower(std::u32string_view(&code, 1));
        if (lower.size() == 1)
            code = lower.front();
    }
    return out;
}

bool isWordCharacter(char32_t code)
{
    return isLetter(code) || isNumber(code) || code == U'_';
}

} // namespace

bool ClipTokenizer::isTokenizerFolder(const std::filesystem::path& folder)
{
    std::error_code error;
    const auto has = [&](const char* name) { return std::filesystem::is_regular_file(folder / name, error); };
    return (has("vocab.json") && has("merges.txt")) || has("tokenizer.json");
}

Result<ClipTokenizer> ClipTokenizer::load(const std::filesystem::path& folder)
{
    auto settings = readTokenizerSettings(folder);
    if (!settings)
        return tl::unexpected(settings.error());
    std::error_code error;
    const auto isThere = [&](const char* name) { return std::filesystem::exists(folder / name, error); };
    const bool isFast = !(isThere("vocab.json") && isThere("merges.txt")) && isThere("tokenizer.json");
    const auto vocabulary = folder / (isFast ? "tokenizer.json" : "vocab.json");
    auto encoder =
        isFast ? readTokenizerJson(vocabulary) : BytePairEncoder::load(vocabulary, folder / "merges.txt");
    if (!encoder)
        return tl::unexpected(encoder.error());
    const auto added = readAddedTokens(folder);
    if (!added)
        return tl::unexpected(added.error());

    ClipTokenizer tokenizer(std::make_shared<const BytePairEncoder>(std::move(*encoder)));
    tokenizer.m_startToken = decodeUtf8(settings->startToken);
    tokenizer.m_endToken = decodeUtf8(settings->endToken);
    tokenizer.m_maxLength = settings->maxLength;
    if (auto taken = tokenizer.takeAdded(*added, vocabulary); !taken)
        return tl::unexpected(taken.error());
    struct Special {
        const char* role;
        const std::string& token;
        std::int32_t& id;
    };
    for (const Special& special : {Special{"start", settings->startToken, tokenizer.m_startId},
                                   Special{"end", settings->endToken, tokenizer.m_endId},
                                   Special{"padding", settings->padToken, tokenizer.m_padId},
                                   Special{"unknown", settings->unknownToken, tokenizer.m_unknownId}}) {
        special.id = tokenizer.idOf(special.token);
        if (special.id < 0)
            return fail(ErrorKind::BadFile, vocabulary.string() + " does not hold the " + special.role +
                                                " token \"" + special.token + "\"");
    }
    for (const std::string& token : {settings->padToken, settings->unknownToken})
        tokenizer.insert(token, tokenizer.idOf(token), false, false);
    std::erase_if(tokenizer.m_added, [&](const Added& token) {
        return token.id == tokenizer.m_startId || token.id == tokenizer.m_endId;
    });
    return tokenizer;
}

ClipTokenizer ClipTokenizer::builtIn(int maxLength)
{
    ClipTokenizer tokenizer(clipBytePairEncoder());
    tokenizer.m_startToken = decodeUtf8(defaultStartToken);
    tokenizer.m_endToken = decodeUtf8(defaultEndToken);
    tokenizer.m_startId = tokenizer.m_encoder->idOf(defaultStartToken);
    tokenizer.m_endId = tokenizer.m_encoder->idOf(defaultEndToken);
    tokenizer.m_padId = tokenizer.m_endId;
    tokenizer.m_unknownId = tokenizer.m_endId;
    tokenizer.m_maxLength = maxLength;
    return tokenizer;
}

Result<void> ClipTokenizer::takeAdded(const std::vector<AddedToken>& tokens,
                                      const std::filesystem::path& vocabulary)
{
    std::int32_t next = m_encoder->idLimit();
    for (const AddedToken& token : tokens)
        next = std::max(next, token.id + 1);
    for (const AddedToken& token : tokens) {
        const std::int32_t known = m_encoder->idOf(token.text);
        const std::string holder = token.id >= 0 && known < 0 ? m_encoder->tokenOf(token.id) : std::string();
        if ((known >= 0 && token.id >= 0 && known != token.id) || !holder.empty())
            return fail(ErrorKind::BadFile, token.where + " gives the added token \"" + token.text +
                                                "\" the id " + std::to_string(token.id) + ", but " +
                                                vocabulary.filename().string() +
                                                (holder.empty() ? " gives it " + std::to_string(known)
                                                                : " gives that to \"" + holder + "\""));
        const std::int32_t id = known >= 0 ? known : token.id >= 0 ? token.id : next++;
        insert(token.text, id, token.isNormalized && !token.isSpecial, token.isSingleWord);
    }
    return {};
}

void ClipTokenizer::insert(const std::string& text, std::int32_t id, bool isFolded, bool isSingleWord)
{
    if (findAdded(text))
        return;
    const std::u32string spelt = toNfc(decodeUtf8(text));
    Added added{isFolded ? folded(spelt) : spelt, text, id, isFolded, isSingleWord};
    const auto longer = [](const Added& a, const Added& b) { return a.text.size() > b.text.size(); };
    m_added.insert(std::upper_bound(m_added.begin(), m_added.end(), added, longer), std::move(added));
}

const ClipTokenizer::Added* ClipTokenizer::findAdded(const std::string& name) const
{
    const auto found =
        std::find_if(m_added.begin(), m_added.end(), [&](const Added& token) { return token.name == name; });
    return found == m_added.end() ? nullptr : &*found;
}

std::int32_t ClipTokenizer::idOf(const std::string& token) const
{
    const Added* added = findAdded(token);
    return added ? added->id : m_encoder->idOf(token);
}

void ClipTokenizer::setPadId(std::int32_t id)
{
    const std::int32_t before = std::exchange(m_padId, id);
    std::erase_if(m_added,
                  [&](const Added& token) { return token.id == before && before < m_encoder->idLimit(); });
    if (const std::string token = m_encoder->tokenOf(id); id != m_startId && id != m_endId && !token.empty())
        insert(token, id, false, false);
}

std::int32_t ClipTokenizer::idLimit() const
{
    std::int32_t limit = m_encoder->idLimit();
    for (const Added& token : m_added)
        limit = std::max(limit, token.id + 1);
    return limit;
}

std::vector<std::string> ClipTokenizer::dropAddedTokensFrom(std::int32_t limit)
{
    std::vector<std::string> dropped;
    const auto isBeyond = [&](const Added& token) {
        return token.id >= limit && token.id >= m_encoder->idLimit() && token.id != m_padId &&
               token.id != m_unknownId;
    };
    for (const Added& token : m_added) {
        if (isBeyond(token))
            dropped.push_back(token.name);
    }
    std::erase_if(m_added, isBeyond);
    return dropped;
}

std::string ClipTokenizer::sha256() const
{
    std::string text = m_encoder->sha256();
    std::vector<std::string> added;
    for (const Added& token : m_added) {
        if (token.id != m_padId)
            added.push_back(std::to_string(token.id) + ' ' + token.name);
    }
    std::sort(added.begin(), added.end());
    for (const std::string& line : added)
        text += '\n' + line;
    return sha256Hex(std::as_bytes(std::span(text)));
}

const ClipTokenizer::Added* ClipTokenizer::addedAt(std::u32string_view text, std::u32string_view lower,
                                                   std::size_t at) const
{
    for (const Added& token : m_added) {
        if (!(token.isFolded ? lower : text).substr(at).starts_with(token.text))
            continue;
        const std::size_t end = at + token.text.size();
        if (!token.isSingleWord || ((at == 0 || !isWordCharacter(text[at - 1])) &&
                                    (end == text.size() || !isWordCharacter(text[end]))))
            return &token;
    }
    return nullptr;
}

void ClipTokenizer::appendChain(const Added& added, std::u32string_view rest,
                                std::vector<std::int32_t>& ids) const
{
    ids.push_back(added.id);
    const Added* next = findAdded(added.name + "_1");
    while (!rest.empty() && isWhiteSpace(rest.front()))
        rest.remove_prefix(1);
    // Somebody who writes the second vector out writes all of them.
    if (next && rest.starts_with(next->text))
        return;
    for (int i = 2; next; ++i) {
        ids.push_back(next->id);
        next = findAdded(added.name + '_' + std::to_string(i));
    }
}

std::vector<std::int32_t> ClipTokenizer::tokensOf(std::string_view utf8) const
{
    std::vector<std::int32_t> ids;
    const std::u32string decoded = decodeUtf8(utf8);
    if (m_added.empty()) {
        appendWords(cleaned(decoded), ids);
        return ids;
    }
    const std::u32string text = toNfc(decoded);
    const bool folds =
        std::any_of(m_added.begin(), m_added.end(), [](const Added& token) { return token.isFolded; });
    const std::u32string lower = folds ? folded(text) : std::u32string();
    std::size_t begin = 0;
    const auto wordsUpTo = [&](std::size_t end) {
        appendWords(cleaned(std::u32string_view(text).substr(begin, end - begin)), ids);
    };
    for (std::size_t at = 0; at < text.size();) {
        const Added* const token = addedAt(text, lower, at);
        if (!token) {
            ++at;
            continue;
        }
        wordsUpTo(at);
        at += token->text.size();
        begin = at;
        appendChain(*token, std::u32string_view(text).substr(at), ids);
    }
    wordsUpTo(text.size());
    return ids;
}

void ClipTokenizer::appendWords(const std::u32string& clean, std::vector<std::int32_t>& ids) const
{
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
            m_encoder->encode(encodeUtf8(word), m_unknownId, ids);
        rest.remove_prefix(std::max<std::size_t>(length, 1));
    }
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
