#pragma once

#include <memory>

#include "diffusion/ddpm/ddpm_family.h"

namespace unfog {

/// Multistep sampling of a latent consistency model (Luo et al. 2023, algorithm 3; `LCMScheduler`): x̂₀
/// through the boundary condition, then fresh noise of the next level. Draws at every step but the last.
class Lcm final : public DdpmFamily {
public:
    static Result<std::unique_ptr<Scheduler>> create(const SchedulerConfig& config);

    /// InvalidRequest for more steps than `original_inference_steps`.
    Result<void> setTimesteps(int stepCount, const TimestepOptions& options = {}) override;
    SchedulerStep step(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation,
                       const NoiseSource& noise) override;

private:
    using DdpmFamily::DdpmFamily;
};

/// The timesteps at which a consistency model was distilled, thinned to `stepCount`, from the noisiest on.
/// InvalidRequest when there are fewer of them.
Result<std::vector<double>> distilledTimesteps(const SchedulerConfig& config, int stepCount);

} // namespace unfog
