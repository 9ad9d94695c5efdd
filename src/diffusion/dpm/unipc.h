#pragma once

#include <deque>
#include <memory>
#include <set>

#include "diffusion/dpm/dpm_family.h"

namespace unfog {

/// UniPC of any order: a multistep predictor, and a corrector that reuses the next evaluation to improve the
/// sample it was made for (Zhao et al. 2023, algorithms 5 to 8; `UniPCMultistepScheduler`). `solver_type`:
/// B₁(h) = h ("bh1") or B₂(h) = eʰ − 1 ("bh2"); `predict_x0`: integrates x̂₀ (true) or ε̂; `disable_corrector`:
/// the steps, counted from 0, whose result is not corrected.
class UniPc final : public DpmFamily {
public:
    /// Unsupported, naming what is known, for: another `solver_type`; a `solver_order` below 1; a `solver_p`
    /// that is not null; flow velocity with `predict_x0` off.
    static Result<std::unique_ptr<Scheduler>> create(const SchedulerConfig& config);

    SchedulerStep step(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation,
                       const NoiseSource& noise) override;

private:
    UniPc(const SchedulerConfig& config, const SolverPlan& plan, std::vector<double> alphasCumprod);
    void forget() override;
    int orderAt(int evaluation) const;
    at::Tensor predict(const at::Tensor& sample, int evaluation) const;
    at::Tensor correct(const at::Tensor& output, const at::Tensor& sample, int evaluation) const;

    bool m_firstB = false; // B₁(h) rather than B₂(h)
    std::set<int> m_uncorrected;
    std::deque<at::Tensor> m_outputs; // converted, the newest first
    at::Tensor m_lastSample;          // corrected, of the evaluation before
    int m_lastOrder = 0;
};

} // namespace unfog
