#pragma once

#include <ATen/ATen.h>

#include "diffusion/dpm/dpm_family.h"

/// The update formulas that multistep and singlestep DPM-Solver share: one step of an exponential integrator
/// in λ = log(α / σ), from the derivatives of the network's output with respect to λ.
namespace unfog {

/// What is integrated: ε̂ ("dpmsolver", Lu et al. 2022a) or x̂₀ ("dpmsolver++", Lu et al. 2022b), along the
/// probability-flow ODE or along the reverse SDE ("sde-…").
enum class DpmAlgorithm { Noise, Data, SdeNoise, SdeData };

constexpr bool integratesData(DpmAlgorithm algorithm)
{
    return algorithm == DpmAlgorithm::Data || algorithm == DpmAlgorithm::SdeData;
}

/// The weight of the first derivative: ½ h φ₁ or h φ₂. They agree to second order in h.
enum class FirstDerivativeWeight { Midpoint, Heun };

/// The network's output and its derivatives h dm/dλ, h² d²m/dλ² over the step. Undefined tensors are left
/// out.
struct DpmDerivatives {
    at::Tensor value;
    at::Tensor first;
    at::Tensor second; ///< not for SdeNoise
};

/// x at level `to` from x at level `from`; λ grows, σ of `to` may be 0 where data is integrated. `noise` is a
/// standard-normal tensor for the SDE algorithms and ignored otherwise.
at::Tensor dpmUpdate(DpmAlgorithm algorithm, FirstDerivativeWeight weight, const SolverLevel& from,
                     const SolverLevel& to, const at::Tensor& sample, const DpmDerivatives& derivatives,
                     const at::Tensor& noise);

} // namespace unfog
