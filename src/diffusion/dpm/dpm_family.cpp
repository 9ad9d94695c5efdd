#include "diffusion/dpm/dpm_family.h"

#include <cassert>
#include <cmath>

#include "diffusion/schedule/thresholding.h"

namespace unfog {

double SolverLevel::lambda() const
{
    return std::log(alpha) - std::log(sigma);
}

DpmFamily::DpmFamily(const SchedulerConfig& config, const SolverPlan& plan, std::vector<double> alphasCumprod)
    : m_config(config), m_plan(plan), m_alphasCumprod(std::move(alphasCumprod))
{
    const auto prediction = parsePrediction(config.predictionType);
    assert(prediction);
    m_prediction = *prediction;
}

Result<void> DpmFamily::setTimesteps(int stepCount, const TimestepOptions& options)
{
    if (stepCount < 1 || stepCount > m_config.numTrainTimesteps) {
        return fail(ErrorKind::InvalidRequest, "step count " + std::to_string(stepCount) +
                                                   " is outside 1 to " +
                                                   std::to_string(m_config.numTrainTimesteps));
    }
    double flowShift = m_config.flowShift;
    if (options.mu) {
        if (!m_config.useDynamicShifting || m_config.timeShiftType != "exponential") {
            return fail(ErrorKind::InvalidRequest,
                        "a dynamic shift mu was given, but the scheduler configuration does not have "
                        "use_dynamic_shifting with time_shift_type \"exponential\"");
        }
        flowShift = std::exp(*options.mu);
    }
    auto levels = planSolverLevels(m_config, m_plan, m_alphasCumprod, stepCount, flowShift);
    if (!levels) {
        return tl::unexpected(levels.error());
    }
    m_timesteps = std::move(levels->timesteps);
    m_sigmas = std::move(levels->sigmas);
    forget();
    return {};
}

double DpmFamily::noiseLevel(int evaluation) const
{
    assert(evaluation >= 0 && evaluation < evaluationCount());
    return m_sigmas[static_cast<std::size_t>(evaluation)];
}

void DpmFamily::begin(int firstEvaluation)
{
    assert(firstEvaluation >= 0 && firstEvaluation <= evaluationCount());
    (void)firstEvaluation;
    forget();
}

at::Tensor DpmFamily::addNoise(const at::Tensor& original, const at::Tensor& noise, int evaluation) const
{
    const SolverLevel at = levelOf(original, evaluation);
    return original * at.alpha + noise * at.sigma;
}

SolverLevel DpmFamily::level(int index) const
{
    assert(index >= 0 && index < static_cast<int>(m_sigmas.size()));
    const double sigma = m_sigmas[static_cast<std::size_t>(index)];
    if (m_config.useFlowSigmas) {
        return {SignalLevel::ofFlowSigma(sigma)};
    }
    const double alpha = 1.0 / std::sqrt(sigma * sigma + 1.0);
    return {{alpha, sigma * alpha}};
}

// At high noise x̂₀ is a small difference of large numbers, and the last bit of α and σ shows in it: float32
// samples get them with the reference's float32 roundings, float64 samples exactly.
SolverLevel DpmFamily::levelOf(const at::Tensor& sample, int index) const
{
    if (sample.scalar_type() == at::kDouble) {
        return level(index);
    }
    const auto sigma = static_cast<float>(m_sigmas[static_cast<std::size_t>(index)]);
    if (m_config.useFlowSigmas) {
        return {{1.0F - sigma, sigma}};
    }
    const float alpha = 1.0F / std::sqrt(sigma * sigma + 1.0F);
    return {{alpha, sigma * alpha}};
}

bool DpmFamily::movesOn(int evaluation) const
{
    const double from = m_sigmas[static_cast<std::size_t>(evaluation)];
    const double to = m_sigmas[static_cast<std::size_t>(evaluation) + 1];
    return to > 0.0 && to != from;
}

int DpmFamily::distinctLevels(int evaluation, int order) const
{
    for (int k = 1; k < order; ++k) {
        const std::size_t newer = static_cast<std::size_t>(evaluation) - static_cast<std::size_t>(k) + 1;
        if (m_sigmas[newer] == m_sigmas[newer - 1]) {
            return k;
        }
    }
    return order;
}

// v is converted as where it is defined, α² + σ² = 1, also on the levels of a flow: so does the reference.
at::Tensor DpmFamily::rawOriginal(const at::Tensor& modelOutput, const at::Tensor& sample,
                                  int evaluation) const
{
    const SolverLevel at = levelOf(sample, evaluation);
    switch (m_prediction) {
    case Prediction::V:
        return sample * at.alpha - modelOutput * at.sigma;
    case Prediction::Flow:
        return toOriginal(m_prediction, modelOutput, sample,
                          SignalLevel::ofFlowSigma(noiseLevel(evaluation)));
    default:
        return toOriginal(m_prediction, modelOutput, sample, at);
    }
}

at::Tensor DpmFamily::rawNoise(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation) const
{
    assert(m_prediction != Prediction::Flow);
    const SolverLevel at = levelOf(sample, evaluation);
    return m_prediction == Prediction::V ? modelOutput * at.alpha + sample * at.sigma
                                         : toEpsilon(m_prediction, modelOutput, sample, at);
}

at::Tensor DpmFamily::predictOriginal(const at::Tensor& modelOutput, const at::Tensor& sample,
                                      int evaluation) const
{
    const at::Tensor original = rawOriginal(modelOutput, sample, evaluation);
    return m_config.thresholding
               ? dynamicallyThresholded(original, m_config.dynamicThresholdingRatio, m_config.sampleMaxValue)
               : original;
}

ConvertedOutput DpmFamily::convert(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation,
                                   bool toData) const
{
    if (toData) {
        const at::Tensor original = predictOriginal(modelOutput, sample, evaluation);
        return {original, original};
    }
    if (m_config.thresholding && m_plan.thresholdsNoise) {
        const at::Tensor original = predictOriginal(modelOutput, sample, evaluation);
        return {noiseOf(original, sample, evaluation), original};
    }
    return {rawNoise(modelOutput, sample, evaluation), rawOriginal(modelOutput, sample, evaluation)};
}

at::Tensor DpmFamily::noiseOf(const at::Tensor& original, const at::Tensor& sample, int evaluation) const
{
    const SolverLevel at = levelOf(sample, evaluation);
    return (sample - original * at.alpha) / at.sigma;
}

} // namespace unfog
