#include "diffusion/ddpm/ddpm_family.h"

#include <algorithm>
#include <cmath>

#include "diffusion/schedule/sigma_ceiling.h"
#include "diffusion/schedule/thresholding.h"

namespace unfog {

namespace {

SignalLevel referenceLevel(double alphaBar)
{
    const auto bar = static_cast<float>(alphaBar);
    return {std::sqrt(bar), std::sqrt(1.0F - bar)};
}

} // namespace

Result<std::pair<NoiseSchedule, Prediction>> DdpmFamily::read(const SchedulerConfig& config)
{
    auto schedule = config.noiseSchedule();
    if (!schedule)
        return tl::unexpected(schedule.error());
    const std::string& name = config.predictionType;
    if (name != "epsilon" && name != "sample" && name != "v_prediction")
        return fail(ErrorKind::Unsupported, "scheduler configuration: prediction_type is \"" + name + "\", " +
                                                config.className + " knows epsilon, sample, v_prediction");
    return std::pair(*schedule, *parsePrediction(name));
}

Result<void> DdpmFamily::checkStepCount(int stepCount) const
{
    const int most = visitable();
    if (stepCount >= 1 && stepCount <= most)
        return {};
    return fail(ErrorKind::InvalidRequest,
                "steps must be 1 to " + std::to_string(most) +
                    (most < m_config.numTrainTimesteps
                         ? " (the model's training timesteps up to the largest σ) for "
                         : " (the model's training timesteps) for ") +
                    m_config.className + ", found " + std::to_string(stepCount) + ".");
}

int DdpmFamily::visitable() const
{
    return visitableTimesteps(m_config, m_schedule.alphasCumprod());
}

double DdpmFamily::noiseLevel(int evaluation) const
{
    const double bar = alphaBarAt(timestep(evaluation));
    return std::sqrt((1.0 - bar) / bar);
}

at::Tensor DdpmFamily::addNoise(const at::Tensor& original, const at::Tensor& noise, int evaluation) const
{
    const SignalLevel level = SignalLevel::ofAlphaBar(alphaBarAt(timestep(evaluation)));
    return original * level.alpha + noise * level.sigma;
}

double DdpmFamily::alphaBarAt(int timestep) const
{
    const std::vector<double>& table = m_schedule.alphasCumprod();
    if (timestep < 0)
        return m_config.setAlphaToOne ? 1.0 : table.front();
    return table[std::min<std::size_t>(static_cast<std::size_t>(timestep), table.size() - 1)];
}

at::Tensor DdpmFamily::predictOriginal(const at::Tensor& modelOutput, const at::Tensor& sample,
                                       double alphaBar) const
{
    at::Tensor original = toOriginal(m_prediction, modelOutput, sample, referenceLevel(alphaBar));
    if (m_config.thresholding)
        return dynamicallyThresholded(original, m_config.dynamicThresholdingRatio, m_config.sampleMaxValue);
    if (m_config.clipSample)
        return original.clamp(-m_config.clipSampleRange, m_config.clipSampleRange);
    return original;
}

at::Tensor DdpmFamily::predictEpsilon(const at::Tensor& modelOutput, const at::Tensor& sample,
                                      double alphaBar) const
{
    return toEpsilon(m_prediction, modelOutput, sample, referenceLevel(alphaBar));
}

} // namespace unfog
