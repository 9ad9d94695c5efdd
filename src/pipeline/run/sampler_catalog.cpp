#include "pipeline/run/sampler_catalog.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "diffusion/catalogue/scheduler_registry.h"
#include "generation/interchange/sampler_names.h"
#include "weights/checkpoint/checkpoint.h"

namespace unfog {

SamplerCatalog samplerCatalog()
{
    SamplerCatalog catalog;
    for (const SchedulerInfo& info : knownSchedulers())
        catalog.schedulers.push_back({{info.name, info.title, info.description},
                                      supportedSpacings(info.className),
                                      info.usesEta,
                                      info.defaultEta});
    for (const SpacingInfo& info : knownSpacings())
        catalog.spacings.push_back({info.name, info.title, info.description});
    const std::pair<const char*, const char*> predictions[] = {
        {"epsilon", "The network names the noise: Stable Diffusion 1.x, 2.x base and XL."},
        {"v_prediction", "A mix of noise and image: Stable Diffusion 2.x at 768, many fine-tunes."},
        {"sample", "The network names the clean image itself."},
    };
    for (const auto& [name, description] : predictions)
        catalog.predictions.push_back({name, predictionTitle(name), description});
    return catalog;
}

SamplerLimits samplerLimitsOf(const std::string& schedulerConfigJson)
{
    const auto reasonAgainst = [&](const SamplerSettings& settings) -> std::optional<std::string> {
        const auto config = configFor(schedulerConfigJson, settings);
        if (!config)
            return config.error().message;
        const auto scheduler = makeScheduler(*config);
        return scheduler ? std::nullopt : std::optional(scheduler.error().message);
    };
    SamplerLimits limits;
    for (const SchedulerInfo& info : knownSchedulers()) {
        SamplerSettings settings;
        settings.scheduler = info.name;
        if (const auto reason = reasonAgainst(settings))
            limits.schedulers.push_back({info.name, *reason});
    }
    for (const SpacingInfo& spacing : knownSpacings()) {
        std::vector<SamplerLimits::Entry> refused;
        int tried = 0;
        for (const SchedulerInfo& info : knownSchedulers()) {
            const std::vector<std::string> taken = supportedSpacings(info.className);
            if (limits.reasonAgainstScheduler(info.name) ||
                std::find(taken.begin(), taken.end(), spacing.name) == taken.end())
                continue;
            SamplerSettings settings;
            settings.scheduler = info.name;
            settings.spacing = spacing.name;
            ++tried;
            if (const auto reason = reasonAgainst(settings))
                refused.push_back({info.name + "/" + spacing.name, *reason});
        }
        const auto count = static_cast<int>(refused.size());
        if (count > 0 && count == tried)
            limits.spacings.push_back({spacing.name, refused.front().reason});
        else
            limits.pairs.insert(limits.pairs.end(), refused.begin(), refused.end());
    }
    return limits;
}

Result<SamplerLimits> samplerLimits(const std::string& modelPath)
{
    const auto checkpoint = openCheckpoint(modelPath);
    if (!checkpoint)
        return tl::unexpected(checkpoint.error());
    return samplerLimitsOf(checkpoint->schedulerConfigJson);
}

Result<std::vector<PlannedEvaluation>> planSampling(const std::string& modelPath,
                                                    const SamplerSettings& settings)
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
    evaluations.reserve(static_cast<std::size_t>((*scheduler)->evaluationCount()));
    for (int i = 0; i < (*scheduler)->evaluationCount(); ++i)
        evaluations.push_back({(*scheduler)->timesteps()[i], (*scheduler)->noiseLevel(i)});
    return evaluations;
}

} // namespace unfog
