#include "diffusion/ddpm/ddim.h"

#include <algorithm>
#include <cmath>

#include "diffusion/schedule/spacing.h"

namespace unfog {

Result<std::unique_ptr<Scheduler>> Ddim::create(const SchedulerConfig& config)
{
    auto parts = read(config);
    if (!parts)
        return tl::unexpected(parts.error());
    return std::unique_ptr<Scheduler>(new Ddim(config, parts->first, parts->second));
}

Result<void> Ddim::setTimesteps(int stepCount, const TimestepOptions& options)
{
    if (auto valid = checkStepCount(stepCount); !valid)
        return valid;
    auto spaced =
        spacedTimesteps(config().timestepSpacing, visitable(), stepCount, config().stepsOffset, false);
    if (!spaced)
        return tl::unexpected(spaced.error());
    m_timesteps = std::move(*spaced);
    m_stride = visitable() / stepCount;
    m_eta = options.eta.value_or(0.0);
    m_useClippedModelOutput = options.useClippedModelOutput;
    return {};
}

// x_t = √ᾱ_t x̂₀ + √(1 − ᾱ_t − σ²) ε̂ + σ z, σ = η √((1 − ᾱ_t)/(1 − ᾱ_s)) √(1 − ᾱ_s/ᾱ_t)
// (Song et al. 2021, eq. 12 and 16; s is the noisier level)
SchedulerStep Ddim::step(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation,
                         const NoiseSource& noise)
{
    const int t = timestep(evaluation);
    const auto bar = static_cast<float>(alphaBarAt(t));
    const auto previousBar = static_cast<float>(alphaBarAt(t - m_stride));
    const at::Tensor original = predictOriginal(modelOutput, sample, bar);
    at::Tensor epsilon;
    if (m_useClippedModelOutput)
        epsilon = (sample - original * std::sqrt(bar)) / std::sqrt(1.0F - bar);
    else
        epsilon = predictEpsilon(modelOutput, sample, bar);

    // Song et al. 2021, eq. 16
    const float variance = (1.0F - previousBar) / (1.0F - bar) * (1.0F - bar / previousBar);
    const float sigma = static_cast<float>(m_eta) * std::sqrt(std::max(variance, 0.0F));
    const float direction = std::sqrt(std::max(1.0F - previousBar - sigma * sigma, 0.0F));
    at::Tensor previous = original * std::sqrt(previousBar) + epsilon * direction;
    if (m_eta > 0.0)
        previous = previous + noise() * sigma;
    return {previous, original};
}

} // namespace unfog
