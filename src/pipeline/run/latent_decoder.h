#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "generation/engine/images.h"
#include "pipeline/families/stable_diffusion/loaded_model.h"

namespace unfog {

struct DecodedImage {
    at::Tensor image;               ///< [1, 3, height, width] in −1 … 1, float32 on the CPU
    std::vector<std::string> notes; ///< which retries were needed
};

/// Decodes one final latent [1, channels, height, width] (scaled, as sampled). Half precision that computes
/// NaN or infinity is repeated in float32; running out of memory is repeated in tiles, then in tiles on the
/// CPU. NonFinite when float32 computes NaN too. The latent itself is never touched. Throws Stopped.
Result<DecodedImage> decodeLatent(const LoadedModel& model, const at::Tensor& latent, bool tiled,
                                  const std::stop_token& stop);

/// The picture [1, 3, height, width] in −1 … 1 → scaled latent of the distribution's mean, float32 on the
/// CPU.
Result<at::Tensor> encodeToLatent(const LoadedModel& model, const at::Tensor& image,
                                  const std::stop_token& stop);

} // namespace unfog
