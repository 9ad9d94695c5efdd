#include "tokenizer/prompt_syntax/unapplied_syntax.h"

#include "base/ascii_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

namespace unfog {
namespace {

constexpr std::size_t kQuotedBytes = 60;

bool isWordCharacter(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || (c & 0x80) != 0;
}

/// The length of a tag at the start of `text`, 0 if there is none.
std::size_t tagLength(std::string_view text)
{
    constexpr std::array<std::string_view, 4> marks = {"<lora:", "<lyco:", "<hypernet:", "<lokr:"};
    if (std::none_of(marks.begin(), marks.end(),
                     [&](std::string_view mark) { return startsInAnyCase(text, mark); }))
        return 0;
    const std::size_t end = text.find_first_of("<>\n", 1);
    return end != std::string_view::npos && text[end] == '>' ? end + 1 : 0;
}

std::string quoted(std::string_view text)
{
    std::size_t end = std::min(text.size(), kQuotedBytes);
    while (end < text.size() && end > 0 && (text[end] & 0xC0) == 0x80)
        --end;
    return "\"" + std::string(text.substr(0, end)) + (end < text.size() ? "…" : "") + "\"";
}

bool isEscaped(std::string_view text, std::size_t at)
{
    std::size_t slashes = 0;
    while (slashes < at && text[at - 1 - slashes] == '\\')
        ++slashes;
    return slashes % 2 == 1;
}

/// From an opening bracket at `at` to its closing one, both included; empty: never closed.
std::string_view bracketed(std::string_view text, std::size_t at, char open, char close)
{
    int depth = 0;
    for (std::size_t i = at; i < text.size(); ++i) {
        if (isEscaped(text, i))
            continue;
        depth += text[i] == open ? 1 : text[i] == close ? -1 : 0;
        if (depth == 0)
            return text.substr(at, i + 1 - at);
    }
    return {};
}

/// "[a:b:0.5]", "[a:b:10]", "[a:0.5]", "[a::5]": a number behind the last colon.
bool isEditing(std::string_view inBrackets)
{
    std::string_view inner = inBrackets.substr(1, inBrackets.size() - 2);
    const std::size_t colon = inner.rfind(':');
    if (colon == std::string_view::npos || inner.find('(') < colon)
        return false;
    inner.remove_prefix(colon + 1);
    while (inner.starts_with(' '))
        inner.remove_prefix(1);
    while (inner.ends_with(' '))
        inner.remove_suffix(1);
    return !inner.empty() && inner.find_first_not_of("0123456789.") == std::string_view::npos;
}

template <class Accept>
std::optional<std::string_view> firstBracketed(std::string_view prompt, char open, char close,
                                               Accept&& accept)
{
    for (std::size_t at = prompt.find(open); at != std::string_view::npos; at = prompt.find(open, at + 1)) {
        if (isEscaped(prompt, at))
            continue;
        const std::string_view found = bracketed(prompt, at, open, close);
        if (!found.empty() && accept(found))
            return found;
    }
    return std::nullopt;
}

bool hasWord(std::string_view prompt, std::string_view word)
{
    for (std::size_t at = prompt.find(word); at != std::string_view::npos; at = prompt.find(word, at + 1)) {
        const std::size_t end = at + word.size();
        if ((at == 0 || !isWordCharacter(prompt[at - 1])) &&
            (end == prompt.size() || !isWordCharacter(prompt[end])))
            return true;
    }
    return false;
}

/// "__animal__": letters between two underscores on both sides.
std::optional<std::string_view> firstWildcard(std::string_view prompt)
{
    for (std::size_t at = prompt.find("__"); at != std::string_view::npos; at = prompt.find("__", at + 1)) {
        const std::size_t end = prompt.find("__", at + 2);
        if (end == std::string_view::npos)
            return std::nullopt;
        const std::string_view name = prompt.substr(at + 2, end - at - 2);
        if (!name.empty() && name.find_first_of(" \t\n,") == std::string_view::npos)
            return prompt.substr(at, end + 2 - at);
    }
    return std::nullopt;
}

std::optional<std::string_view> firstEmbedding(std::string_view prompt)
{
    constexpr std::string_view mark = "embedding:";
    for (std::size_t at = 0; at < prompt.size(); ++at) {
        if (!startsInAnyCase(prompt.substr(at), mark) || (at > 0 && isWordCharacter(prompt[at - 1])))
            continue;
        const std::size_t end = std::min(prompt.find_first_of(" ,)>\n", at), prompt.size());
        if (end > at + mark.size())
            return prompt.substr(at, end - at);
    }
    return std::nullopt;
}

} // namespace

std::string withoutNetworkTags(std::string_view prompt)
{
    std::string text;
    for (std::size_t at = 0; at < prompt.size();) {
        const std::size_t length = prompt[at] == '<' ? tagLength(prompt.substr(at)) : 0;
        if (length == 0)
            text += prompt[at++];
        else
            at += length;
    }
    return text;
}

std::vector<std::string> unappliedSyntax(std::string_view prompt, bool weighted)
{
    std::vector<std::string> notes;
    std::string tags;
    for (std::size_t at = prompt.find('<'); at != std::string_view::npos; at = prompt.find('<', at + 1))
        if (const std::size_t length = tagLength(prompt.substr(at)); length > 0)
            tags += (tags.empty() ? "" : ", ") + quoted(prompt.substr(at, length));
    if (!tags.empty())
        notes.push_back(
            tags + (weighted ? " was left out of the prompt: LoRA and other added networks are not applied"
                             : " is read as words: LoRA and other added networks are not applied"));
    if (!weighted)
        return notes;
    const std::string plain = withoutNetworkTags(prompt);
    if (const auto found = firstBracketed(plain, '[', ']', isEditing))
        notes.push_back(quoted(*found) + " is read as words: a prompt does not change during a run");
    const auto hasBar = [](std::string_view text) { return text.find('|') != std::string_view::npos; };
    if (const auto found = firstBracketed(plain, '[', ']', hasBar))
        notes.push_back(quoted(*found) + " is read as words: words do not alternate from step to step");
    if (const auto found = firstBracketed(plain, '{', '}', hasBar))
        notes.push_back(quoted(*found) + " is read as words: no variant is chosen");
    if (hasWord(plain, "AND"))
        notes.push_back("\"AND\" is read as a word: prompts are not combined");
    if (hasWord(plain, "BREAK"))
        notes.push_back("\"BREAK\" is read as a word: the prompt is not cut there");
    if (const auto found = firstWildcard(plain))
        notes.push_back(quoted(*found) + " is read as words: wildcards are not filled in");
    if (const auto found = firstEmbedding(plain))
        notes.push_back(quoted(*found) + " is read as words: embeddings are not applied");
    return notes;
}

} // namespace unfog
