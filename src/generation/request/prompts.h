#pragma once

#include <string>

namespace unfog {

/// What the image shows, and how the text encoder reads it.
struct Prompts {
    std::string positive;
    std::string negative;
    /// Whether brackets in both prompts are weights, as tokenizer/prompt_syntax/prompt_weights.h reads them;
    /// else plain text.
    bool areWeighted = true;
    int clipSkip = 0; ///< 0 = the model's own layer; n ≥ 1 = skip the n last layers of the text encoder

    bool operator==(const Prompts&) const = default;
};

} // namespace unfog
