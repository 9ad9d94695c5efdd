#include "generation/engine/model_guide.h"

#include <algorithm>
#include <random>
#include <set>

#include "base/ascii_text.h"
#include "base/bounded_json.h"
#include "generation/request/validate.h"

namespace unfog {
namespace {

constexpr std::size_t kMostWordsOfPhrase = 4;
constexpr std::size_t kMostWordsTold = 8;

bool isWordCharacter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c & 0x80) != 0;
}

/// Letters and digits, with single apostrophes and dashes inside: "jack-o-lantern".
std::vector<PromptRange> wordsOf(std::string_view prompt)
{
    std::vector<PromptRange> words;
    for (std::size_t at = 0; at < prompt.size();) {
        if (prompt[at] == '<') {
            const std::size_t end = prompt.find('>', at);
            at = end == std::string_view::npos ? at + 1 : end + 1;
            continue;
        }
        if (!isWordCharacter(prompt[at])) {
            ++at;
            continue;
        }
        const std::size_t begin = at;
        while (at < prompt.size() &&
               (isWordCharacter(prompt[at]) || ((prompt[at] == '-' || prompt[at] == '\'') &&
                                                at + 1 < prompt.size() && isWordCharacter(prompt[at + 1]))))
            ++at;
        words.push_back({begin, at - begin});
    }
    return words;
}

bool isNumber(std::string_view word)
{
    return word.find_first_not_of("0123456789") == std::string_view::npos;
}

/// `count` words from `first` on, when nothing but blanks stands between them: "ice  cream" → "ice cream".
std::optional<std::string> phraseAt(std::string_view prompt, const std::vector<PromptRange>& words,
                                    std::size_t first, std::size_t count)
{
    std::string phrase;
    for (std::size_t i = first; i < first + count; ++i) {
        if (i > first) {
            const std::size_t end = words[i - 1].begin + words[i - 1].size;
            if (prompt.substr(end, words[i].begin - end).find_first_not_of(" \t\n") != std::string_view::npos)
                return std::nullopt;
            phrase += ' ';
        }
        phrase += asciiLower(prompt.substr(words[i].begin, words[i].size));
    }
    return phrase;
}

/// Calls `match(phrase)` with the longest phrases first at each word; when it accepts, the search goes on
/// behind the phrase. `miss(word)` for a word that begins no accepted phrase.
template <class Match, class Miss>
void eachPhrase(std::string_view prompt, Match&& match, Miss&& miss)
{
    const std::vector<PromptRange> words = wordsOf(prompt);
    for (std::size_t i = 0; i < words.size();) {
        std::size_t taken = 0;
        for (std::size_t count = std::min(kMostWordsOfPhrase, words.size() - i); count > 0 && taken == 0;
             --count) {
            const auto phrase = phraseAt(prompt, words, i, count);
            const std::size_t end = words[i + count - 1].begin + words[i + count - 1].size;
            if (phrase && match(*phrase, PromptRange{words[i].begin, end - words[i].begin}))
                taken = count;
        }
        if (taken == 0)
            miss(words[i]);
        i += std::max<std::size_t>(taken, 1);
    }
}

Error wrongType(const std::string& key, const char* expected)
{
    return {ErrorKind::BadFile, "\"" + key + "\" is not " + expected};
}

Result<std::vector<std::string>> textsOf(const nlohmann::ordered_json& json, const std::string& key)
{
    std::vector<std::string> texts;
    if (!json.is_array())
        return tl::unexpected(wrongType(key, "a list of texts"));
    for (const auto& text : json) {
        if (!text.is_string())
            return tl::unexpected(wrongType(key, "a list of texts"));
        texts.push_back(text.get<std::string>());
    }
    return texts;
}

template <class Number>
Result<void> readNumber(const nlohmann::ordered_json& settings, const char* key, double low, double high,
                        std::optional<Number>& target)
{
    const auto found = settings.find(key);
    if (found == settings.end())
        return {};
    if (!found->is_number() || found->get<double>() < low || found->get<double>() > high)
        return tl::unexpected(wrongType("settings." + std::string(key), "a number in its range"));
    target = found->get<Number>();
    return {};
}

Result<void> readWords(const nlohmann::ordered_json& json, ModelGuide& guide)
{
    if (!json.is_object())
        return tl::unexpected(wrongType("words", "an object of lists"));
    for (const auto& [title, list] : json.items()) {
        auto words = textsOf(list, "words." + title);
        if (!words)
            return tl::unexpected(words.error());
        for (std::string& word : *words)
            word = asciiLower(word);
        guide.known.push_back({title, std::move(*words)});
    }
    return {};
}

} // namespace

