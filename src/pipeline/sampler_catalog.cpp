#include "pipeline/sampler_catalog.h"

#include "diffusion/scheduler_registry.h"
#include "weights/checkpoint.h"

namespace unfog {

SamplerCatalog samplerCatalog()
{
    SamplerCatalog catalog;
    for (const SchedulerInfo& info : knownSchedulers())
        catalog.schedulers.push_back(
            {{info.name, info.title, info.description}, supportedSpacings(info.className), info.usesEta});
    for (const SpacingInfo& info : knownSpacings())
        catalog.spacings.push_back({info.name, info.title, info.description});
    catalog.predictions = {
        {"epsilon", "ε (noise)", "The network names the noise: Stable Diffusion 1.x, 2.x base and XL."},
        {"v_prediction", "v (velocity)", "A mix of noise and picture: Stable Diffusion 2.x at 768, many fine-tunes."},
        {"sample", "x₀ (picture)", "The network names the clean picture itself."},
    };
    return catalog;
}

Result<std::vector<PlannedEvaluation>> planSampling(const std::string& modelPath, const SamplerSettings& settings)
{
    auto checkpoint = openCheckpoint(modelPath);
    if (!checkpoint)
        return tl::unexpected(checkpoint.error());
    auto config = configFor(checkpoint->schedulerConfigJson, settings);
    if (!config)
        return tl::unexpected(config.error());
    auto scheduler = makeScheduler(*config);
    if (!scheduler)
        return tl::unexpected(scheduler.error());
    TimestepOptions options;
    options.eta = settings.eta;
    if (auto planned = (*scheduler)->setTimesteps(settings.steps, options); !planned)
        return tl::unexpected(planned.error());
    std::vector<PlannedEvaluation> evaluations;
    for (int i = 0; i < (*scheduler)->evaluationCount(); ++i)
        evaluations.push_back({(*scheduler)->timesteps()[i], (*scheduler)->noiseLevel(i)});
    return evaluations;
}

} // namespace unfog
