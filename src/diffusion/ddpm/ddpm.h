#pragma once

#include <memory>

#include "diffusion/ddpm/ddpm_family.h"

namespace unfog {

/// Ancestral sampling of the learned reverse process (Ho et al. 2020, eq. 6 and 7; `DDPMScheduler`). Draws
/// noise at every step but the one from timestep 0. `variance_type`: fixed_small, fixed_small_log,
/// fixed_large, fixed_large_log.
class Ddpm final : public DdpmFamily {
public:
    /// Unsupported for a learned variance, which the networks here do not output.
    static Result<std::unique_ptr<Scheduler>> create(const SchedulerConfig& config);

    Result<void> setTimesteps(int stepCount, const TimestepOptions& options = {}) override;
    SchedulerStep step(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation,
                       const NoiseSource& noise) override;

private:
    using DdpmFamily::DdpmFamily;
};

} // namespace unfog
