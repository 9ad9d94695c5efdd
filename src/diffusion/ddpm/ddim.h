#pragma once

#include <memory>

#include "diffusion/ddpm/ddpm_family.h"

namespace unfog {

/// Denoising diffusion implicit models (Song et al. 2021, eq. 12 and 16; `DDIMScheduler`). η = 0 is the
/// probability-flow ODE to first order, η = 1 ancestral sampling; draws noise at every step where η > 0.
class Ddim final : public DdpmFamily {
public:
    static Result<std::unique_ptr<Scheduler>> create(const SchedulerConfig& config);

    /// η from `options.eta`, 0 where it is left out.
    Result<void> setTimesteps(int stepCount, const TimestepOptions& options = {}) override;
    SchedulerStep step(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation,
                       const NoiseSource& noise) override;

private:
    using DdpmFamily::DdpmFamily;

    int m_stride = 1;
    double m_eta = 0.0;
    bool m_useClippedModelOutput = false;
};

} // namespace unfog
