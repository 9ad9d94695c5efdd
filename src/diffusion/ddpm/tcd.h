#pragma once

#include <memory>

#include "diffusion/ddpm/ddpm_family.h"

namespace unfog {

/// Strategic stochastic sampling of trajectory consistency distillation (Zheng et al. 2024, algorithm 4;
/// `TCDScheduler`): down to s = (1 − γ) t', then noise up to t'. γ = 0 draws nothing; else draws at every
/// step but the last.
class Tcd final : public DdpmFamily {
public:
    static constexpr double kDefaultGamma = 0.3;

    static Result<std::unique_ptr<Scheduler>> create(const SchedulerConfig& config);

    /// γ from `options.eta`, kDefaultGamma where it is left out. InvalidRequest for more steps than
    /// `original_inference_steps`.
    Result<void> setTimesteps(int stepCount, const TimestepOptions& options = {}) override;
    SchedulerStep step(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation,
                       const NoiseSource& noise) override;

private:
    using DdpmFamily::DdpmFamily;

    double m_gamma = kDefaultGamma;
};

} // namespace unfog
