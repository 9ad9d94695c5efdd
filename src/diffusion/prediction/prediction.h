#pragma once

#include <string>

#include <ATen/ATen.h>

#include "base/result.h"

/// What a network outputs, and the conversions between all of it. With x_t = α x₀ + σ ε (variance preserving:
/// α = √ᾱ, σ = √(1 − ᾱ); flow: α = 1 − σ).
namespace unfog {

enum class Prediction {
    Epsilon, ///< ε
    Sample,  ///< x₀
    V,       ///< v = α ε − σ x₀ (Salimans & Ho 2022, appendix D)
    Score,   ///< ∇ log p(x_t) = −ε / σ
    Flow,    ///< velocity u = ε − x₀ (Lipman et al. 2023, straight paths)
};

/// "epsilon", "sample", "v_prediction", "score", "flow_prediction"; Unsupported lists them.
Result<Prediction> parsePrediction(const std::string& name);

struct SignalLevel {
    double alpha = 1.0;
    double sigma = 0.0;
    static SignalLevel ofAlphaBar(double alphaBar);
    static SignalLevel ofFlowSigma(double sigma) { return {1.0 - sigma, sigma}; }
};

/// x̂₀ from a network's output. Epsilon and Score need α > 0.
at::Tensor toOriginal(Prediction from, const at::Tensor& output, const at::Tensor& sample, SignalLevel level);
/// ε̂ from a network's output. Sample needs σ > 0.
at::Tensor toEpsilon(Prediction from, const at::Tensor& output, const at::Tensor& sample, SignalLevel level);
/// Any to any.
at::Tensor convertPrediction(Prediction from, Prediction to, const at::Tensor& output,
                             const at::Tensor& sample, SignalLevel level);

} // namespace unfog
