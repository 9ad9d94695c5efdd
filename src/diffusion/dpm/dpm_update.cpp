#include "diffusion/dpm/dpm_update.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "diffusion/schedule/phi_functions.h"

namespace unfog {

namespace {

// x_t = scale x_s − factor (zφ₁(z) m + zφ₂(z) h m′ + zφ₃(z) h² m″) + noiseScale ε.
struct Coefficients {
    double z = 0.0;
    double scale = 1.0;
    double factor = 0.0;
    double noiseScale = 0.0;
};

Coefficients coefficientsOf(DpmAlgorithm algorithm, const SolverLevel& from, const SolverLevel& to)
{
    const double h = to.lambda() - from.lambda();
    switch (algorithm) {
    case DpmAlgorithm::Noise: // Lu et al. 2022a, eq. 3.7: DPM-Solver-1
        return {h, to.alpha / from.alpha, to.sigma, 0.0};
    case DpmAlgorithm::Data: // Lu et al. 2022b: DPM-Solver++ of first order
        return {-h, to.sigma / from.sigma, to.alpha, 0.0};
    case DpmAlgorithm::SdeNoise: // Lu et al. 2022b: SDE-DPM-Solver-1
        return {h, to.alpha / from.alpha, 2.0 * to.sigma,
                to.sigma * std::sqrt(std::max(0.0, std::expm1(2.0 * h)))};
    case DpmAlgorithm::SdeData: // Lu et al. 2022b: SDE-DPM-Solver++1
        return {-2.0 * h, to.sigma / from.sigma * std::exp(-h), to.alpha,
                to.sigma * std::sqrt(std::max(0.0, -std::expm1(-2.0 * h)))};
    }
    assert(false);
    return {};
}

} // namespace

at::Tensor dpmUpdate(DpmAlgorithm algorithm, FirstDerivativeWeight weight, const SolverLevel& from,
                     const SolverLevel& to, const at::Tensor& sample, const DpmDerivatives& derivatives,
                     const at::Tensor& noise)
{
    assert(integratesData(algorithm) || to.sigma > 0.0);
    const auto [z, scale, factor, noiseScale] = coefficientsOf(algorithm, from, to);
    at::Tensor result = sample * scale - derivatives.value * (factor * scaledPhi(1, z));
    if (derivatives.first.defined()) {
        const double w = weight == FirstDerivativeWeight::Midpoint ? 0.5 * scaledPhi(1, z) : scaledPhi(2, z);
        result = result - derivatives.first * (factor * w);
    }
    if (derivatives.second.defined()) {
        assert(algorithm != DpmAlgorithm::SdeNoise);
        // zφ₃(z) = φ₂(z) − ½. The reference's SDE formula has + ½ there; pictures are compared with it, so it
        // stays.
        const double w = algorithm == DpmAlgorithm::SdeData ? phi(2, z) + 0.5 : scaledPhi(3, z);
        result = result - derivatives.second * (factor * w);
    }
    if (noiseScale != 0.0) {
        result = result + noise * noiseScale;
    }
    return result;
}

} // namespace unfog
