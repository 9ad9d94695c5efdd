#include "diffusion/gaussian_mixture.h"

#include <cassert>
#include <cmath>

namespace unfog {

at::Tensor GaussianMixture::denoise(const at::Tensor& x, double alpha, double sigma) const
{
    const at::Tensor variances = deviations.square() * (alpha * alpha) + sigma * sigma; // [components]
    const at::Tensor offsets =
        x.unsqueeze(1) - means.unsqueeze(0) * alpha; // [points, components, dimensions]
    const auto dimensions = static_cast<double>(x.size(1));
    const at::Tensor logits =
        weights.log() - variances.log() * (dimensions / 2) - offsets.square().sum(2) / (variances * 2);
    const at::Tensor shares = logits.softmax(1); // [points, components]
    const at::Tensor shrink = deviations.square() * alpha / variances;
    const at::Tensor posterior = means.unsqueeze(0) + offsets * shrink.view({1, -1, 1});
    return (posterior * shares.unsqueeze(2)).sum(1);
}

at::Tensor GaussianMixture::noise(const at::Tensor& x, double alpha, double sigma) const
{
    assert(sigma > 0.0);
    return (x - denoise(x, alpha, sigma) * alpha) / sigma;
}

at::Tensor GaussianMixture::mean() const
{
    return at::mv(means.t(), weights);
}

at::Tensor GaussianMixture::covariance() const
{
    const at::Tensor centred = means - mean();
    const at::Tensor within = (weights * deviations.square()).sum();
    return at::mm(centred.t(), centred * weights.unsqueeze(1)) +
           at::eye(means.size(1), means.options()) * within;
}

GaussianMixture planarMixture()
{
    const auto options = at::TensorOptions().dtype(at::kDouble);
    GaussianMixture mixture;
    mixture.weights = at::tensor({0.6, 0.4}, options);
    mixture.means = at::tensor({-0.6, 0.3, 0.8, -0.5}, options).view({2, 2});
    mixture.deviations = at::tensor({0.5, 0.35}, options);
    return mixture;
}

at::Tensor followFlow(const GaussianMixture& mixture, const at::Tensor& y, double sigmaFrom, double sigmaTo,
                      int steps)
{
    assert(sigmaFrom > 0.0 && sigmaTo > 0.0);
    // In λ = −log σ the equation reads dy/dλ = D(y; e^−λ) − y.
    const double start = -std::log(sigmaFrom);
    const double h = (std::log(sigmaFrom) - std::log(sigmaTo)) / steps;
    const auto slope = [&](const at::Tensor& at, double lambda) {
        return mixture.denoise(at, 1.0, std::exp(-lambda)) - at;
    };
    at::Tensor point = y;
    for (int i = 0; i < steps; ++i) {
        const double lambda = start + i * h;
        const at::Tensor k1 = slope(point, lambda);
        const at::Tensor k2 = slope(point + k1 * (h / 2), lambda + h / 2);
        const at::Tensor k3 = slope(point + k2 * (h / 2), lambda + h / 2);
        const at::Tensor k4 = slope(point + k3 * h, lambda + h);
        point = point + (k1 + k2 * 2 + k3 * 2 + k4) * (h / 6);
    }
    return point;
}

} // namespace unfog
