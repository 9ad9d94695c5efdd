#pragma once

#include "diffusion/karras/karras_family.h"

namespace unfog {

/// Heun's second-order method (Karras et al. 2022, algorithm 1; `HeunDiscreteScheduler`): an Euler step, then
/// the mean of the slopes at both ends; plain Euler to σ = 0. Draws nothing.
class Heun final : public KarrasFamily {
public:
    static Result<std::unique_ptr<Scheduler>> create(const SchedulerConfig& config);
    int evaluationOfStep(int skippedSteps) const override { return 2 * skippedSteps; }
    SchedulerStep step(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation,
                       const NoiseSource& noise) override;

private:
    using KarrasFamily::KarrasFamily;
    void layOut(std::vector<double> timesteps, std::vector<double> sigmas) override;
    void forget() override;

    at::Tensor m_startSample; ///< of the step under way; undefined before its first evaluation
    at::Tensor m_startSlope;
};

} // namespace unfog
