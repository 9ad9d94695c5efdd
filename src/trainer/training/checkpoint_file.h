#pragma once

#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "trainer/training/training_loop.h"

/// A run's checkpoint: one safetensors file that is at every moment complete, the former or the new one.
namespace unfog {

// NOLINTNEXTLINE(bugprone-exception-escape): moving JSON throws only on a bug of its own
struct CheckpointInfo {
    std::string kind; ///< "autoencoder" or "diffusion"
    std::int64_t step = 0;
    double seconds = 0.0;
    nlohmann::ordered_json settings; ///< all that shapes the run, networks included
};

/// Under `folder`: "checkpoint.safetensors".
std::filesystem::path checkpointFile(const std::filesystem::path& folder);

Result<void> writeCheckpoint(const std::filesystem::path& folder, const CheckpointInfo& info,
                             const TrainingState& state);

/// BadFile, naming the file, when it is none of ours.
Result<CheckpointInfo> readCheckpointInfo(const std::filesystem::path& folder);

/// Puts the checkpoint's tensors, step and time into `state`.
Result<void> readCheckpointInto(const std::filesystem::path& folder, TrainingState& state);

/// Continues the run in `folder` where it has a checkpoint; returns whether it had. InvalidRequest, naming
/// the first setting that differs, when the run was begun with others.
Result<bool> resumeRun(const std::filesystem::path& folder, const CheckpointInfo& now, TrainingState& state);

} // namespace unfog
