#include "diffusion/ddpm/ddpm.h"

#include <algorithm>
#include <cmath>

#include "diffusion/schedule/spacing.h"

namespace unfog {

Result<std::unique_ptr<Scheduler>> Ddpm::create(const SchedulerConfig& config)
{
    auto parts = read(config);
    if (!parts)
        return tl::unexpected(parts.error());
    const std::string& variance = config.varianceType;
    if (variance != "fixed_small" && variance != "fixed_small_log" && variance != "fixed_large" &&
        variance != "fixed_large_log")
        return fail(ErrorKind::Unsupported,
                    "scheduler configuration: variance_type is \"" + variance +
                        "\", known are fixed_small, fixed_small_log, fixed_large, fixed_large_log");
    return std::unique_ptr<Scheduler>(new Ddpm(config, parts->first, parts->second));
}

Result<void> Ddpm::setTimesteps(int stepCount, const TimestepOptions&)
{
    if (auto valid = checkStepCount(stepCount); !valid)
        return valid;
    auto spaced =
        spacedTimesteps(config().timestepSpacing, visitable(), stepCount, config().stepsOffset, false);
    if (!spaced)
        return tl::unexpected(spaced.error());
    m_timesteps = std::move(*spaced);
    return {};
}

// x_t−1 = √ᾱ_t−1 β_t/(1 − ᾱ_t) x̂₀ + √α_t (1 − ᾱ_t−1)/(1 − ᾱ_t) x_t + √variance z   (Ho et al. 2020, eq. 6 and
// 7)
SchedulerStep Ddpm::step(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation,
                         const NoiseSource& noise)
{
    const int t = timestep(evaluation);
    const bool last = evaluation + 1 >= evaluationCount();
    const auto bar = static_cast<float>(alphaBarAt(t));
    const auto previousBar = last ? 1.0F : static_cast<float>(alphaBarAt(timestep(evaluation + 1)));
    const float alpha = bar / previousBar;
    const float beta = 1.0F - alpha;

    const at::Tensor original = predictOriginal(modelOutput, sample, bar);
    // Ho et al. 2020, eq. 7
    const float ofOriginal = std::sqrt(previousBar) * beta / (1.0F - bar);
    const float ofSample = std::sqrt(alpha) * (1.0F - previousBar) / (1.0F - bar);
    at::Tensor previous = original * ofOriginal + sample * ofSample;
    if (t > 0) {
        const bool small = config().varianceType.rfind("fixed_small", 0) == 0;
        const float variance = small ? std::max((1.0F - previousBar) / (1.0F - bar) * beta, 1e-20F) : beta;
        previous = previous + noise() * std::sqrt(variance);
    }
    return {previous, original};
}

} // namespace unfog
