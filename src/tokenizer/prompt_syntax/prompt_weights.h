#pragma once

#include <string>
#include <string_view>
#include <vector>

/// The weights that a prompt gives to its words, in the grammar of AUTOMATIC1111's web UI:
/// "(a)" = 1.1, "(a:1.3)" = 1.3, "[a]" = 1/1.1, nested brackets multiply, "\(" "\)" "\[" "\]" "\\" are the
/// characters themselves. A bracket that is never closed counts to the end of the prompt, one that was never
/// opened is text, and so is a colon without a number and ")" after it.
namespace unfog {

struct WeightedText {
    std::string text;    ///< never empty, without brackets and escapes
    double weight = 1.0; ///< what the text encoder's output for its tokens is multiplied by

    bool operator==(const WeightedText&) const = default;
};

/// Neighbours of equal weight are one. An empty prompt gives none.
std::vector<WeightedText> parsePromptWeights(std::string_view prompt);

} // namespace unfog
