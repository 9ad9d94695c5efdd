#include "pipeline/families/stable_diffusion/model_files.h"

#include <algorithm>

namespace unfog {

Result<ModelFiles> openModel(const std::filesystem::path& path)
{
    auto checkpoint = openCheckpoint(path);
    if (!checkpoint)
        return tl::unexpected(checkpoint.error());
    ModelFiles files;
    files.checkpoint = std::move(*checkpoint);

    auto unet = UNetConfig::parse(files.checkpoint.unet.configJson, files.checkpoint.unet.where);
    if (!unet)
        return tl::unexpected(unet.error());
    files.unetConfig = *unet;
    auto vae = VaeConfig::parse(files.checkpoint.vae.configJson, files.checkpoint.vae.where);
    if (!vae)
        return tl::unexpected(vae.error());
    files.vaeConfig = *vae;

    std::vector<const CheckpointPart*> encoders = {&files.checkpoint.textEncoder};
    if (files.checkpoint.textEncoder2)
        encoders.push_back(&*files.checkpoint.textEncoder2);
    for (const CheckpointPart* encoder : encoders) {
        auto text = ClipTextConfig::parse(encoder->configJson, encoder->where);
        if (!text)
            return tl::unexpected(text.error());
        files.textConfigs.push_back(*text);
    }
    if (files.unetConfig.inChannels != files.vaeConfig.latentChannels)
        return fail(ErrorKind::Unsupported,
                    files.checkpoint.unet.where + ": in_channels is " +
                        std::to_string(files.unetConfig.inChannels) + ", expected the autoencoder's " +
                        std::to_string(files.vaeConfig.latentChannels) +
                        " latent channels; inpainting and other models with extra inputs are not supported.");
    return files;
}

int ModelFiles::textLayers() const
{
    int64_t layers = textConfigs.front().layers;
    for (const ClipTextConfig& config : textConfigs)
        layers = std::min(layers, config.layers);
    return static_cast<int>(layers);
}

ComputeTarget autoencoderTarget(const ModelFiles& files, ComputeTarget target)
{
    if (target.dtype == at::kHalf && files.vaeConfig.forceUpcast &&
        files.checkpoint.family == ModelFamily::SdXl)
        target.dtype = at::kFloat;
    return target;
}

} // namespace unfog
