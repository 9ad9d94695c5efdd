#include "diffusion/schedule/spacing.h"

#include <algorithm>
#include <cmath>

#include <boost/math/distributions/beta.hpp>

namespace unfog {

std::vector<double> linspace(double first, double last, int count)
{
    std::vector<double> values(static_cast<std::size_t>(count), first);
    const double step = count > 1 ? (last - first) / (count - 1) : 0.0;
    for (int i = 1; i < count; ++i)
        values[i] = i * step + first;
    if (count > 1)
        values.back() = last;
    return values;
}

double interpolated(double index, const std::vector<double>& table)
{
    const double inside = std::clamp(index, 0.0, static_cast<double>(table.size()) - 1.0);
    const auto low = static_cast<std::size_t>(inside);
    const std::size_t high = std::min(low + 1, table.size() - 1);
    return table[low] + (inside - static_cast<double>(low)) * (table[high] - table[low]);
}

std::vector<double> trainingSigmas(const std::vector<double>& alphasCumprod)
{
    std::vector<double> sigmas;
    sigmas.reserve(alphasCumprod.size());
    for (const double value : alphasCumprod) {
        const auto bar = static_cast<float>(value);
        sigmas.push_back(std::sqrt((1.0F - bar) / bar));
    }
    return sigmas;
}

std::vector<double> logarithms(const std::vector<double>& values)
{
    std::vector<double> logs;
    logs.reserve(values.size());
    for (const double value : values)
        logs.push_back(std::log(value));
    return logs;
}

double timestepOfLevel(double sigma, const std::vector<double>& logSigmas)
{
    const double logSigma = std::log(std::max(sigma, 1e-10));
    std::size_t low = 0;
    for (std::size_t i = 0; i < logSigmas.size(); ++i) {
        if (logSigma >= logSigmas[i])
            low = i;
    }
    low = std::min(low, logSigmas.size() - 2);
    const double w =
        std::clamp((logSigmas[low] - logSigma) / (logSigmas[low] - logSigmas[low + 1]), 0.0, 1.0);
    return (1.0 - w) * static_cast<double>(low) + w * static_cast<double>(low + 1);
}

Result<std::vector<double>> spacedTimesteps(const std::string& spacing, int trainTimesteps, int stepCount,
                                            int stepsOffset, bool fractional)
{
    std::vector<double> timesteps;
    if (spacing == "linspace") {
        timesteps = linspace(0.0, trainTimesteps - 1.0, stepCount);
        std::reverse(timesteps.begin(), timesteps.end());
        for (double& t : timesteps)
            t = fractional ? static_cast<double>(static_cast<float>(t)) : std::nearbyint(t);
    } else if (spacing == "leading") {
        const int ratio = trainTimesteps / stepCount;
        // Every timestep must be one of the training: with as many steps as these, an offset leads past the
        // last. Fractional ones stay as in the reference, whose σ are clamped there.
        const int offset =
            fractional ? stepsOffset : std::min(stepsOffset, trainTimesteps - 1 - (stepCount - 1) * ratio);
        for (int i = stepCount - 1; i >= 0; --i)
            timesteps.push_back(i * ratio + offset);
    } else if (spacing == "trailing") {
        const double ratio = static_cast<double>(trainTimesteps) / stepCount;
        // numpy.arange steps by the difference of its first two values: that rounding decides ties such as
        // 937.5
        const double stride = (trainTimesteps - ratio) - trainTimesteps;
        for (int i = 0; i < stepCount; ++i)
            timesteps.push_back(std::nearbyint(trainTimesteps + i * stride) - 1.0);
    } else {
        return fail(ErrorKind::Unsupported, "scheduler configuration: timestep_spacing is \"" + spacing +
                                                "\", known are linspace, leading, trailing");
    }
    return timesteps;
}

std::vector<double> karrasSigmas(double smallest, double largest, int count)
{
    constexpr double kRho = 7.0;
    const double from = std::pow(largest, 1.0 / kRho);
    const double to = std::pow(smallest, 1.0 / kRho);
    std::vector<double> sigmas;
    for (const double ramp : linspace(0.0, 1.0, count))
        sigmas.push_back(std::pow(from + ramp * (to - from), kRho));
    return sigmas;
}

std::vector<double> exponentialSigmas(double smallest, double largest, int count)
{
    std::vector<double> sigmas = linspace(std::log(largest), std::log(smallest), count);
    for (double& sigma : sigmas)
        sigma = std::exp(sigma);
    return sigmas;
}

std::vector<double> betaSigmas(double smallest, double largest, int count)
{
    const boost::math::beta_distribution<double> distribution(0.6, 0.6);
    std::vector<double> sigmas;
    for (const double ramp : linspace(0.0, 1.0, count))
        sigmas.push_back(smallest + boost::math::quantile(distribution, 1.0 - ramp) * (largest - smallest));
    return sigmas;
}

double shiftedFlowSigma(double sigma, double shift)
{
    return shift * sigma / (1.0 + (shift - 1.0) * sigma);
}

double dynamicFlowSigma(double sigma, double mu, bool exponential)
{
    const double weight = exponential ? std::exp(mu) : mu;
    return weight / (weight + (1.0 / sigma - 1.0));
}

} // namespace unfog
