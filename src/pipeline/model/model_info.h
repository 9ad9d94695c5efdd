#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace unfog {

struct ModelPartInfo {
    std::string name; ///< "unet", "vae", "text_encoder", "text_encoder_2"
    std::uint64_t parameterCount = 0;
    std::vector<std::string> dtypes; ///< as stored, the most frequent first
};

/// What can be said of a model without reading its weights.
struct ModelInfo {
    std::string path;
    std::string layout;         ///< "diffusers folder", "single file"
    std::string family;         ///< "Stable Diffusion 1", …
    std::string scheduler;      ///< the model's own class
    std::string schedulerTitle; ///< its name for people
    std::string prediction;     ///< "epsilon", "v_prediction", …
    int nativeSizePx = 0;
    int latentChannels = 0;
    int latentDownscale = 0;
    int promptPositions = 0; ///< start and end token included
    int textLayers = 0;      ///< of the shallowest text encoder
    std::uint64_t fileBytes = 0;
    std::string modelHash;
    std::vector<ModelPartInfo> parts;
    std::vector<std::string> notes;
};

Result<ModelInfo> describeModel(const std::filesystem::path& path);

} // namespace unfog
