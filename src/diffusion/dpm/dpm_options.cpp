#include "diffusion/dpm/dpm_options.h"

#include <algorithm>
#include <cmath>

#include "diffusion/schedule/noise_schedule.h"

namespace unfog {

namespace {

std::string listed(const std::vector<std::string>& names)
{
    std::string text;
    for (const std::string& name : names) {
        text += (text.empty() ? "" : ", ") + name;
    }
    return text;
}

bool contains(const std::vector<std::string>& names, const std::string& name)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

} // namespace

Result<void> checkName(std::string_view key, const std::string& value, const std::vector<std::string>& known)
{
    if (contains(known, value)) {
        return {};
    }
    return fail(ErrorKind::Unsupported, "scheduler configuration: " + std::string(key) + " is \"" + value +
                                            "\", known are " + listed(known));
}

Result<std::string> readSolverType(const SchedulerConfig& config, const std::vector<std::string>& known,
                                   const std::string& standard, const std::vector<std::string>& foreign)
{
    if (contains(foreign, config.solverType)) {
        return standard;
    }
    if (auto valid = checkName("solver_type", config.solverType, known); !valid) {
        return tl::unexpected(valid.error());
    }
    return config.solverType;
}

Result<void> checkSolverConfig(const SchedulerConfig& config, int largestOrder, bool data)
{
    if (config.solverOrder < 1 || (largestOrder > 0 && config.solverOrder > largestOrder)) {
        const std::string known = largestOrder > 0 ? "known are 1 to " + std::to_string(largestOrder)
                                                   : std::string("known are 1 and above");
        return fail(ErrorKind::Unsupported, "scheduler configuration: solver_order is " +
                                                std::to_string(config.solverOrder) + ", " + known);
    }
    std::vector<std::string> predictions{"epsilon", "sample", "v_prediction"};
    if (data) {
        predictions.emplace_back("flow_prediction");
    }
    if (auto valid = checkName("prediction_type", config.predictionType, predictions); !valid) {
        return valid;
    }
    if (auto valid = checkName("final_sigmas_type", config.finalSigmasType, {"zero", "sigma_min"}); !valid) {
        return valid;
    }
    if (config.useKarrasSigmas + config.useExponentialSigmas + config.useBetaSigmas > 1) {
        return fail(ErrorKind::InvalidRequest, "scheduler configuration: only one of use_karras_sigmas, "
                                               "use_exponential_sigmas and use_beta_sigmas can be true");
    }
    return {};
}

Result<DpmChoice> readDpmChoice(const SchedulerConfig& config, const std::vector<std::string>& algorithms)
{
    const std::string name = config.algorithmType == "deis" ? "dpmsolver++" : config.algorithmType;
    if (auto valid = checkName("algorithm_type", name, algorithms); !valid) {
        return tl::unexpected(valid.error());
    }
    auto type = readSolverType(config, {"midpoint", "heun"}, "midpoint", {"logrho", "bh1", "bh2"});
    if (!type) {
        return tl::unexpected(type.error());
    }
    if (config.varianceType == "learned" || config.varianceType == "learned_range") {
        return fail(ErrorKind::Unsupported, "scheduler configuration: variance_type is \"" +
                                                config.varianceType +
                                                "\": networks that predict a variance are not supported");
    }
    DpmChoice choice;
    choice.algorithm = name == "dpmsolver"       ? DpmAlgorithm::Noise
                       : name == "sde-dpmsolver" ? DpmAlgorithm::SdeNoise
                       : name == "dpmsolver++"   ? DpmAlgorithm::Data
                                                 : DpmAlgorithm::SdeData;
    choice.weight = *type == "heun" ? FirstDerivativeWeight::Heun : FirstDerivativeWeight::Midpoint;
    const int largestOrder = choice.algorithm == DpmAlgorithm::SdeNoise ? 2 : 3;
    if (auto valid = checkSolverConfig(config, largestOrder, integratesData(choice.algorithm)); !valid) {
        return tl::unexpected(valid.error());
    }
    if (!integratesData(choice.algorithm) && config.finalSigmasType == "zero") {
        return fail(ErrorKind::Unsupported,
                    "scheduler configuration: final_sigmas_type \"zero\" does not go with "
                    "algorithm_type \"" +
                        name + "\", expected \"sigma_min\"");
    }
    return choice;
}

Result<std::vector<double>> solverAlphasCumprod(const SchedulerConfig& config, bool rescales)
{
    SchedulerConfig heeded = config;
    heeded.rescaleBetasZeroSnr = rescales && config.rescaleBetasZeroSnr;
    auto schedule = heeded.noiseSchedule();
    if (!schedule) {
        return tl::unexpected(schedule.error());
    }
    return heeded.rescaleBetasZeroSnr ? schedule->withFiniteLastSigma().alphasCumprod()
                                      : schedule->alphasCumprod();
}

} // namespace unfog
