#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <ATen/ATen.h>

#include "base/result.h"

/// How one step of sampling is taken. Knows no network: the caller evaluates it between calls.
///
///     scheduler->setTimesteps(20);
///     at::Tensor x = noise * scheduler->initNoiseSigma();
///     for (int i = 0; i < scheduler->evaluationCount(); ++i) {
///         at::Tensor out = network(scheduler->scaleModelInput(x, i), scheduler->timesteps()[i]);
///         x = scheduler->step(out, x, i, noiseSource).sample;
///     }
///
/// An "evaluation" is one call of the network; second-order schedulers (Heun, DPM2) and the Runge-Kutta start
/// of PNDM have more evaluations than steps. Coefficients are computed in float64, or in
/// float32 where the reference's rounding shows; tensors keep their dtype.
namespace unfog {

/// Draws a fresh standard-normal tensor of the sample's shape, dtype and device. Called exactly when, and
/// in the order in which, the reference draws.
using NoiseSource = std::function<at::Tensor()>;

struct SchedulerStep {
    at::Tensor sample;            ///< x_{t−1}, same shape and dtype as the sample given
    at::Tensor predictedOriginal; ///< x̂₀ as seen by this evaluation; always defined
};

struct TimestepOptions {
    std::optional<double> mu;  ///< dynamic shift of flow models (`use_dynamic_shifting`), required there
    std::optional<double> eta; ///< DDIM η, TCD γ ("eta" in the reference); none = the reference's default
    bool useClippedModelOutput = false; ///< DDIM: recompute ε̂ from the clipped x̂₀
};

class Scheduler {
public:
    virtual ~Scheduler() = default;

    /// Plans a run of `stepCount` ≥ 1 steps and forgets any history. InvalidRequest when the count is out of
    /// range (more steps than training timesteps where the reference refuses it) or `mu` is missing.
    virtual Result<void> setTimesteps(int stepCount, const TimestepOptions& options = {}) = 0;

    /// t that the network is given, one per evaluation; may be fractional (Karras spacing and the like).
    const std::vector<double>& timesteps() const { return m_timesteps; }
    int evaluationCount() const { return static_cast<int>(m_timesteps.size()); }
    /// The reference's own `sigmas` after set_timesteps, final one included; empty for the schedulers that
    /// have none (DDPM, DDIM, PNDM, LCM, TCD).
    const std::vector<double>& sigmas() const { return m_sigmas; }
    /// σ of the noise level that evaluation i sees, √((1−ᾱ)/ᾱ) (flow models: σ in 0 … 1); for display and
    /// plots.
    virtual double noiseLevel(int evaluation) const = 0;

    /// What unit noise is multiplied with to become the first sample.
    virtual double initNoiseSigma() const = 0;

    /// For image-to-image: the first evaluation that a run visits which skips `skippedSteps` steps.
    virtual int evaluationOfStep(int skippedSteps) const { return skippedSteps; }
    /// Forgets history and starts at `firstEvaluation`, as set_begin_index does in the reference.
    virtual void begin(int firstEvaluation) = 0;
    /// x_t of evaluation i from x₀ and unit noise (the reference's add_noise).
    virtual at::Tensor addNoise(const at::Tensor& original, const at::Tensor& noise,
                                int evaluation) const = 0;

    /// The network's input for the sample at evaluation i.
    virtual at::Tensor scaleModelInput(const at::Tensor& sample, int evaluation) const
    {
        (void)evaluation;
        return sample;
    }

    /// Takes the network's output at evaluation i (after guidance) to the next sample. Evaluations are given
    /// in order, from `begin` on. `modelOutput` and `sample` have the same shape and dtype (float32 in the
    /// pipeline).
    virtual SchedulerStep step(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation,
                               const NoiseSource& noise) = 0;

    /// ᾱ by training timestep; empty for flow models.
    virtual const std::vector<double>& alphasCumprod() const = 0;

protected:
    std::vector<double> m_timesteps;
    std::vector<double> m_sigmas;
};

} // namespace unfog
