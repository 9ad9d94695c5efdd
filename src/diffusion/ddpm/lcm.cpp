#include "diffusion/ddpm/lcm.h"

#include <cmath>

namespace unfog {

Result<std::vector<double>> distilledTimesteps(const SchedulerConfig& config, int stepCount)
{
    const int original = config.originalInferenceSteps;
    if (original < 1 || original > config.numTrainTimesteps)
        return fail(ErrorKind::InvalidRequest, "scheduler configuration: original_inference_steps is " +
                                                   std::to_string(original) + ", expected 1 to " +
                                                   std::to_string(config.numTrainTimesteps));
    if (stepCount < 1 || stepCount > original)
        return fail(ErrorKind::InvalidRequest, "steps must be 1 to " + std::to_string(original) +
                                                   " (original_inference_steps) for " + config.className +
                                                   ", found " + std::to_string(stepCount) + ".");
    const int stride = config.numTrainTimesteps / original;
    std::vector<double> timesteps;
    for (int i = 0; i < stepCount; ++i) {
        const auto index = static_cast<int>(std::floor(i * (static_cast<double>(original) / stepCount)));
        timesteps.push_back((original - index) * stride - 1);
    }
    return timesteps;
}

Result<std::unique_ptr<Scheduler>> Lcm::create(const SchedulerConfig& config)
{
    auto parts = read(config);
    if (!parts)
        return tl::unexpected(parts.error());
    return std::unique_ptr<Scheduler>(new Lcm(config, parts->first, parts->second));
}

Result<void> Lcm::setTimesteps(int stepCount, const TimestepOptions&)
{
    auto timesteps = distilledTimesteps(config(), stepCount);
    if (!timesteps)
        return tl::unexpected(timesteps.error());
    m_timesteps = std::move(*timesteps);
    return {};
}

SchedulerStep Lcm::step(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation,
                        const NoiseSource& noise)
{
    constexpr double kDataDeviation = 0.5; // σ_data of Song et al. 2023
    const int t = timestep(evaluation);
    const at::Tensor original = predictOriginal(modelOutput, sample, alphaBarAt(t));
    // Luo et al. 2023, eq. 9: f = c_skip x_t + c_out x̂₀
    const double scaled = t * config().timestepScaling;
    const double norm = scaled * scaled + kDataDeviation * kDataDeviation;
    const double skip = kDataDeviation * kDataDeviation / norm;
    const at::Tensor denoised = original * (scaled / std::sqrt(norm)) + sample * skip;
    if (evaluation + 1 >= evaluationCount())
        return {denoised, denoised};
    const SignalLevel next = SignalLevel::ofAlphaBar(alphaBarAt(timestep(evaluation + 1)));
    return {denoised * next.alpha + noise() * next.sigma, denoised};
}

} // namespace unfog
