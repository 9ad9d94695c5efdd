#include "diffusion/karras/karras_family.h"

#include <algorithm>
#include <cmath>

#include "diffusion/schedule/sigma_ceiling.h"
#include "diffusion/schedule/spacing.h"

namespace unfog {

KarrasFamily::KarrasFamily(SchedulerConfig config, NoiseSchedule schedule, Prediction prediction,
                           Traits traits)
    : m_config(std::move(config)), m_schedule(std::move(schedule)), m_prediction(prediction),
      m_traits(traits), m_logSigmas(logarithms(trainingSigmas(m_schedule.alphasCumprod())))
{
}

Result<std::pair<NoiseSchedule, Prediction>> KarrasFamily::read(const SchedulerConfig& config,
                                                                const Traits& traits)
{
    SchedulerConfig heeded = config;
    heeded.rescaleBetasZeroSnr = config.rescaleBetasZeroSnr && traits.zeroTerminalSnr;
    auto schedule = heeded.noiseSchedule();
    if (!schedule)
        return tl::unexpected(schedule.error());
    std::string name = config.predictionType;
    if (name == "original_sample")
        name = "sample";
    if (name != "epsilon" && name != "sample" && name != "v_prediction")
        return fail(ErrorKind::Unsupported, "scheduler configuration: prediction_type is \"" + name + "\", " +
                                                config.className + " knows epsilon, sample, v_prediction");
    if (traits.choosesLevels &&
        config.useKarrasSigmas + config.useExponentialSigmas + config.useBetaSigmas > 1)
        return fail(ErrorKind::InvalidRequest, "scheduler configuration: only one of use_karras_sigmas, "
                                               "use_exponential_sigmas and use_beta_sigmas can be true");
    return std::pair(heeded.rescaleBetasZeroSnr ? schedule->withFiniteLastSigma() : *schedule,
                     *parsePrediction(name));
}

Result<void> KarrasFamily::setTimesteps(int stepCount, const TimestepOptions&)
{
    if (stepCount < 1 || stepCount > m_config.numTrainTimesteps)
        return tooManySteps(stepCount, m_config.numTrainTimesteps);
    std::vector<double> timesteps;
    std::vector<double> sigmas;
    if (auto planned = planSigmas(stepCount, timesteps, sigmas); !planned)
        return planned;
    layOut(std::move(timesteps), std::move(sigmas));
    forget();
    return {};
}

Result<void> KarrasFamily::tooManySteps(int stepCount, int visitable) const
{
    return fail(ErrorKind::InvalidRequest,
                "steps must be 1 to " + std::to_string(visitable) +
                    (visitable < m_config.numTrainTimesteps
                         ? " (the model's training timesteps up to the largest σ) for "
                         : " (the model's training timesteps) for ") +
                    m_config.className + ", found " + std::to_string(stepCount) + ".");
}

Result<void> KarrasFamily::planSigmas(int stepCount, std::vector<double>& timesteps,
                                      std::vector<double>& sigmas) const
{
    const bool chosen = m_traits.choosesLevels &&
                        (m_config.useKarrasSigmas || m_config.useExponentialSigmas || m_config.useBetaSigmas);
    // Levels made from σ are cut at the ceiling itself, not at the timestep below it.
    const int visitable =
        chosen ? m_config.numTrainTimesteps : visitableTimesteps(m_config, m_schedule.alphasCumprod());
    if (stepCount > visitable)
        return tooManySteps(stepCount, visitable);
    auto spaced = spacedTimesteps(m_config.timestepSpacing, visitable, stepCount, m_config.stepsOffset, true);
    if (!spaced)
        return tl::unexpected(spaced.error());
    timesteps = std::move(*spaced);
    const std::vector<double> training = trainingSigmas(m_schedule.alphasCumprod());
    const bool logLinear = m_traits.eulerOptions && m_config.interpolationType == "log_linear";
    if (m_traits.eulerOptions && !logLinear && m_config.interpolationType != "linear")
        return fail(ErrorKind::Unsupported, "scheduler configuration: interpolation_type is \"" +
                                                m_config.interpolationType +
                                                "\", known are linear, log_linear");
    if (logLinear) {
        // one level more than steps, as the reference has it: the run ends before the smallest
        sigmas = exponentialSigmas(training.front(), training[visitable - 1], stepCount + 1);
    } else {
        for (const double t : timesteps)
            sigmas.push_back(interpolated(t, training));
    }

    double largest = sigmas.front();
    double smallest = sigmas.back();
    if (m_traits.eulerOptions) {
        largest = m_config.sigmaMax.value_or(largest);
        smallest = m_config.sigmaMin.value_or(smallest);
    }
    if (m_config.sigmaCeiling)
        largest = std::min(largest, *m_config.sigmaCeiling);
    if (chosen) {
        sigmas = m_config.useKarrasSigmas        ? karrasSigmas(smallest, largest, stepCount)
                 : m_config.useExponentialSigmas ? exponentialSigmas(smallest, largest, stepCount)
                                                 : betaSigmas(smallest, largest, stepCount);
        timesteps.clear();
        for (const double sigma : sigmas) {
            const double t = timestepOf(sigma);
            timesteps.push_back(m_config.useKarrasSigmas && m_traits.roundsKarrasTimesteps ? std::nearbyint(t)
                                                                                           : t);
        }
    }

    double final = 0.0;
    if (m_traits.eulerOptions && m_config.finalSigmasType == "sigma_min")
        final = training.front();
    else if (m_traits.eulerOptions && m_config.finalSigmasType != "zero")
        return fail(ErrorKind::Unsupported, "scheduler configuration: final_sigmas_type is \"" +
                                                m_config.finalSigmasType + "\", known are zero, sigma_min");
    sigmas.push_back(final);
    for (double& sigma : sigmas)
        sigma = static_cast<float>(sigma);

    if (m_traits.eulerOptions && m_config.timestepType == "continuous" && m_prediction == Prediction::V) {
        timesteps.clear();
        for (std::size_t i = 0; i + 1 < sigmas.size(); ++i)
            timesteps.push_back(0.25 * std::log(sigmas[i]));
    } else if (m_traits.eulerOptions && m_config.timestepType != "discrete" &&
               m_config.timestepType != "continuous") {
        return fail(ErrorKind::Unsupported, "scheduler configuration: timestep_type is \"" +
                                                m_config.timestepType + "\", known are discrete, continuous");
    }
    return {};
}

double KarrasFamily::timestepOf(double sigma) const
{
    return timestepOfLevel(sigma, m_logSigmas);
}

double KarrasFamily::initNoiseSigma() const
{
    const double largest =
        m_sigmas.empty() ? std::exp(m_logSigmas.back()) : *std::max_element(m_sigmas.begin(), m_sigmas.end());
    if (m_config.timestepSpacing == "linspace" || m_config.timestepSpacing == "trailing")
        return largest;
    return std::sqrt(largest * largest + 1.0);
}

void KarrasFamily::begin(int)
{
    forget();
}

at::Tensor KarrasFamily::addNoise(const at::Tensor& original, const at::Tensor& noise, int evaluation) const
{
    return original + noise * m_sigmas[evaluation];
}

at::Tensor KarrasFamily::scaleModelInput(const at::Tensor& sample, int evaluation) const
{
    const auto sigma = static_cast<float>(inputSigma(evaluation));
    return sample / std::sqrt(sigma * sigma + 1.0F);
}

at::Tensor KarrasFamily::predictOriginal(const at::Tensor& modelOutput, const at::Tensor& sample,
                                         double sigma) const
{
    at::Tensor original;
    switch (m_prediction) {
    case Prediction::Epsilon:
        original = sample - modelOutput * sigma;
        break;
    case Prediction::V: {
        const auto level = static_cast<float>(sigma);
        const float scale = level * level + 1.0F;
        original = modelOutput * (-level / std::sqrt(scale)) + sample / scale;
        break;
    }
    default:
        original = modelOutput;
        break;
    }
    if (m_traits.clipsOriginal && m_config.clipSample)
        return original.clamp(-m_config.clipSampleRange, m_config.clipSampleRange);
    return original;
}

AncestralStep ancestralStep(double from, double to)
{
    const auto high = static_cast<float>(from);
    const auto low = static_cast<float>(to);
    const float up = std::sqrt(low * low * (high * high - low * low) / (high * high));
    return {std::sqrt(std::max(low * low - up * up, 0.0F)), up};
}

std::vector<double> withDoubledMiddle(const std::vector<double>& levels)
{
    std::vector<double> doubled = {levels.front()};
    for (std::size_t i = 1; i + 1 < levels.size(); ++i)
        doubled.insert(doubled.end(), 2, levels[i]);
    doubled.push_back(levels.back());
    return doubled;
}

std::vector<double> withDoubledTail(const std::vector<double>& values)
{
    std::vector<double> doubled = {values.front()};
    for (std::size_t i = 1; i < values.size(); ++i)
        doubled.insert(doubled.end(), 2, values[i]);
    return doubled;
}

} // namespace unfog
