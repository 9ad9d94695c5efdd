#pragma once

#include <deque>
#include <memory>

#include "diffusion/dpm/dpm_family.h"
#include "diffusion/dpm/dpm_update.h"

namespace unfog {

/// DPM-Solver and DPM-Solver++ of orders 1 to 3 that reuse the outputs of earlier steps (Lu et al. 2022a,
/// 2022b; `DPMSolverMultistepScheduler`). `algorithm_type`: dpmsolver, dpmsolver++, sde-dpmsolver,
/// sde-dpmsolver++ (the SDE ones draw noise at every step, the last one included); `solver_type`: midpoint,
/// heun. A run starts with lower orders until there is history, and takes a first-order step to σ = 0.
class DpmSolverMultistep final : public DpmFamily {
public:
    /// Unsupported, naming what is known, for: another `algorithm_type`, `solver_type` or `solver_order`;
    /// dpmsolver and sde-dpmsolver with `final_sigmas_type` zero or flow velocity; sde-dpmsolver of order 3;
    /// a learned variance.
    static Result<std::unique_ptr<Scheduler>> create(const SchedulerConfig& config);

    SchedulerStep step(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation,
                       const NoiseSource& noise) override;

private:
    DpmSolverMultistep(const SchedulerConfig& config, const SolverPlan& plan,
                       std::vector<double> alphasCumprod);
    void forget() override;
    int orderAt(int evaluation) const;
    DpmDerivatives derivatives(int evaluation, int order) const;

    DpmAlgorithm m_algorithm = DpmAlgorithm::Data;
    FirstDerivativeWeight m_weight = FirstDerivativeWeight::Midpoint;
    std::deque<at::Tensor> m_outputs; // converted, the newest first
};

} // namespace unfog
