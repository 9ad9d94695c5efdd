#pragma once

#include "diffusion/karras/karras_family.h"

namespace unfog {

/// Euler steps to a lower level than the next, and fresh noise up to it (`EulerAncestralDiscreteScheduler`).
/// Draws noise at every step, the last one included, where its weight is 0.
class EulerAncestral final : public KarrasFamily {
public:
    static Result<std::unique_ptr<Scheduler>> create(const SchedulerConfig& config);
    SchedulerStep step(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation,
                       const NoiseSource& noise) override;

private:
    using KarrasFamily::KarrasFamily;
    void layOut(std::vector<double> timesteps, std::vector<double> sigmas) override;
};

} // namespace unfog
