#include "diffusion/flow/flow_match.h"

#include "diffusion/karras/karras_family.h"
#include "diffusion/schedule/spacing.h"

namespace unfog {

FlowMatchBase::FlowMatchBase(SchedulerConfig config) : m_config(std::move(config)) {}

at::Tensor FlowMatchBase::addNoise(const at::Tensor& original, const at::Tensor& noise, int evaluation) const
{
    const double sigma = m_sigmas[evaluation];
    return noise * sigma + original * (1.0 - sigma);
}

const std::vector<double>& FlowMatchBase::alphasCumprod() const
{
    static const std::vector<double> none;
    return none;
}

Result<void> FlowMatchBase::checkStepCount(int stepCount) const
{
    if (stepCount >= 1 && stepCount <= m_config.numTrainTimesteps)
        return {};
    return fail(ErrorKind::InvalidRequest,
                "steps must be 1 to " + std::to_string(m_config.numTrainTimesteps) + " for " +
                    m_config.className + ", found " + std::to_string(stepCount) + ".");
}

std::vector<double> FlowMatchBase::unshiftedSigmas(int stepCount) const
{
    double largest = 1.0;
    double smallest = 1.0 / m_config.numTrainTimesteps;
    if (!m_config.useDynamicShifting) {
        largest = shiftedFlowSigma(largest, m_config.shift);
        smallest = shiftedFlowSigma(smallest, m_config.shift);
    }
    return linspace(largest, smallest, stepCount);
}

Result<std::unique_ptr<Scheduler>> FlowMatchEuler::create(const SchedulerConfig& config)
{
    if (config.timeShiftType != "exponential" && config.timeShiftType != "linear")
        return fail(ErrorKind::Unsupported, "scheduler configuration: time_shift_type is \"" +
                                                config.timeShiftType + "\", known are exponential, linear");
    if (config.useKarrasSigmas + config.useExponentialSigmas + config.useBetaSigmas > 1)
        return fail(ErrorKind::InvalidRequest, "scheduler configuration: only one of use_karras_sigmas, "
                                               "use_exponential_sigmas and use_beta_sigmas can be true");
    return std::unique_ptr<Scheduler>(new FlowMatchEuler(config));
}

Result<void> FlowMatchEuler::setTimesteps(int stepCount, const TimestepOptions& options)
{
    if (auto valid = checkStepCount(stepCount); !valid)
        return valid;
    if (config().useDynamicShifting && !options.mu)
        return fail(ErrorKind::InvalidRequest,
                    "scheduler configuration: use_dynamic_shifting needs a shift mu, "
                    "none was given");
    std::vector<double> sigmas = unshiftedSigmas(stepCount);
    for (double& sigma : sigmas)
        sigma = config().useDynamicShifting
                    ? dynamicFlowSigma(sigma, *options.mu, config().timeShiftType == "exponential")
                    : shiftedFlowSigma(sigma, config().shift);
    // a single level of pure noise has nothing to stretch
    if (config().shiftTerminal && *config().shiftTerminal != 0.0 && sigmas.back() < 1.0) {
        // stretched so that the last level is the one asked for
        const double scale = (1.0 - sigmas.back()) / (1.0 - *config().shiftTerminal);
        for (double& sigma : sigmas)
            sigma = 1.0 - (1.0 - sigma) / scale;
    }
    const double largest = sigmas.front();
    const double smallest = sigmas.back();
    if (config().useKarrasSigmas)
        sigmas = karrasSigmas(smallest, largest, stepCount);
    else if (config().useExponentialSigmas)
        sigmas = exponentialSigmas(smallest, largest, stepCount);
    else if (config().useBetaSigmas)
        sigmas = betaSigmas(smallest, largest, stepCount);
    m_timesteps.clear();
    for (double& sigma : sigmas) {
        if (config().invertSigmas)
            sigma = 1.0 - sigma;
        m_timesteps.push_back(sigma * config().numTrainTimesteps);
    }
    sigmas.push_back(config().invertSigmas ? 1.0 : 0.0);
    m_sigmas = std::move(sigmas);
    return {};
}

SchedulerStep FlowMatchEuler::step(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation,
                                   const NoiseSource& noise)
{
    const double sigma = m_sigmas[evaluation];
    const double next = m_sigmas[evaluation + 1];
    const at::Tensor original = sample - modelOutput * sigma;
    if (config().stochasticSampling)
        return {original * (1.0 - next) + noise() * next, original};
    return {sample + modelOutput * (next - sigma), original};
}

Result<std::unique_ptr<Scheduler>> FlowMatchHeun::create(const SchedulerConfig& config)
{
    SchedulerConfig heeded = config;
    heeded.useDynamicShifting = false; // this class has only the fixed shift
    return std::unique_ptr<Scheduler>(new FlowMatchHeun(heeded));
}

Result<void> FlowMatchHeun::setTimesteps(int stepCount, const TimestepOptions&)
{
    if (auto valid = checkStepCount(stepCount); !valid)
        return valid;
    std::vector<double> sigmas = unshiftedSigmas(stepCount);
    std::vector<double> timesteps;
    for (double& sigma : sigmas) {
        sigma = shiftedFlowSigma(sigma, config().shift);
        timesteps.push_back(sigma * config().numTrainTimesteps);
    }
    sigmas.push_back(0.0);
    m_timesteps = withDoubledTail(timesteps);
    m_sigmas = withDoubledMiddle(sigmas);
    forget();
    return {};
}

void FlowMatchHeun::forget()
{
    m_startSample = at::Tensor();
    m_startVelocity = at::Tensor();
}

SchedulerStep FlowMatchHeun::step(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation,
                                  const NoiseSource&)
{
    if (!m_startSample.defined()) {
        const double sigma = m_sigmas[evaluation];
        if (evaluation + 1 < evaluationCount()) {
            m_startSample = sample;
            m_startVelocity = modelOutput;
        }
        return {sample + modelOutput * (m_sigmas[evaluation + 1] - sigma), sample - modelOutput * sigma};
    }
    const double sigma = m_sigmas[evaluation - 1];
    const double next = m_sigmas[evaluation];
    const at::Tensor velocity = (m_startVelocity + modelOutput) / 2.0;
    SchedulerStep taken{m_startSample + velocity * (next - sigma), sample - modelOutput * next};
    forget();
    return taken;
}

} // namespace unfog
