#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "pipeline/families/stable_diffusion/model_files.h"
#include "tokenizer/clip_tokenizer.h"

namespace unfog {

struct FoundTokenizers {
    std::vector<ClipTokenizer> tokenizers; ///< one per text encoder
    std::filesystem::path lender;   ///< the folder whose vocabulary was borrowed; empty: the model's own
    std::vector<std::string> notes; ///< whose vocabulary is used where it is not the model's own
};

/// The tokenizers of a model, in this order: `chosen` (`--tokenizer`), a tokenizer folder
/// (ClipTokenizer::load) or a model folder; the model folder's own; for a single file, which carries none,
/// that of a folder beside it, in its folder or next to that, with exactly as many tokens and positions as
/// the text encoder; CLIP's own, which is built in, where the text encoder has its 49,408 tokens. Where the
/// vocabulary is not the model's own, the padding is the family's. BadFile, saying what to do, where none
/// fits.
Result<FoundTokenizers> findTokenizers(const ModelFiles& files, const std::filesystem::path& chosen);

} // namespace unfog
