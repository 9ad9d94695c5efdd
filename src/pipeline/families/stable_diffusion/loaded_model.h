#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <vector>

#include "base/result.h"
#include "generation/engine/model_guide.h"
#include "networks/autoencoder/autoencoder.h"
#include "networks/clip/clip_text_encoder.h"
#include "networks/unet/unet.h"
#include "pipeline/device/compute_target.h"
#include "pipeline/families/stable_diffusion/model_files.h"
#include "pipeline/model/memory_plan.h"
#include "tokenizer/clip_tokenizer.h"

namespace unfog {

/// One text encoder with the tokenizer that feeds it.
struct TextTower {
    ClipTokenizer tokenizer;
    std::unique_ptr<ClipTextEncoder> encoder; ///< null where it is away: `textEncoders` brings it
};

/// A model in memory, on one device in one precision. Immutable after loading; owned by the engine.
struct LoadedModel {
    ModelFiles files;
    ComputeTarget target;
    MemoryStage memoryStage = MemoryStage::Plain; ///< says what of it is in memory
    std::vector<TextTower> towers;                ///< one, or two for XL
    std::unique_ptr<UNet> unet;
    std::unique_ptr<Autoencoder> autoencoder;
    ComputeTarget autoencoderTarget; ///< float32 where the model's file asks for it beside float16
    int nativeWidthPx = 512;
    int nativeHeightPx = 512;
    ModelGuide guide;
    std::vector<std::string> notes; ///< what was assumed because the files do not say it

    bool isXl() const { return files.checkpoint.family == ModelFamily::SdXl; }
    int latentDownscale() const { return static_cast<int>(files.vaeConfig.scale()); }
    int latentChannels() const { return static_cast<int>(files.vaeConfig.latentChannels); }
};

/// Reads a model's weights to `target`. Says every missing, unexpected or misshapen tensor at once, with the
/// file. `tokenizer` as in findTokenizers. `progress` (0 … 1) may be empty. Throws Stopped between components
/// when asked, and what LibTorch throws.
Result<std::unique_ptr<LoadedModel>>
loadModel(const std::filesystem::path& path, const std::filesystem::path& tokenizer,
          const ComputeTarget& target, const std::function<void(double)>& progress,
          const std::stop_token& stop, MemoryStage stage = MemoryStage::Plain);

/// The text encoders of a model, one a tower: those it holds, or loaded for as long as somebody holds the
/// result.
Result<std::vector<std::shared_ptr<const ClipTextEncoder>>> textEncoders(const LoadedModel& model);

/// The autoencoder alone, for a retry in another precision or on another device.
Result<std::unique_ptr<Autoencoder>> loadAutoencoder(const ModelFiles& files, const ComputeTarget& target);

} // namespace unfog
