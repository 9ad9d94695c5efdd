#pragma once

#include <cmath>

/// The functions of exponential integrators.
namespace unfog {

/// φ_k(z) = Σ_j zʲ / (j + k)!, that is φ₀ = eᶻ, φ₁ = (eᶻ − 1) / z, φ₂ = (eᶻ − 1 − z) / z², …
/// (Hochbruck & Ostermann 2010, eq. 2.11). Accurate for small |z|, where the quotients cancel; z = −∞ gives
/// the limit 0 for k ≥ 1.
inline double phi(int k, double z)
{
    double factorial = 1.0; // (k − 1)! in the recursion, k! in the series
    if (std::abs(z) < 1.0) {
        for (int i = 2; i <= k; ++i) {
            factorial *= i;
        }
        double term = 1.0 / factorial;
        double sum = term;
        for (int j = 1; std::abs(term) > 1e-18 * std::abs(sum); ++j) {
            term *= z / (j + k);
            sum += term;
        }
        return sum;
    }
    double value = std::exp(z);
    for (int i = 1; i <= k; ++i) {
        value = (value - 1.0 / factorial) / z;
        factorial *= i;
    }
    return value;
}

/// z φ_k(z) for k ≥ 1, also at z = −∞, where it is −1 / (k − 1)!.
inline double scaledPhi(int k, double z)
{
    if (k == 1) {
        return std::expm1(z);
    }
    if (std::abs(z) < 1.0) {
        return z * phi(k, z);
    }
    double factorial = 1.0;
    for (int i = 2; i < k; ++i) {
        factorial *= i;
    }
    return phi(k - 1, z) - 1.0 / factorial;
}

} // namespace unfog
