#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// What a model folder says of itself to people, in its file `unfog.json`: the words that the model knows,
/// other spellings of them, prompts to begin with and good settings. A model without the file knows any word.
namespace unfog {

struct ModelWords {
    std::string title;              ///< "Things", "Background colours"
    std::vector<std::string> words; ///< "ice cream"; in small letters
};

struct ModelGuide {
    std::vector<ModelWords> known; ///< told to people
    std::vector<std::string> also; ///< known as well, not worth telling: "a", "two", "on", plurals
    std::map<std::string, std::string, std::less<>> aliases; ///< "gray" → "grey"; keys in small letters
    std::vector<std::string> examples;                       ///< whole prompts
    std::optional<int> steps;
    std::optional<double> guidanceScale;

    /// Patterns for new prompts: "{a Things} on {a Background colours} background": a group's title, with "a
    /// " for the article that goes with the word.
    std::vector<std::string> patterns;

    bool knowsWords() const { return !known.empty(); }
    /// A prompt from each pattern, with words drawn from `seed`; the examples where there are no patterns.
    std::vector<std::string> surprises(std::uint32_t seed) const;
};

/// BadFile: a key of a wrong type, a number outside the ranges of validate.h, no JSON object, nested too
/// deep. Keys that are not known here are left alone.
Result<ModelGuide> parseModelGuide(std::string_view json);

/// Bytes of a prompt.
struct PromptRange {
    std::size_t begin = 0;
    std::size_t size = 0;

    bool operator==(const PromptRange&) const = default;
};

/// The words of `prompt` that the guide neither knows nor has an alias for, in order. Numbers and what stands
/// in angle brackets are no words. Empty for a guide without words.
std::vector<PromptRange> unknownWords(const ModelGuide& guide, std::string_view prompt);

struct AliasedPrompt {
    std::string text;
    std::vector<std::pair<std::string, std::string>>
        replaced; ///< as it stood in the prompt, what is read; each once
};

/// `prompt` in the words of the model: whole words and phrases, the longest first, in any capitals.
AliasedPrompt withAliases(const ModelGuide& guide, std::string_view prompt);

/// One sentence, without a full stop, that says which words are unknown and what is known instead; "" when
/// every word is known.
std::string unknownWordsNote(const ModelGuide& guide, std::string_view prompt);

} // namespace unfog
