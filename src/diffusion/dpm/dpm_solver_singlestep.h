#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "diffusion/dpm/dpm_family.h"
#include "diffusion/dpm/dpm_update.h"

namespace unfog {

/// DPM-Solver and DPM-Solver++ of orders 1 to 3 in blocks (`DPMSolverSinglestepScheduler`): a block of order
/// p takes p evaluations, each of which starts again from the block's first sample with one order more (Lu et
/// al. 2022a, algorithms 1 and 2). `algorithm_type`: dpmsolver, dpmsolver++, sde-dpmsolver++ (draws noise at
/// every step); `solver_type`: midpoint, heun. Runs whose count is no multiple of the order end with shorter
/// blocks.
class DpmSolverSinglestep final : public DpmFamily {
public:
    /// Unsupported, naming what is known, for: another `algorithm_type`, `solver_type` or `solver_order`;
    /// dpmsolver with `final_sigmas_type` zero or flow velocity; a learned variance.
    static Result<std::unique_ptr<Scheduler>> create(const SchedulerConfig& config);

    SchedulerStep step(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation,
                       const NoiseSource& noise) override;

private:
    DpmSolverSinglestep(const SchedulerConfig& config, const SolverPlan& plan,
                        std::vector<double> alphasCumprod);
    void forget() override;
    int plannedOrder(int evaluation) const;
    DpmDerivatives derivatives(int evaluation, int order) const;

    DpmAlgorithm m_algorithm = DpmAlgorithm::Data;
    FirstDerivativeWeight m_weight = FirstDerivativeWeight::Midpoint;
    std::deque<at::Tensor> m_outputs; // converted, the newest first
    at::Tensor m_blockStart;
};

} // namespace unfog
