#include "diffusion/prediction/prediction.h"

#include <cmath>

namespace unfog {

Result<Prediction> parsePrediction(const std::string& name)
{
    if (name == "epsilon")
        return Prediction::Epsilon;
    if (name == "sample")
        return Prediction::Sample;
    if (name == "v_prediction")
        return Prediction::V;
    if (name == "score")
        return Prediction::Score;
    if (name == "flow_prediction")
        return Prediction::Flow;
    return fail(ErrorKind::Unsupported,
                "prediction \"" + name +
                    "\" is unknown; known are epsilon, sample, v_prediction, score, flow_prediction");
}

SignalLevel SignalLevel::ofAlphaBar(double alphaBar)
{
    return {std::sqrt(alphaBar), std::sqrt(1.0 - alphaBar)};
}

at::Tensor toOriginal(Prediction from, const at::Tensor& output, const at::Tensor& sample, SignalLevel level)
{
    const auto [alpha, sigma] = level;
    switch (from) {
    case Prediction::Epsilon:
        return (sample - output * sigma) / alpha;
    case Prediction::Sample:
        return output;
    case Prediction::V:
        // α² + σ² = 1 where it was trained; the division keeps it exact for any path
        return (sample * alpha - output * sigma) / (alpha * alpha + sigma * sigma);
    case Prediction::Score:
        return (sample + output * (sigma * sigma)) / alpha;
    case Prediction::Flow:
        return (sample - output * sigma) / (alpha + sigma);
    }
    return {};
}

at::Tensor toEpsilon(Prediction from, const at::Tensor& output, const at::Tensor& sample, SignalLevel level)
{
    const auto [alpha, sigma] = level;
    switch (from) {
    case Prediction::Epsilon:
        return output;
    case Prediction::Sample:
        return (sample - output * alpha) / sigma;
    case Prediction::V:
        return (sample * sigma + output * alpha) / (alpha * alpha + sigma * sigma);
    case Prediction::Score:
        return output * -sigma;
    case Prediction::Flow:
        return (sample + output * alpha) / (alpha + sigma);
    }
    return {};
}

at::Tensor convertPrediction(Prediction from, Prediction to, const at::Tensor& output,
                             const at::Tensor& sample, SignalLevel level)
{
    const auto epsilon = [&] { return toEpsilon(from, output, sample, level); };
    const auto original = [&] { return toOriginal(from, output, sample, level); };
    switch (to) {
    case Prediction::Epsilon:
        return epsilon();
    case Prediction::Sample:
        return original();
    case Prediction::V:
        return epsilon() * level.alpha - original() * level.sigma;
    case Prediction::Score:
        return epsilon() / -level.sigma;
    case Prediction::Flow:
        return epsilon() - original();
    }
    return {};
}

} // namespace unfog
