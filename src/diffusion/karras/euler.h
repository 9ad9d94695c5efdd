#pragma once

#include "diffusion/karras/karras_family.h"

namespace unfog {

/// Euler's method on dx/dσ = (x − x̂₀) / σ (Karras et al. 2022, algorithm 2 without churn;
/// `EulerDiscreteScheduler`). Draws nothing.
class Euler final : public KarrasFamily {
public:
    static Result<std::unique_ptr<Scheduler>> create(const SchedulerConfig& config);
    SchedulerStep step(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation,
                       const NoiseSource& noise) override;

private:
    using KarrasFamily::KarrasFamily;
    void layOut(std::vector<double> timesteps, std::vector<double> sigmas) override;
};

} // namespace unfog
