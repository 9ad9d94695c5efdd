#pragma once

#include <deque>
#include <memory>

#include "diffusion/dpm/dpm_family.h"

namespace unfog {

/// DEIS with polynomials in log ρ, ρ = σ / α, of orders 1 to 3 (Zhang & Chen 2023, "log ρ AB-DEIS";
/// `DEISMultistepScheduler`). Always ends at the smallest level of the training schedule or of its own table.
class Deis final : public DpmFamily {
public:
    /// Unsupported, naming what is known, for: another `algorithm_type`, `solver_type` or `solver_order`.
    static Result<std::unique_ptr<Scheduler>> create(const SchedulerConfig& config);

    SchedulerStep step(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation,
                       const NoiseSource& noise) override;

private:
    Deis(const SchedulerConfig& config, const SolverPlan& plan, std::vector<double> alphasCumprod);
    void forget() override;
    int orderAt(int evaluation) const;

    std::deque<at::Tensor> m_outputs; // ε̂, the newest first
};

} // namespace unfog
