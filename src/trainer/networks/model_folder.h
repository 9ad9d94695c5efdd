#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "networks/autoencoder/autoencoder.h"
#include "networks/clip/clip_text_config.h"
#include "networks/unet/unet_config.h"
#include "pipeline/families/stable_diffusion/model_files.h"
#include "trainer/networks/parameter_set.h"
#include "training_pictures/picture_source.h"

/// The model that a diffusion run trains, as a folder in the diffusers layout that is complete but for the
/// weights of text encoder and UNet: tokenizer, autoencoder and all configurations.
namespace unfog {

/// What a new model is made of.
struct NewModel {
    UNetConfig unet;     ///< crossAttentionFeatures as `text.features`; sampleSize is set by the pictures
    ClipTextConfig text; ///< vocabulary and tokens are set by the captions
    std::string schedulerJson;         ///< text of scheduler_config.json
    std::filesystem::path autoencoder; ///< its folder: config.json and weights
    int vocabularyEntries = 3000;      ///< at most
    int vocabularyCaptions = 30000;    ///< that it is learned from, of an endless source
};

/// Makes `folder`, learning the vocabulary from the source's captions; `sidePx` is that of its pictures.
Result<void> makeModelFolder(const std::filesystem::path& folder, NewModel model, const PictureSource& source,
                             std::int64_t sidePx);

/// Copies all but the weights of text encoder and UNet of a model in the diffusers layout.
Result<void> copyModelFolder(const std::filesystem::path& folder, const std::filesystem::path& model);

/// What such a folder says.
struct ModelDesign {
    UNetConfig unet;
    ClipTextConfig text;
    VaeConfig vae;
    std::string unetJson, textJson, schedulerJson;
};
Result<ModelDesign> readModelDesign(const std::filesystem::path& folder);
Result<std::unique_ptr<Autoencoder>> loadAutoencoder(const std::filesystem::path& folder,
                                                     const VaeConfig& config, at::Device device);

/// Completes a copy of `folder` at `output` (which may be `folder` itself) with the weights "unet.…" and
/// "text_encoder.…" of `weights` and the autoencoder in the folder `autoencoder`, all networks in `dtype`.
/// InvalidRequest when that autoencoder's latents are of another scale than the folder's.
Result<void> writeModel(const std::filesystem::path& folder, const std::filesystem::path& output,
                        const std::filesystem::path& autoencoder,
                        const std::map<std::string, at::Tensor>& weights, at::ScalarType dtype);

/// The weights of a finished model under those names, to start from.
class ModelWeights final : public ParameterSource {
public:
    explicit ModelWeights(const ModelFiles& files);
    ~ModelWeights() override;

    at::Tensor tensor(const std::string& name, at::IntArrayRef shape) override;
    bool has(const std::string& name) const override;
    /// What was missing or misshapen, as StoredParameters tells it.
    Result<void> finish() const;

private:
    struct Parts;
    std::unique_ptr<Parts> m_parts;
};

} // namespace unfog
