#include "diffusion/karras/dpm2.h"

#include <cmath>

namespace unfog {

namespace {

// In float32 through logarithms, as the reference has it; 0 where `to` is 0.
double geometricMean(double from, double to)
{
    const float high = std::log(static_cast<float>(from));
    const float low = std::log(static_cast<float>(to));
    return std::exp(high - (high - low) * 0.5F);
}

} // namespace

Result<std::unique_ptr<Scheduler>> Dpm2::create(const SchedulerConfig& config)
{
    const Traits traits{.roundsKarrasTimesteps = true};
    auto parts = read(config, traits);
    if (!parts)
        return tl::unexpected(parts.error());
    const bool ancestral = config.className == "KDPM2AncestralDiscreteScheduler";
    return std::unique_ptr<Scheduler>(new Dpm2(config, parts->first, parts->second, traits, ancestral));
}

Dpm2::Dpm2(SchedulerConfig config, NoiseSchedule schedule, Prediction prediction, Traits traits,
           bool ancestral)
    : KarrasFamily(std::move(config), std::move(schedule), prediction, traits), m_ancestral(ancestral)
{
}

void Dpm2::layOut(std::vector<double> timesteps, std::vector<double> sigmas)
{
    const std::size_t count = timesteps.size();
    m_steps.clear();
    for (std::size_t i = 0; i < count; ++i) {
        const double next = sigmas[i + 1];
        const AncestralStep split = m_ancestral ? ancestralStep(sigmas[i], next) : AncestralStep{next, 0.0};
        m_steps.push_back({sigmas[i], geometricMean(sigmas[i], split.down), split.down, split.up});
    }
    m_timesteps = {timesteps.front()};
    for (std::size_t i = 0; i + 1 < count; ++i) {
        m_timesteps.push_back(timestepOf(m_steps[i].middle));
        m_timesteps.push_back(timesteps[i + 1]);
    }
    m_sigmas = withDoubledTail(sigmas);
    m_sigmas.push_back(sigmas.back());
}

double Dpm2::inputSigma(int evaluation) const
{
    return opens(evaluation) ? m_steps[evaluation / 2].sigma : m_steps[evaluation / 2].middle;
}

SchedulerStep Dpm2::step(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation,
                         const NoiseSource& noise)
{
    const Step& step = m_steps[evaluation / 2];
    const double sigma = inputSigma(evaluation);
    const at::Tensor original = predictOriginal(modelOutput, sample, sigma);
    const at::Tensor slope = (sample - original) / sigma;
    if (opens(evaluation)) {
        // the step to σ = 0 has its middle there: it ends at x̂₀
        m_startSample = sample;
        return {sample + slope * (step.middle - step.sigma), original};
    }
    at::Tensor result = m_startSample + slope * (step.down - step.sigma);
    if (m_ancestral)
        result = result + noise() * step.up;
    m_startSample = at::Tensor();
    return {result, original};
}

} // namespace unfog
