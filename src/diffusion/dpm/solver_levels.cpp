#include "diffusion/dpm/solver_levels.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "diffusion/schedule/sigma_ceiling.h"
#include "diffusion/schedule/spacing.h"

namespace unfog {

namespace {

float single(double value)
{
    return static_cast<float>(value);
}

// The reference keeps log σ of the training levels in float32, and cuts timesteps found with it to integers.
std::vector<float> singleLogarithms(const std::vector<double>& sigmas)
{
    std::vector<float> logs;
    logs.reserve(sigmas.size());
    for (const double sigma : sigmas) {
        logs.push_back(std::log(single(sigma)));
    }
    return logs;
}

// Training timesteps left of where λ_t falls below the clip: `lambda_min_clipped` keeps cosine schedules
// finite.
int clippedCount(const std::vector<double>& alphasCumprod, double lambdaMin)
{
    int count = 0;
    for (auto it = alphasCumprod.rbegin(); it != alphasCumprod.rend(); ++it) {
        const float alpha = single(*it);
        const float lambda = std::log(std::sqrt(alpha)) - std::log(std::sqrt(1.0F - alpha));
        if (lambda >= single(lambdaMin)) {
            break;
        }
        ++count;
    }
    return count;
}

// Lin et al. 2023, table 2, as the solvers count: linspace and leading skip timestep 0.
Result<std::vector<double>> solverTimesteps(const SchedulerConfig& config, const SolverPlan& plan,
                                            int visitable, int last, int stepCount)
{
    const std::string spacing = plan.alwaysLinspace ? "linspace" : config.timestepSpacing;
    std::vector<double> timesteps;
    if (spacing == "linspace") {
        timesteps = linspace(0.0, last - 1.0, stepCount + 1);
        std::reverse(timesteps.begin(), timesteps.end());
        timesteps.pop_back();
        for (double& t : timesteps) {
            t = std::nearbyint(t);
        }
    } else if (spacing == "leading") {
        const int ratio = last / (stepCount + 1);
        for (int i = stepCount; i >= 1; --i) {
            timesteps.push_back(i * ratio + config.stepsOffset);
        }
    } else if (spacing == "trailing") {
        const double ratio = static_cast<double>(visitable) / stepCount;
        const auto count = static_cast<int>(std::ceil(-static_cast<double>(last) / -ratio));
        const double delta = (last - ratio) - last;
        for (int i = 0; i < count; ++i) {
            timesteps.push_back(std::nearbyint(last + i * delta) - 1.0);
        }
    } else {
        return fail(ErrorKind::Unsupported, "scheduler configuration: timestep_spacing is \"" + spacing +
                                                "\", known are linspace, leading, trailing");
    }
    return timesteps;
}

// Where a table of training levels has this σ: linear in log σ between timesteps.
double timestepOf(double sigma, const std::vector<float>& logSigmas)
{
    const double logSigma = std::log(std::max(sigma, 1e-10));
    std::size_t low = 0;
    for (std::size_t i = 0; i < logSigmas.size(); ++i) {
        if (logSigma - logSigmas[i] >= 0.0) {
            low = i;
        }
    }
    low = std::min(low, logSigmas.size() - 2);
    const float span = logSigmas[low] - logSigmas[low + 1];
    const double w = std::clamp((logSigmas[low] - logSigma) / span, 0.0, 1.0);
    return (1.0 - w) * static_cast<double>(low) + w * static_cast<double>(low + 1);
}

// Uniform in λ (Lu et al. 2022a); written as the reference does, whose last bit decides about a cut timestep.
std::vector<double> luSigmas(double logSmallest, double logLargest, int count)
{
    std::vector<double> sigmas;
    for (const double ramp : linspace(0.0, 1.0, count)) {
        sigmas.push_back(std::exp(logLargest + ramp * (logSmallest - logLargest)));
    }
    return sigmas;
}

// Uniform in σ, then shifted towards noise; the largest, 1 − 1 / trainingCount, keeps α above 0.
std::vector<double> flowSigmas(int trainingCount, int stepCount, double shift)
{
    std::vector<double> sigmas;
    for (const double alpha : linspace(1.0, 1.0 / trainingCount, stepCount + 1)) {
        sigmas.push_back(shiftedFlowSigma(1.0 - alpha, shift));
    }
    std::reverse(sigmas.begin(), sigmas.end());
    sigmas.pop_back();
    return sigmas;
}

} // namespace

Result<SolverLevels> planSolverLevels(const SchedulerConfig& config, const SolverPlan& plan,
                                      const std::vector<double>& alphasCumprod, int stepCount,
                                      double flowShift)
{
    const int trainingCount = config.numTrainTimesteps;
    const int clipped = plan.clipsLambda ? clippedCount(alphasCumprod, config.lambdaMinClipped) : 0;
    if (clipped >= trainingCount) {
        return fail(ErrorKind::InvalidRequest, "scheduler configuration: lambda_min_clipped " +
                                                   std::to_string(config.lambdaMinClipped) +
                                                   " leaves none of the training timesteps");
    }
    const int visitable = visitableTimesteps(config, alphasCumprod);
    const bool bySigma = config.useKarrasSigmas || config.useExponentialSigmas || config.useBetaSigmas;
    if (stepCount > visitable && !bySigma) {
        return fail(ErrorKind::InvalidRequest,
                    "steps must be 1 to " + std::to_string(visitable) +
                        " (the model's training timesteps up to the largest σ) for " + config.className +
                        ", found " + std::to_string(stepCount) + ".");
    }
    auto spaced =
        solverTimesteps(config, plan, visitable, std::min(visitable, trainingCount - clipped), stepCount);
    if (!spaced) {
        return tl::unexpected(spaced.error());
    }

    const std::vector<double> training = trainingSigmas(alphasCumprod);
    const std::vector<float> logTraining = singleLogarithms(training);
    // No key of these classes, but the reference heeds them where a file brings them along from another
    // class.
    const double smallest = config.sigmaMin.value_or(training.front());
    double largest = config.sigmaMax.value_or(training.back());
    double logLargest = logTraining.back();
    if (config.sigmaCeiling && *config.sigmaCeiling < training.back()) {
        largest = std::min(largest, *config.sigmaCeiling);
        logLargest = std::log(*config.sigmaCeiling);
    }
    SolverLevels levels;
    std::vector<double>& sigmas = levels.sigmas;
    bool fromTable = true; // timesteps are then found from σ
    bool rounded = false;
    const bool keepsFractions = plan.keepsCosineFractions && config.betaSchedule == "squaredcos_cap_v2";
    if (config.useKarrasSigmas) {
        sigmas = karrasSigmas(smallest, largest, stepCount);
        rounded = !keepsFractions;
    } else if (plan.allowsLuLambdas && config.useLuLambdas) {
        sigmas = luSigmas(logTraining.front(), logLargest, stepCount);
        rounded = !keepsFractions;
    } else if (config.useExponentialSigmas) {
        sigmas = exponentialSigmas(smallest, largest, stepCount);
    } else if (config.useBetaSigmas) {
        sigmas = betaSigmas(smallest, largest, stepCount);
    } else if (config.useFlowSigmas) {
        sigmas = flowSigmas(trainingCount, stepCount, flowShift);
        fromTable = false;
        for (const double sigma : sigmas) {
            levels.timesteps.push_back(std::trunc(sigma * trainingCount));
        }
    } else {
        levels.timesteps = std::move(*spaced);
        for (const double t : levels.timesteps) {
            sigmas.push_back(interpolated(t, training));
        }
        fromTable = false;
    }
    if (fromTable) {
        for (const double sigma : sigmas) {
            const double t = timestepOf(sigma, logTraining);
            levels.timesteps.push_back(rounded ? std::nearbyint(t) : std::trunc(t));
        }
    }

    const bool followsTimesteps = !fromTable && !config.useFlowSigmas;
    switch (plan.finalLevel) {
    case FinalLevel::Zero:
        sigmas.push_back(0.0);
        break;
    case FinalLevel::TrainingMinimum:
        sigmas.push_back(training.front());
        break;
    case FinalLevel::LastVisited:
        sigmas.push_back(followsTimesteps ? training.front() : sigmas.back());
        break;
    }
    for (double& sigma : sigmas) {
        sigma = single(sigma);
    }
    return levels;
}

} // namespace unfog
