#pragma once

#include <filesystem>
#include <stop_token>

#include "base/result.h"
#include "generation/engine/latent_rgb_map.h"
#include "pipeline/families/stable_diffusion/loaded_model.h"

namespace unfog {

/// The affine latent → colour map of a model's own autoencoder: synthetic pictures are encoded and decoded,
/// and the colours of the decodes, averaged over each latent's square, are fitted by least squares; the last
/// picture only measures the PSNR. The same model gives the same map. Some seconds for Stable Diffusion on a
/// CPU, so it is kept in `cacheFolder` under a hash of the autoencoder's small tensors; an empty folder name
/// keeps nothing. Throws Stopped and what LibTorch throws.
Result<LatentRgbMap> fitPreviewMap(const LoadedModel& model, const std::filesystem::path& cacheFolder,
                                   const std::stop_token& stop);

} // namespace unfog
