#include "diffusion/schedule/sigma_ceiling.h"

#include <algorithm>

#include "diffusion/schedule/spacing.h"

namespace unfog {

namespace {

bool isOneOf(const std::string& name, std::initializer_list<const char*> names)
{
    return std::any_of(names.begin(), names.end(), [&](const char* known) { return name == known; });
}

bool spacesBySigma(const SchedulerConfig& config)
{
    return config.useKarrasSigmas || config.useExponentialSigmas || config.useBetaSigmas ||
           config.useLuLambdas;
}

bool needsModerateRatios(const SchedulerConfig& config)
{
    if (isOneOf(config.className, {"DPMSolverMultistepScheduler", "DPMSolverSinglestepScheduler"}))
        return isOneOf(config.algorithmType, {"dpmsolver", "sde-dpmsolver"});
    return isOneOf(config.className,
                   {"HeunDiscreteScheduler", "KDPM2DiscreteScheduler", "KDPM2AncestralDiscreteScheduler",
                    "LMSDiscreteScheduler", "DEISMultistepScheduler", "PNDMScheduler"});
}

bool isBeyondUse(const std::vector<double>& alphasCumprod)
{
    return !alphasCumprod.empty() && trainingSigmas({alphasCumprod.back()}).front() > kLargestUsableSigma;
}

} // namespace

std::optional<double> defaultSigmaMax(const SchedulerConfig& config, const std::vector<double>& alphasCumprod)
{
    if (!heedsSigmaCeiling(config))
        return std::nullopt;
    if (isBeyondUse(alphasCumprod) && (spacesBySigma(config) || needsModerateRatios(config)))
        return config.useBetaSigmas ? kDefaultBetaSigmaMax : kDefaultSigmaMax;
    return std::nullopt;
}

bool needsEvenLogSnr(const SchedulerConfig& config, const std::vector<double>& alphasCumprod)
{
    return config.className == "DPMSolverMultistepScheduler" && config.algorithmType == "sde-dpmsolver" &&
           isBeyondUse(alphasCumprod) &&
           !(config.useKarrasSigmas || config.useExponentialSigmas || config.useLuLambdas);
}

bool heedsSigmaCeiling(const SchedulerConfig& config)
{
    return !config.useFlowSigmas &&
           !isOneOf(config.className, {"LCMScheduler", "TCDScheduler", "FlowMatchEulerDiscreteScheduler",
                                       "FlowMatchHeunDiscreteScheduler"});
}

int visitableTimesteps(const SchedulerConfig& config, const std::vector<double>& alphasCumprod)
{
    const auto all = static_cast<int>(alphasCumprod.size());
    if (!config.sigmaCeiling)
        return all;
    const std::vector<double> sigmas = trainingSigmas(alphasCumprod);
    const auto above = std::upper_bound(sigmas.begin(), sigmas.end(), *config.sigmaCeiling);
    return std::clamp(static_cast<int>(above - sigmas.begin()), std::min(2, all), all);
}

} // namespace unfog
