#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"
#include "weights/files/tensor_store.h"

/// What a file or folder is, told by names and shapes only.
namespace unfog {

enum class ModelLayout {
    DiffusersFolder, ///< model_index.json and one folder a component
    SingleFile,      ///< every component in one .safetensors file, in the original code's names
};

enum class ModelFamily { Sd1, Sd2, SdXl };

std::string_view modelLayoutName(ModelLayout layout); ///< "diffusers folder", "single file"
std::string_view
modelFamilyName(ModelFamily family); ///< "Stable Diffusion 1", "Stable Diffusion 2", "Stable Diffusion XL"

/// The model that a folder of the hub's cache ("models--owner--name") holds: the snapshot that refs/main
/// names, or the only one; any other path as it is. BadFile, listing them, for several snapshots and none
/// named.
Result<std::filesystem::path> modelInside(const std::filesystem::path& path);

/// By what lies under the path; an error says what was expected there.
Result<ModelLayout> detectLayout(const std::filesystem::path& path);

/// Of a UNet under today's diffusers names: XL embeds pooled text and sizes, 2 projects linearly, 1 by
/// convolution.
ModelFamily detectFamily(const TensorStore& unet);

/// Of a single file in the original names. Errors name what the file is instead, where that can be told: a
/// LoRA, an autoencoder or a UNet alone, a ControlNet, the XL refiner, Stable Diffusion 3, Flux.
Result<ModelFamily> detectSingleFileFamily(const TensorStore& file);

} // namespace unfog
