#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "generation/engine/generation_engine.h"
#include "generation/request/request_json.h"

/// Where the models and start images lie that images were made from on this machine. Images themselves carry
/// names and hashes only (picture_metadata.h), so that sharing one tells nothing of its maker's folders; here
/// they are found again by hash. Kept in `$XDG_STATE_HOME/unfog/known-files.json` (~/.local/state by
/// default), the newest 500. What cannot be kept is not an error: the file is asked for again. Any thread,
/// any number of programs.
namespace unfog {

/// Notes the model, the tokenizer and the start image of a finished image.
void rememberFilesOf(const GeneratedImage& image);

/// `hash`: of a model (Provenance::modelHash) or of a start image's pixels (InitImage::sha256). `name`: the
/// file must have it, since models of one layout share their hash; "" = any. None: never seen, or not there
/// any more.
std::optional<std::filesystem::path> knownFile(const std::string& hash, const std::string& name);

/// Fills in where the model, the tokenizer and the start image of a record lie: by hash, else as an absolute
/// path of the record that exists. What is not found keeps the name that the record has.
void locateFiles(GenerationRecord& record);

} // namespace unfog
