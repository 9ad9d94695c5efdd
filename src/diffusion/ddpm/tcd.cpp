#include "diffusion/ddpm/tcd.h"

#include <cmath>

#include "diffusion/ddpm/lcm.h"

namespace unfog {

Result<std::unique_ptr<Scheduler>> Tcd::create(const SchedulerConfig& config)
{
    auto parts = read(config);
    if (!parts)
        return tl::unexpected(parts.error());
    return std::unique_ptr<Scheduler>(new Tcd(config, parts->first, parts->second));
}

Result<void> Tcd::setTimesteps(int stepCount, const TimestepOptions& options)
{
    auto timesteps = distilledTimesteps(config(), stepCount);
    if (!timesteps)
        return tl::unexpected(timesteps.error());
    m_timesteps = std::move(*timesteps);
    m_gamma = options.eta.value_or(kDefaultGamma);
    return {};
}

SchedulerStep Tcd::step(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation,
                        const NoiseSource& noise)
{
    const bool last = evaluation + 1 >= evaluationCount();
    const double bar = alphaBarAt(timestep(evaluation));
    const int target = last ? 0 : timestep(evaluation + 1);
    const double targetBar = last ? alphaBarAt(-1) : alphaBarAt(target);
    // in float32, as the reference: where the product is nearly whole, rounding decides the timestep
    const float lowerTimestep = static_cast<float>(1.0 - m_gamma) * static_cast<float>(target);
    const double lowerBar = alphaBarAt(static_cast<int>(std::floor(lowerTimestep)));

    // clip_sample and thresholding are among the keys of this class, but its reference heeds neither
    const at::Tensor original = toOriginal(prediction(), modelOutput, sample, SignalLevel::ofAlphaBar(bar));
    const SignalLevel lower = SignalLevel::ofAlphaBar(lowerBar);
    const at::Tensor lowered =
        original * lower.alpha + predictEpsilon(modelOutput, sample, bar) * lower.sigma;
    if (m_gamma <= 0.0 || last)
        return {lowered, original};
    const double ratio = targetBar / lowerBar;
    return {lowered * std::sqrt(ratio) + noise() * std::sqrt(1.0 - ratio), original};
}

} // namespace unfog
