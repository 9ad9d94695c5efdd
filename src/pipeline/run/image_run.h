#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

#include "diffusion/scheduler.h"
#include "generation/engine/generation_engine.h"
#include "pipeline/families/stable_diffusion/loaded_model.h"
#include "pipeline/families/stable_diffusion/prompt_encoding.h"

namespace unfog {

/// What all images of one request share, ready to sample.
struct PreparedRequest {
    const LoadedModel* model = nullptr;
    GenerationRequest request; ///< size and scheduler resolved
    EncodedPrompts prompts;
    at::Tensor
        initLatent; ///< [1, channels, height, width] on the model's device; undefined for text-to-image
    std::unique_ptr<Scheduler> scheduler;
    int firstEvaluation = 0;
    std::vector<std::string> notes;
};

/// Encodes prompts and picture and plans the scheduler. Throws Stopped and what LibTorch throws.
Result<PreparedRequest> prepareRequest(const LoadedModel& model, const GenerationRequest& request,
                                       const GenerationObserver& observer, const std::stop_token& stop);

/// Samples and decodes images `first` … `first + images − 1` of the request as one batch, and hands each to
/// the observer.
Result<std::vector<GeneratedImage>> runBatch(PreparedRequest& prepared, int first, int images,
                                             const GenerationObserver& observer, const std::stop_token& stop);

} // namespace unfog
