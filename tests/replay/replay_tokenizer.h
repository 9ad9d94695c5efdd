#pragma once

#include <filesystem>
#include <vector>

#include "replay/reference_case.h"

namespace unfog::replay {

/// Every text of a `tokenizer.json`, id for id, with the vocabulary of `tokenizerFolder`; one verdict for
/// all.
Verdict replayTokenizer(const std::filesystem::path& file, const std::filesystem::path& tokenizerFolder);

} // namespace unfog::replay
