#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "weights/checkpoint/detect.h"
#include "weights/files/tensor_store.h"

namespace unfog {

/// One network on disk: its configuration and its weights under today's diffusers names.
struct CheckpointPart {
    std::string configJson; ///< the file's text, or inferred
    std::string where;      ///< names that text in messages, e.g. "/models/a/unet/config.json"
    TensorStore store;
};

/// A whole model on disk, opened but not read: the one form in which both layouts reach the networks.
struct Checkpoint {
    std::filesystem::path path;
    ModelLayout layout = ModelLayout::DiffusersFolder;
    ModelFamily family = ModelFamily::Sd1;
    CheckpointPart unet;
    CheckpointPart vae;
    CheckpointPart textEncoder;
    std::optional<CheckpointPart> textEncoder2; ///< XL
    std::string schedulerConfigJson;
    std::string schedulerWhere;
    /// The folders with vocab.json and merges.txt, one a text encoder; empty for a single file, which carries
    /// none.
    std::vector<std::filesystem::path> tokenizerFolders;
    bool zerosForEmptyNegative = false; ///< XL: an empty negative prompt is all-zero embeddings
    std::string modelHash;              ///< `TensorStore::headerSha256` of the UNet's file
    std::vector<std::string> notes;     ///< sentences: what was assumed because the files do not say it
};

/// Opens a diffusers folder or a single .safetensors file of Stable Diffusion 1.x, 2.x or XL base.
Result<Checkpoint> openCheckpoint(const std::filesystem::path& path);

} // namespace unfog
