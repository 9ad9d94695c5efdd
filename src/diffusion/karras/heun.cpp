#include "diffusion/karras/heun.h"

namespace unfog {

Result<std::unique_ptr<Scheduler>> Heun::create(const SchedulerConfig& config)
{
    const Traits traits{.clipsOriginal = true};
    auto parts = read(config, traits);
    if (!parts)
        return tl::unexpected(parts.error());
    return std::unique_ptr<Scheduler>(new Heun(config, parts->first, parts->second, traits));
}

void Heun::layOut(std::vector<double> timesteps, std::vector<double> sigmas)
{
    m_timesteps = withDoubledTail(timesteps);
    m_sigmas = withDoubledMiddle(sigmas);
}

void Heun::forget()
{
    m_startSample = at::Tensor();
    m_startSlope = at::Tensor();
}

// d_s = (x_s − x̂₀(x_s)) / σ_s; x' = x_s + (σ_t − σ_s) d_s; d_t = (x' − x̂₀(x')) / σ_t;
// x_t = x_s + (σ_t − σ_s) (d_s + d_t) / 2   (Karras et al. 2022, algorithm 1)
SchedulerStep Heun::step(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation,
                         const NoiseSource&)
{
    if (!m_startSample.defined()) {
        const double sigma = m_sigmas[evaluation];
        const double next = m_sigmas[evaluation + 1];
        const at::Tensor original = predictOriginal(modelOutput, sample, sigma);
        const at::Tensor slope = (sample - original) / sigma;
        if (evaluation + 1 < evaluationCount()) {
            m_startSample = sample;
            m_startSlope = slope;
        }
        return {sample + slope * (next - sigma), original};
    }
    const double sigma = m_sigmas[evaluation - 1];
    const double next = m_sigmas[evaluation];
    const at::Tensor original = predictOriginal(modelOutput, sample, next);
    const at::Tensor slope = (m_startSlope + (sample - original) / next) / 2.0;
    const at::Tensor result = m_startSample + slope * (next - sigma);
    forget();
    return {result, original};
}

} // namespace unfog
