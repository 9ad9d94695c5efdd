#pragma once

#include <memory>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "base/result.h"
#include "networks/clip/clip_text_encoder.h"
#include "networks/unet/unet.h"
#include "tokenizer/clip_tokenizer.h"
#include "trainer/networks/model_folder.h"

namespace unfog {

/// Text encoder and UNet on one set of weights: what is trained.
struct DiffusionNetworks {
    ClipTextEncoder text;
    UNet unet;

    /// Asks for "text_encoder.…" and "unet.…".
    DiffusionNetworks(const ModelDesign& design, const Parameters& parameters);

    /// noisy [batch, channels, height, width], timesteps [batch], tokens int64 [batch, positions].
    at::Tensor operator()(const at::Tensor& noisy, const at::Tensor& timesteps,
                          const at::Tensor& tokens) const;
};

/// Draws pictures with the averaged weights while a run goes on: always the same prompts from the same noise,
/// 20 steps of the model's own scheduler.
struct GridSettings {
    std::vector<std::string> prompts;
    double guidance = 4.0;
    std::uint64_t seed = 0;
};
Result<at::Tensor> drawGrid(const ModelDesign& design, const std::map<std::string, at::Tensor>& weights,
                            const ClipTokenizer& tokenizer, const Autoencoder& autoencoder,
                            const GridSettings& settings);

} // namespace unfog
