#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "generation/result.h"
#include "pipeline/model_files.h"
#include "tokenizer/clip_tokenizer.h"

namespace unfog {

struct FoundTokenizers {
    std::vector<ClipTokenizer> tokenizers; ///< one per text encoder
    std::filesystem::path lender;          ///< the folder whose vocabulary was borrowed; empty: the model's own
    std::vector<std::string> notes;        ///< whose vocabulary is used where it is not the model's own
};

/// The tokenizers of a model. `chosen` (`--tokenizer`) is a folder with vocab.json and merges.txt, or a model
/// folder; empty: the model's own. A single file carries none: then any model folder beside it, in its folder
/// or next to that, whose vocabulary fits the text encoder, those of the same family first; the padding is
/// the family's. BadFile, saying what to do, where there is none.
Result<FoundTokenizers> findTokenizers(const ModelFiles& files, const std::filesystem::path& chosen);

} // namespace unfog
