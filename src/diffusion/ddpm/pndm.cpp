#include "diffusion/ddpm/pndm.h"

#include <algorithm>
#include <cmath>

#include "diffusion/schedule/spacing.h"

namespace unfog {

Result<std::unique_ptr<Scheduler>> Pndm::create(const SchedulerConfig& config)
{
    auto parts = read(config);
    if (!parts)
        return tl::unexpected(parts.error());
    if (parts->second == Prediction::Sample)
        return fail(ErrorKind::Unsupported, "scheduler configuration: prediction_type is \"sample\", "
                                            "PNDMScheduler knows epsilon, v_prediction");
    return std::unique_ptr<Scheduler>(new Pndm(config, parts->first, parts->second));
}

Result<void> Pndm::setTimesteps(int stepCount, const TimestepOptions&)
{
    if (auto valid = checkStepCount(stepCount); !valid)
        return valid;
    auto spaced =
        spacedTimesteps(config().timestepSpacing, visitable(), stepCount, config().stepsOffset, false);
    if (!spaced)
        return tl::unexpected(spaced.error());
    const std::vector<double>& plain = *spaced;
    const auto count = static_cast<int>(plain.size());
    m_stride = visitable() / stepCount;
    m_timesteps.clear();
    if (config().skipPrkSteps || count < 4) {
        // The second timestep is visited twice: its first evaluation corrects the first step.
        m_timesteps = plain;
        if (count >= 2)
            m_timesteps.insert(m_timesteps.begin() + 2, plain[1]);
        m_rungeKuttaEvaluations = 0;
    } else {
        // Four evaluations for each of the first three steps: at its start, twice in its middle, at its end.
        // A whole number of training steps, as the reference has it.
        const int half = m_stride / 2;
        for (int i = 0; i < 3; ++i) {
            m_timesteps.push_back(plain[i]);
            m_timesteps.push_back(plain[i + 1] + half);
            m_timesteps.push_back(plain[i + 1] + half);
            m_timesteps.push_back(plain[i + 1]);
        }
        m_rungeKuttaEvaluations = static_cast<int>(m_timesteps.size());
        m_timesteps.insert(m_timesteps.end(), plain.begin() + 3, plain.end());
    }
    begin(0);
    return {};
}

void Pndm::begin(int)
{
    m_counter = 0;
    m_outputs.clear();
    m_accumulated = at::Tensor();
    m_heldSample = at::Tensor();
}

SchedulerStep Pndm::step(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation,
                         const NoiseSource&)
{
    const int t = timestep(evaluation);
    const at::Tensor original =
        toOriginal(prediction(), modelOutput, sample, SignalLevel::ofAlphaBar(alphaBarAt(t)));
    const at::Tensor previous = m_counter < m_rungeKuttaEvaluations ? rungeKutta(modelOutput, sample, t)
                                                                    : linearMultistep(modelOutput, sample, t);
    ++m_counter;
    return {previous, original};
}

at::Tensor Pndm::rungeKutta(const at::Tensor& modelOutput, const at::Tensor& sample, int t)
{
    const int stage = m_counter % 4;
    const int start = static_cast<int>(m_timesteps[static_cast<std::size_t>(m_counter / 4) * 4]);
    const int end = t - (stage % 2 == 0 ? m_stride / 2 : 0);
    at::Tensor slope = modelOutput;
    switch (stage) {
    case 0:
        m_accumulated = modelOutput / 6.0;
        m_outputs.push_back(modelOutput);
        m_heldSample = sample;
        break;
    case 1:
    case 2:
        m_accumulated = m_accumulated + modelOutput / 3.0;
        break;
    default:
        slope = m_accumulated + modelOutput / 6.0;
        m_accumulated = at::Tensor();
        break;
    }
    return transfer(m_heldSample, start, end, slope);
}

at::Tensor Pndm::linearMultistep(const at::Tensor& modelOutput, const at::Tensor& sample, int t)
{
    int from = t;
    int to = t - m_stride;
    if (m_counter == 1) {
        to = t;
        from = t + m_stride;
    } else {
        while (m_outputs.size() > 3)
            m_outputs.pop_front();
        m_outputs.push_back(modelOutput);
    }
    const auto e = [this](std::size_t back) { return m_outputs[m_outputs.size() - back]; };
    at::Tensor start = sample;
    at::Tensor slope;
    if (m_outputs.size() == 1 && m_counter == 0) {
        slope = modelOutput;
        m_heldSample = sample;
    } else if (m_outputs.size() == 1) {
        slope = (modelOutput + e(1)) / 2.0;
        start = m_heldSample;
        m_heldSample = at::Tensor();
    } else if (m_outputs.size() == 2) {
        slope = (3.0 * e(1) - e(2)) / 2.0;
    } else if (m_outputs.size() == 3) {
        slope = (23.0 * e(1) - 16.0 * e(2) + 5.0 * e(3)) / 12.0;
    } else {
        slope = (55.0 * e(1) - 59.0 * e(2) + 37.0 * e(3) - 9.0 * e(4)) / 24.0;
    }
    return transfer(start, from, to, slope);
}

// Liu et al. 2022, eq. 9.
at::Tensor Pndm::transfer(const at::Tensor& sample, int from, int to, const at::Tensor& modelOutput) const
{
    const double bar = alphaBarAt(from);
    const double targetBar = alphaBarAt(to);
    const at::Tensor epsilon =
        prediction() == Prediction::V ? predictEpsilon(modelOutput, sample, bar) : modelOutput;
    const double denominator = bar * std::sqrt(1.0 - targetBar) + std::sqrt(bar * (1.0 - bar) * targetBar);
    return sample * std::sqrt(targetBar / bar) - epsilon * ((targetBar - bar) / denominator);
}

} // namespace unfog
