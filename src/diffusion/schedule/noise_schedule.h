#pragma once

#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "base/result.h"

/// The training noise schedule: β_t → ᾱ_t = Π (1 − β_s), and what follows from it.
/// x_t = √ᾱ_t x₀ + √(1 − ᾱ_t) ε (Ho et al. 2020, eq. 4).
namespace unfog {

struct NoiseScheduleSettings {
    /// "linear" (Ho et al. 2020), "scaled_linear" and "quadratic" (linear in √β), "squaredcos_cap_v2" (Nichol
    /// & Dhariwal 2021, eq. 17, β ≤ 0.999), "sigmoid" (GeoDiff), "exp" (ᾱ = e^(−12 t/T)), "laplace" (Hang et
    /// al. 2024); ignored where `trainedBetas` is given.
    std::string betaSchedule = "linear";
    double betaStart = 1e-4;
    double betaEnd = 0.02;
    int trainTimesteps = 1000;
    std::vector<double> trainedBetas;
    bool zeroTerminalSnr = false; ///< Lin et al. 2023, algorithm 1: ᾱ of the last timestep becomes 0
};

/// Immutable. Values are float32 results of the reference's own operations, kept as float64.
class NoiseSchedule final {
public:
    static const std::vector<std::string>& knownBetaSchedules();
    /// Unsupported for an unknown schedule (lists those known), InvalidRequest for betas outside 0 … 1.
    static Result<NoiseSchedule> create(const NoiseScheduleSettings& settings);

    int trainTimesteps() const { return static_cast<int>(m_alphasCumprod.size()); }
    const std::vector<double>& betas() const { return m_betas; }
    const std::vector<double>& alphasCumprod() const { return m_alphasCumprod; }

    /// By timestep, 0 … trainTimesteps − 1, linear in ᾱ between whole ones; outside: the nearest end.
    double alphaBar(double timestep) const;
    double sigma(double timestep) const;  ///< √((1 − ᾱ) / ᾱ), the noise level of Karras et al. 2022
    double snr(double timestep) const;    ///< ᾱ / (1 − ᾱ)
    double logSnr(double timestep) const; ///< log SNR = 2 λ of Lu et al. 2022
    /// The timestep of a noise level, linear in log σ between whole ones.
    double timestepOfSigma(double sigma) const;

    /// x_t of x₀ and unit noise, both of the same shape.
    at::Tensor addNoise(const at::Tensor& original, const at::Tensor& noise, double timestep) const;

    /// The reference's guard for solvers that work with σ: 2⁻²⁴ stands for a last ᾱ of 0.
    NoiseSchedule withFiniteLastSigma() const;

private:
    std::vector<double> m_betas;
    std::vector<double> m_alphasCumprod;
};

} // namespace unfog
