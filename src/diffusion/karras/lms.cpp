#include "diffusion/karras/lms.h"

#include <cmath>

namespace unfog {

namespace {

constexpr std::size_t kOrder = 4;

} // namespace

Result<std::unique_ptr<Scheduler>> Lms::create(const SchedulerConfig& config)
{
    auto parts = read(config, Traits{});
    if (!parts)
        return tl::unexpected(parts.error());
    return std::unique_ptr<Scheduler>(new Lms(config, parts->first, parts->second, Traits{}));
}

void Lms::layOut(std::vector<double> timesteps, std::vector<double> sigmas)
{
    m_timesteps = std::move(timesteps);
    m_sigmas = std::move(sigmas);
}

// ∫ of the Lagrange polynomial that is 1 at level `evaluation − back` and 0 at the other `order` newest
// levels. Two Gauss points integrate its degree of at most 3 exactly.
double Lms::weight(int order, int evaluation, int back) const
{
    const double from = m_sigmas[evaluation];
    const double to = m_sigmas[evaluation + 1];
    const double centre = (from + to) / 2.0;
    const double half = (to - from) / 2.0;
    double integral = 0.0;
    for (const double point : {-1.0 / std::sqrt(3.0), 1.0 / std::sqrt(3.0)}) {
        const double sigma = centre + half * point;
        double product = 1.0;
        for (int k = 0; k < order; ++k) {
            if (k != back)
                product *= (sigma - m_sigmas[evaluation - k]) /
                           (m_sigmas[evaluation - back] - m_sigmas[evaluation - k]);
        }
        integral += product * half;
    }
    return integral;
}

// x_t = x_s + Σ_j d_j ∫ ℓ_j(σ) dσ from σ_s to σ_t, d_j = (x_j − x̂₀) / σ_j   (Adams-Bashforth on uneven
// levels)
SchedulerStep Lms::step(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation,
                        const NoiseSource&)
{
    const double sigma = m_sigmas[evaluation];
    const at::Tensor original = predictOriginal(modelOutput, sample, sigma);
    m_slopes.push_front((sample - original) / sigma);
    if (m_slopes.size() > kOrder)
        m_slopes.pop_back();
    const auto order = static_cast<int>(m_slopes.size());
    at::Tensor change = m_slopes[0] * weight(order, evaluation, 0);
    for (int back = 1; back < order; ++back)
        change = change + m_slopes[back] * weight(order, evaluation, back);
    return {sample + change, original};
}

} // namespace unfog
