#pragma once

#include <string>
#include <vector>

#include "generation/generation_request.h"
#include "generation/result.h"
#include "generation/sampler_catalog.h"

namespace unfog {

/// Every scheduler, spacing and prediction of the engine, as words for forms and lists.
SamplerCatalog samplerCatalog();

/// One evaluation of the network that a run will make.
struct PlannedEvaluation {
    double timestep = 0.0;
    double sigma = 0.0; ///< as in StepProgress
};

/// Which timesteps and σ a run with a model would visit, without loading its weights.
Result<std::vector<PlannedEvaluation>> planSampling(const std::string& modelPath, const SamplerSettings& settings);

} // namespace unfog