Result<ModelGuide> parseModelGuide(std::string_view text)
{
    const auto json = parseJson<nlohmann::ordered_json>(text);
    if (!json)
        return tl::unexpected(json.error());
    if (!json->is_object())
        return fail(ErrorKind::BadFile, "is no JSON object");
    ModelGuide guide;
    if (const auto found = json->find("words"); found != json->end())
        if (auto read = readWords(*found, guide); !read)
            return tl::unexpected(read.error());
    for (const auto& [key, target] : {std::pair{"also", &guide.also}, std::pair{"examples", &guide.examples},
                                      std::pair{"patterns", &guide.patterns}}) {
        const auto found = json->find(key);
        if (found == json->end())
            continue;
        auto texts = textsOf(*found, key);
        if (!texts)
            return tl::unexpected(texts.error());
        *target = std::move(*texts);
    }
    for (std::string& word : guide.also)
        word = asciiLower(word);
    if (const auto found = json->find("aliases"); found != json->end()) {
        if (!found->is_object())
            return tl::unexpected(wrongType("aliases", "an object of texts"));
        for (const auto& [alias, word] : found->items()) {
            if (!word.is_string())
                return tl::unexpected(wrongType("aliases." + alias, "a text"));
            guide.aliases[asciiLower(alias)] = word.get<std::string>();
        }
    }
    if (const auto found = json->find("settings"); found != json->end()) {
        if (!found->is_object())
            return tl::unexpected(wrongType("settings", "an object"));
        if (auto read = readNumber(*found, "steps", 1, kMaxSteps, guide.steps); !read)
            return tl::unexpected(read.error());
        if (auto read = readNumber(*found, "guidance_scale", kMinGuidance, kMaxGuidance, guide.guidanceScale);
            !read)
            return tl::unexpected(read.error());
    }
    return guide;
}

std::vector<std::string> ModelGuide::surprises(std::uint32_t seed) const
{
    if (patterns.empty())
        return examples;
    std::minstd_rand random(seed);
    std::vector<std::string> prompts;
    for (const std::string& pattern : patterns) {
        std::string prompt;
        for (std::size_t at = 0; at < pattern.size();) {
            const std::size_t end = pattern[at] == '{' ? pattern.find('}', at) : std::string::npos;
            if (end == std::string::npos) {
                prompt += pattern[at++];
                continue;
            }
            std::string_view title = std::string_view(pattern).substr(at + 1, end - at - 1);
            const bool hasArticle = title.starts_with("a ");
            title.remove_prefix(hasArticle ? 2 : 0);
            const auto group = std::find_if(known.begin(), known.end(),
                                            [&](const ModelWords& words) { return words.title == title; });
            if (group != known.end() && !group->words.empty()) {
                const std::string& word = group->words[random() % group->words.size()];
                const bool isVowel = std::string_view("aeiou").find(word.front()) != std::string_view::npos;
                prompt += (hasArticle ? isVowel ? "an " : "a " : "") + word;
            }
            at = end + 1;
        }
        prompts.push_back(std::move(prompt));
    }
    return prompts;
}

std::vector<PromptRange> unknownWords(const ModelGuide& guide, std::string_view prompt)
{
    if (!guide.knowsWords())
        return {};
    std::set<std::string, std::less<>> known(guide.also.begin(), guide.also.end());
    for (const ModelWords& group : guide.known)
        known.insert(group.words.begin(), group.words.end());
    std::vector<PromptRange> unknown;
    eachPhrase(
        prompt,
        [&](const std::string& phrase, const PromptRange&) {
            return known.contains(phrase) || guide.aliases.contains(phrase) || isNumber(phrase);
        },
        [&](const PromptRange& word) { unknown.push_back(word); });
    return unknown;
}

AliasedPrompt withAliases(const ModelGuide& guide, std::string_view prompt)
{
    AliasedPrompt aliased;
    std::size_t copied = 0;
    eachPhrase(
        prompt,
        [&](const std::string& phrase, const PromptRange& range) {
            const auto alias = guide.aliases.find(phrase);
            if (alias == guide.aliases.end())
                return false;
            aliased.text += prompt.substr(copied, range.begin - copied);
            aliased.text += alias->second;
            copied = range.begin + range.size;
            const std::pair<std::string, std::string> replaced{prompt.substr(range.begin, range.size),
                                                               alias->second};
            if (std::find(aliased.replaced.begin(), aliased.replaced.end(), replaced) ==
                aliased.replaced.end())
                aliased.replaced.push_back(replaced);
            return true;
        },
        [](const PromptRange&) {});
    aliased.text += prompt.substr(copied);
    return aliased;
}

std::string unknownWordsNote(const ModelGuide& guide, std::string_view prompt)
{
    std::vector<std::string> unknown;
    for (const PromptRange& range : unknownWords(guide, prompt)) {
        std::string word = "\"" + std::string(prompt.substr(range.begin, range.size)) + "\"";
        if (std::find(unknown.begin(), unknown.end(), word) == unknown.end())
            unknown.push_back(std::move(word));
    }
    if (unknown.empty())
        return {};
    const auto joined = [](const std::vector<std::string>& words) {
        std::string text;
        for (std::size_t i = 0; i < std::min(words.size(), kMostWordsTold); ++i)
            text += (i == 0 ? "" : ", ") + words[i];
        return text + (words.size() > kMostWordsTold ? ", …" : "");
    };
    std::string note = "the model does not know " + joined(unknown) + "; it knows";
    for (std::size_t i = 0; i < guide.known.size(); ++i)
        note += (i == 0 ? " " : "; ") + std::to_string(guide.known[i].words.size()) + " " +
                asciiLower(guide.known[i].title) + " (" + joined(guide.known[i].words) + ")";
    return note;
}

} // namespace unfog
