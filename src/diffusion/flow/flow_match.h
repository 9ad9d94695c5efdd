#pragma once

#include <memory>

#include "diffusion/catalogue/scheduler_config.h"
#include "diffusion/scheduler.h"

namespace unfog {

/// Flow matching on straight paths, x = (1 − σ) x₀ + σ ε, the network giving the velocity u = ε − x₀ (Lipman
/// et al. 2023; Esser et al. 2024). σ goes from 1 to 0, shifted towards noise.
class FlowMatchBase : public Scheduler {
public:
    double noiseLevel(int evaluation) const override { return m_sigmas[evaluation]; }
    double initNoiseSigma() const final { return 1.0; }
    void begin(int firstEvaluation) final
    {
        (void)firstEvaluation;
        forget();
    }
    at::Tensor addNoise(const at::Tensor& original, const at::Tensor& noise, int evaluation) const final;
    /// Empty: a flow has no ᾱ.
    const std::vector<double>& alphasCumprod() const final;

protected:
    explicit FlowMatchBase(SchedulerConfig config);
    const SchedulerConfig& config() const { return m_config; }
    Result<void> checkStepCount(int stepCount) const;
    /// σ before any further choice: uniform between the ends of training, as the reference shifts them.
    std::vector<double> unshiftedSigmas(int stepCount) const;
    virtual void forget() {}

private:
    SchedulerConfig m_config;
};

/// Euler's method on the flow (`FlowMatchEulerDiscreteScheduler`); with `stochastic_sampling` each step goes
/// to x̂₀ and back up with fresh noise, drawn at every step.
class FlowMatchEuler final : public FlowMatchBase {
public:
    static Result<std::unique_ptr<Scheduler>> create(const SchedulerConfig& config);

    /// With `use_dynamic_shifting`, `options.mu` is required.
    Result<void> setTimesteps(int stepCount, const TimestepOptions& options = {}) override;
    SchedulerStep step(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation,
                       const NoiseSource& noise) override;

private:
    using FlowMatchBase::FlowMatchBase;
};

/// Heun's second-order method on the flow (`FlowMatchHeunDiscreteScheduler`). Draws nothing.
class FlowMatchHeun final : public FlowMatchBase {
public:
    static Result<std::unique_ptr<Scheduler>> create(const SchedulerConfig& config);

    int evaluationOfStep(int skippedSteps) const override { return 2 * skippedSteps; }
    Result<void> setTimesteps(int stepCount, const TimestepOptions& options = {}) override;
    SchedulerStep step(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation,
                       const NoiseSource& noise) override;

private:
    using FlowMatchBase::FlowMatchBase;
    void forget() override;

    at::Tensor m_startSample;
    at::Tensor m_startVelocity;
};

} // namespace unfog
