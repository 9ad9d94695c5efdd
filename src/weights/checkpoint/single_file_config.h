#pragma once

#include <string>

#include "base/result.h"
#include "weights/checkpoint/detect.h"
#include "weights/files/tensor_store.h"

/// The configuration files that a single-file checkpoint lacks, inferred from shapes, as JSON texts in the
/// vocabulary of diffusers and transformers. What shapes cannot show follows the published models: 8 heads in
/// the UNet of Stable Diffusion 1; otherwise heads of 64 features; 32 normalisation groups; the family's
/// scaling factor, activation and native size. Errors name the tensor that is missing or does not fit.
namespace unfog {

/// `unet` under diffusers' names. `pooledTextFeatures`: width of the second text encoder's projection (XL),
/// else 0.
Result<std::string> inferUnetConfig(const TensorStore& unet, ModelFamily family,
                                    std::int64_t pooledTextFeatures);

Result<std::string> inferVaeConfig(const TensorStore& vae, ModelFamily family);

/// `openClip`: exact GELU as OpenCLIP's encoders have it; otherwise ViT-L's quick GELU.
Result<std::string> inferTextConfig(const TensorStore& text, bool openClip);

/// scheduler_config.json as published with the family's base model. Prediction is epsilon, or v where asked.
std::string defaultSchedulerConfig(ModelFamily family, bool vPrediction, bool zeroTerminalSnr);

} // namespace unfog
