#pragma once

#include <memory>

#include "tokenizer/byte_pair_encoder.h"

namespace unfog {

/// How many tokens CLIP's published vocabulary has: 256 bytes, the same at the end of a word, 48,894 merges,
/// start and end.
constexpr std::int32_t clipVocabularySize = 49408;

/// The byte-pair vocabulary that OpenAI published with CLIP (Radford et al. 2021), which Stable
/// Diffusion 1.x, 2.x and XL use; it is part of the program (resources/clip). Ids follow from the order of
/// the merges as in that publication. Made at the first call, then shared; any thread.
std::shared_ptr<const BytePairEncoder> clipBytePairEncoder();

} // namespace unfog
