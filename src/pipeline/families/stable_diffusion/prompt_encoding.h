#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "base/result.h"
#include "generation/request/generation_request.h"
#include "networks/unet/text_conditioning.h"
#include "pipeline/families/stable_diffusion/loaded_model.h"

namespace unfog {

/// One prompt, encoded: batch 1, on the model's device.
struct EncodedPrompt {
    at::Tensor hiddenStates; ///< [1, tokens, features]; XL: both encoders side by side
    at::Tensor pooled;       ///< [1, pooled]; XL only, else undefined
    int tokensCut = 0;       ///< how many tokens did not fit
};

/// Runs the text encoders. With `weights`, the hidden states of each token are multiplied by its weight and
/// all are scaled so that their mean stays what it was, each encoder by itself, as AUTOMATIC1111's web UI
/// does. `clipSkip` n ≥ 1 takes the hidden states n layers before the usual ones. NonFinite, naming the text
/// encoder, when it computes NaN or infinity. `encoders` as textEncoders gives them.
Result<EncodedPrompt> encodePrompt(const LoadedModel& model,
                                   const std::vector<std::shared_ptr<const ClipTextEncoder>>& encoders,
                                   const std::string& prompt, bool weights, int clipSkip,
                                   const std::stop_token& stop);

/// Both prompts of a request. An empty negative prompt is the empty text, or all zeros where the model says
/// so (XL).
struct EncodedPrompts {
    EncodedPrompt positive;
    EncodedPrompt negative; ///< tensors undefined where guidance is 1
};
Result<EncodedPrompts> encodePrompts(const LoadedModel& model, const GenerationRequest& request,
                                     const std::stop_token& stop);

/// [1, 6] of XL for a picture that is neither scaled nor cropped: original size, crop at 0, target size.
at::Tensor sizeConditioning(int widthPx, int heightPx);

/// What the UNet sees for `images` pictures: [negative × images, positive × images], or positive alone
/// without guidance.
TextConditioning conditioningFor(const EncodedPrompts& prompts, const LoadedModel& model, int images,
                                 int widthPx, int heightPx);

} // namespace unfog
