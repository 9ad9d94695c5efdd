#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "generation/interchange/imported_parameters.h"
#include "generation/request/generation_request.h"

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

/// The parts of a text. Never fails: what does not follow the grammar is prompt.
struct A1111Parameters {
    std::string prompt;
    std::string negativePrompt;
    /// In the order of the text, a key that comes twice once with its last value, values unquoted; a value
    /// "512x768" is given as "Key-1" and "Key-2".
    std::vector<std::pair<std::string, std::string>> values;
    /// What extensions write behind the settings: "Template: a {paper|wooden} boat" and all that follows.
    std::vector<std::pair<std::string, std::string>> extras;

    /// Capitals, spaces, dashes and underscores do not matter: "CFG Scale", "cfg_scale". The last value of
    /// all spellings; null when there is none.
    const std::string* find(std::string_view key) const;
};

/// Splits as the web UI does, with these differences:
/// - the settings are the last line that begins with "Steps:", wherever it stands, else the last line with
/// three
///   pairs; two of its keys must be ones that programs write (a prompt that ends in "Style: ink, Mood: calm,
///   Light: soft" keeps its last line). Further lines of known keys belong to it, other lines behind it are
///   `extras`;
/// - a text that lost its line breaks is split at "Negative prompt:" and "Steps:";
/// - lines end with LF, CR LF or CR;
/// - a bracketed JSON value reaches to its closing bracket;
/// - a byte above 0x7F always counts as part of a word in keys, and defaults are not filled in.
A1111Parameters parseA1111Text(std::string_view text);

/// What of `parameters` this program has, in its names. Sampler names with the schedule in them ("DPM++ 2M
/// Karras") are split. Values outside our ranges are brought to the nearest end, sizes to multiples of 8.
ImportedParameters toRequest(const A1111Parameters& parameters);

} // namespace unfog
