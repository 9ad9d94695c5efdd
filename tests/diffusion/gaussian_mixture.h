#pragma once

#include <ATen/ATen.h>

/// A data distribution whose denoiser is known exactly: a mixture of isotropic Gaussians. It stands in for a
/// trained network where a solver is to be judged and not a network.
namespace unfog {

/// x₀ ~ Σ_k w_k N(μ_k, s_k² I). All tensors are float64.
struct GaussianMixture {
    at::Tensor weights;    // [components], sums to 1
    at::Tensor means;      // [components, dimensions]
    at::Tensor deviations; // [components]

    /// E[x₀ | x] for x = α x₀ + σ ε; x: [points, dimensions], any α ≥ 0 and σ ≥ 0 that are not both 0.
    at::Tensor denoise(const at::Tensor& x, double alpha, double sigma) const;

    /// E[ε | x], σ > 0.
    at::Tensor noise(const at::Tensor& x, double alpha, double sigma) const;

    /// Mean [dimensions] and covariance [dimensions, dimensions] of x₀.
    at::Tensor mean() const;
    at::Tensor covariance() const;
};

/// Two overlapping, unequal components in the plane: curved flow lines, and a solution smooth in log σ.
GaussianMixture planarMixture();

/// Follows the probability-flow ODE dy/dσ = (y − D(y; σ)) / σ (Karras et al. 2022, eq. 4) for y = x / α from
/// `sigmaFrom` down to `sigmaTo` > 0: classical Runge-Kutta of fourth order, `steps` equal steps in log σ.
at::Tensor followFlow(const GaussianMixture& mixture, const at::Tensor& y, double sigmaFrom, double sigmaTo,
                      int steps);

} // namespace unfog
