#pragma once

#include <stop_token>
#include <string>

#include "generation/engine/generation_engine.h"

namespace unfog::cli {

/// `request` with the picture to start from, read, scaled and cropped to the run's size. Without a size in
/// the request, the model is loaded to learn its native one.
Result<GenerationRequest> withInitImage(GenerationEngine& engine, GenerationRequest request,
                                        const std::string& file, double strength,
                                        const GenerationObserver& observer, std::stop_token stop);

} // namespace unfog::cli
