#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "networks/autoencoder/vae_config.h"
#include "networks/clip/clip_text_config.h"
#include "networks/unet/unet_config.h"
#include "pipeline/device/compute_target.h"
#include "weights/checkpoint/checkpoint.h"

namespace unfog {

/// A model on disk with its configurations understood, its weights not read. Cheap to make: headers and small
/// JSON files only. What `unfog-cli info` shows and `loadWeights` reads.
struct ModelFiles {
    Checkpoint checkpoint;
    std::vector<ClipTextConfig> textConfigs; ///< one, or two for XL
    UNetConfig unetConfig;
    VaeConfig vaeConfig;

    int textLayers() const; ///< of the shallowest text encoder
};

/// BadFile or Unsupported, naming file and key, when the model is none that the networks compute.
Result<ModelFiles> openModel(const std::filesystem::path& path);

/// Where the autoencoder computes when the rest does at `target`: the reference decodes in float32 where
/// float16 would overflow and the file says so (`force_upcast`).
ComputeTarget autoencoderTarget(const ModelFiles& files, ComputeTarget target);

} // namespace unfog
