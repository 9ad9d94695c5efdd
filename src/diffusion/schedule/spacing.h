#pragma once

#include <string>
#include <vector>

#include "base/result.h"

/// Which noise levels a run visits, apart from how a step is taken. Rounding follows the reference, whose
/// integers the networks see.
namespace unfog {

/// count values from first to last, both included (numpy.linspace, rounding included).
std::vector<double> linspace(double first, double last, int count);
/// The value of a table at a fractional index, linear in between, the nearest end outside.
double interpolated(double index, const std::vector<double>& table);

/// √((1 − ᾱ) / ᾱ) by training timestep, in float32 accuracy.
std::vector<double> trainingSigmas(const std::vector<double>& alphasCumprod);
std::vector<double> logarithms(const std::vector<double>& values);
/// Where a table of log σ by timestep has this σ: linear in log σ between timesteps, clamped to the ends.
double timestepOfLevel(double sigma, const std::vector<double>& logSigmas);

/// Lin et al. 2023, table 2: "linspace", "leading", "trailing", from the noisiest on. Whole numbers, except
/// "linspace" with `fractional` (Euler and its kin). Unsupported for other names.
Result<std::vector<double>> spacedTimesteps(const std::string& spacing, int trainTimesteps, int stepCount,
                                            int stepsOffset, bool fractional);

/// Karras et al. 2022, eq. 5, ρ = 7; from `largest` to `smallest`.
std::vector<double> karrasSigmas(double smallest, double largest, int count);
/// Uniform in log σ.
std::vector<double> exponentialSigmas(double smallest, double largest, int count);
/// Quantiles of Beta(0.6, 0.6): Lee et al. 2024, "Beta Sampling is All You Need".
std::vector<double> betaSigmas(double smallest, double largest, int count);

/// Esser et al. 2024, eq. 23: shift · σ / (1 + (shift − 1) σ).
double shiftedFlowSigma(double sigma, double shift);
/// Shift by μ from the picture's size: "exponential" e^μ / (e^μ + 1/σ − 1), "linear" μ / (μ + 1/σ − 1).
double dynamicFlowSigma(double sigma, double mu, bool exponential);

} // namespace unfog
