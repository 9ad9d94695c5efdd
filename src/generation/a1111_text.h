#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "generation/generation_request.h"

/// The "parameters" text by which Stable Diffusion programs tell each other how a picture was made, in the
/// grammar of AUTOMATIC1111's web UI 1.10: the prompt, "Negative prompt: …", and a last line of "Key: value"
/// pairs. It is lossy (prompts are never escaped, keys cover part of a request): our own JSON is read first
/// where there is one.
namespace unfog {

struct A1111Origin {
    std::string modelName;     ///< without folder and extension; "" = derived from the request's model
    std::string engineVersion; ///< written as "Version: Unfog …"; "" = left out
};

/// Ill-formed UTF-8 becomes U+FFFD; NUL, which no picture file can hold in a text, is dropped.
std::string writeA1111Text(const GenerationRequest& request, const A1111Origin& origin);

/// The three parts of a text. Never fails: what does not follow the grammar is prompt.
struct A1111Parameters {
    std::string prompt;
    std::string negativePrompt;
    /// In the order of the text, a key that comes twice once with its last value, values unquoted; a value
    /// "512x768" is given as "Key-1" and "Key-2".
    std::vector<std::pair<std::string, std::string>> values;

    const std::string* find(std::string_view key) const;
};

/// Splits as the web UI does, two differences: a byte above 0x7F always counts as part of a word in keys,
/// and defaults are not filled in.
A1111Parameters parseA1111Text(std::string_view text);

struct A1111Request {
    GenerationRequest request; ///< `model` is empty: the text knows only a name
    std::string modelName;
    std::vector<std::string> taken;   ///< keys that went into the request
    std::vector<std::string> ignored; ///< one sentence each: the key, its value and why
};

/// What of `parameters` this program can do. Sampler names with the schedule in them, as older versions wrote
/// them
/// ("DPM++ 2M Karras"), are split. Values outside our ranges and unknown names are ignored and listed.
A1111Request toRequest(const A1111Parameters& parameters);

} // namespace unfog
