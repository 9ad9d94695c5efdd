#include "diffusion/karras/euler.h"

namespace unfog {

Result<std::unique_ptr<Scheduler>> Euler::create(const SchedulerConfig& config)
{
    const Traits traits{.zeroTerminalSnr = true, .eulerOptions = true};
    auto parts = read(config, traits);
    if (!parts)
        return tl::unexpected(parts.error());
    return std::unique_ptr<Scheduler>(new Euler(config, parts->first, parts->second, traits));
}

void Euler::layOut(std::vector<double> timesteps, std::vector<double> sigmas)
{
    m_timesteps = std::move(timesteps);
    m_sigmas = std::move(sigmas);
}

// x_t = x_s + (σ_t − σ_s) (x_s − x̂₀) / σ_s   (Karras et al. 2022, algorithm 1 without its second half)
SchedulerStep Euler::step(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation,
                          const NoiseSource&)
{
    const double sigma = m_sigmas[evaluation];
    const at::Tensor original = predictOriginal(modelOutput, sample, sigma);
    return {sample + (sample - original) / sigma * (m_sigmas[evaluation + 1] - sigma), original};
}

} // namespace unfog
