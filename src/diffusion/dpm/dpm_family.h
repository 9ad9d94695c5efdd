#pragma once

#include <vector>

#include "diffusion/catalogue/scheduler_config.h"
#include "diffusion/dpm/solver_levels.h"
#include "diffusion/prediction/prediction.h"
#include "diffusion/scheduler.h"

/// What DPM-Solver, UniPC and DEIS share: a table of noise levels that starts from the training schedule or
/// from a flow, x = α x₀ + σ ε at each of them, and the conversion of the network's output to x̂₀ or ε̂.
namespace unfog {

/// One noise level. With the reference's σ̃ = σ / α: variance preserving, α = 1 / √(1 + σ̃²), σ = σ̃ α; flow
/// models
/// (`use_flow_sigmas`) α = 1 − σ̃, σ = σ̃.
struct SolverLevel : SignalLevel {
    double lambda() const; ///< log(α / σ), half the log-SNR; +∞ at σ = 0
};

/// The network's output in the form that a solver integrates, and the x̂₀ that goes with it.
struct ConvertedOutput {
    at::Tensor output;
    at::Tensor original;
};

class DpmFamily : public Scheduler {
public:
    /// Fails (InvalidRequest) for fewer than 1 or more steps than training timesteps, and for a `mu` where
    /// `use_dynamic_shifting` is off. As in the reference, `mu` may be left out: `flow_shift` holds then.
    Result<void> setTimesteps(int stepCount, const TimestepOptions& options = {}) final;
    double noiseLevel(int evaluation) const final;
    double initNoiseSigma() const final { return 1.0; }
    void begin(int firstEvaluation) final;
    at::Tensor addNoise(const at::Tensor& original, const at::Tensor& noise, int evaluation) const final;
    const std::vector<double>& alphasCumprod() const final { return m_alphasCumprod; }

protected:
    /// `config` is one that checkSolverConfig accepts.
    DpmFamily(const SchedulerConfig& config, const SolverPlan& plan, std::vector<double> alphasCumprod);

    /// Forgets what earlier steps left behind; called by setTimesteps and begin.
    virtual void forget() = 0;

    const SchedulerConfig& config() const { return m_config; }
    SolverLevel level(int index) const;
    int lastEvaluation() const { return evaluationCount() - 1; }
    /// Whether the step from an evaluation changes σ and does not end at σ = 0; other steps need no history.
    bool movesOn(int evaluation) const;
    /// The largest order ≤ `order` whose levels, from `evaluation` backwards, are all different. Crowded
    /// spacings visit a level twice, and divided differences over it do not exist.
    int distinctLevels(int evaluation, int order) const;

    /// x̂₀ from the network's output at an evaluation, thresholded where the configuration says so.
    at::Tensor predictOriginal(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation) const;
    /// The output as x̂₀ or, with `toData` off, as ε̂ (not for flow velocity).
    ConvertedOutput convert(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation,
                            bool toData) const;
    /// ε̂ that belongs to x̂₀ at an evaluation.
    at::Tensor noiseOf(const at::Tensor& original, const at::Tensor& sample, int evaluation) const;

private:
    SolverLevel levelOf(const at::Tensor& sample, int index) const;
    at::Tensor rawOriginal(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation) const;
    at::Tensor rawNoise(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation) const;

    SchedulerConfig m_config;
    SolverPlan m_plan;
    Prediction m_prediction = Prediction::Epsilon;
    std::vector<double> m_alphasCumprod;
};

} // namespace unfog
