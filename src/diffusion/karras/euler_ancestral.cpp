#include "diffusion/karras/euler_ancestral.h"

namespace unfog {

Result<std::unique_ptr<Scheduler>> EulerAncestral::create(const SchedulerConfig& config)
{
    const Traits traits{.zeroTerminalSnr = true, .choosesLevels = false};
    auto parts = read(config, traits);
    if (!parts)
        return tl::unexpected(parts.error());
    return std::unique_ptr<Scheduler>(new EulerAncestral(config, parts->first, parts->second, traits));
}

void EulerAncestral::layOut(std::vector<double> timesteps, std::vector<double> sigmas)
{
    m_timesteps = std::move(timesteps);
    m_sigmas = std::move(sigmas);
}

// σ_up² = σ_t² (σ_s² − σ_t²) / σ_s², σ_down² = σ_t² − σ_up²;
// x_t = x_s + (σ_down − σ_s) (x_s − x̂₀) / σ_s + σ_up z   (k-diffusion, sample_euler_ancestral)
SchedulerStep EulerAncestral::step(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation,
                                   const NoiseSource& noise)
{
    const double sigma = m_sigmas[evaluation];
    const AncestralStep split = ancestralStep(sigma, m_sigmas[evaluation + 1]);
    const at::Tensor original = predictOriginal(modelOutput, sample, sigma);
    const at::Tensor down = sample + (sample - original) / sigma * (split.down - sigma);
    return {down + noise() * split.up, original};
}

} // namespace unfog
