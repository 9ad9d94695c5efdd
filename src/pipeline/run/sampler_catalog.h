#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "generation/engine/sampler_catalog.h"
#include "generation/request/generation_request.h"

namespace unfog {

/// Every scheduler, spacing and prediction of the engine, as words for forms and lists.
SamplerCatalog samplerCatalog();

/// Which of them can't work with a model, from its scheduler_config.json: found by planning each.
SamplerLimits samplerLimitsOf(const std::string& schedulerConfigJson);
/// The same for a model on the disk, without loading its weights.
Result<SamplerLimits> samplerLimits(const std::string& modelPath);

/// One evaluation of the network that a run will make.
struct PlannedEvaluation {
    double timestep = 0.0;
    double sigma = 0.0; ///< as in StepProgress
};

/// Which timesteps and σ a run with a model would visit, without loading its weights.
Result<std::vector<PlannedEvaluation>> planSampling(const std::string& modelPath,
                                                    const SamplerSettings& settings);

} // namespace unfog
