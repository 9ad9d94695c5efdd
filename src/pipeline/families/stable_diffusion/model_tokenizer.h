#pragma once

#include <filesystem>

#include "base/result.h"
#include "tokenizer/clip_tokenizer.h"

namespace unfog {

/// The tokenizer of a model's first text encoder, chosen as a run would (findTokenizers); reads no weights.
/// No Torch type is seen here. Any thread.
Result<ClipTokenizer> tokenizerOfModel(const std::filesystem::path& model,
                                       const std::filesystem::path& chosen);

} // namespace unfog
