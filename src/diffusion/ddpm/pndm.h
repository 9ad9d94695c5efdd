#pragma once

#include <deque>
#include <memory>

#include "diffusion/ddpm/ddpm_family.h"

namespace unfog {

/// Pseudo numerical methods (Liu et al. 2022; `PNDMScheduler`): a linear four-step method (eq. 12), started
/// by pseudo Runge-Kutta steps (four evaluations each) or, with `skip_prk_steps`, by lower orders and one
/// repeated evaluation. Fewer than four steps leave no room for the Runge-Kutta start: they begin as with
/// `skip_prk_steps`.
class Pndm final : public DdpmFamily {
public:
    static Result<std::unique_ptr<Scheduler>> create(const SchedulerConfig& config);

    Result<void> setTimesteps(int stepCount, const TimestepOptions& options = {}) override;
    void begin(int firstEvaluation) override;
    SchedulerStep step(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation,
                       const NoiseSource& noise) override;

private:
    using DdpmFamily::DdpmFamily;

    at::Tensor rungeKutta(const at::Tensor& modelOutput, const at::Tensor& sample, int t);
    at::Tensor linearMultistep(const at::Tensor& modelOutput, const at::Tensor& sample, int t);
    at::Tensor transfer(const at::Tensor& sample, int from, int to, const at::Tensor& modelOutput) const;

    int m_stride = 1;
    int m_rungeKuttaEvaluations = 0;
    int m_counter = 0; ///< evaluations since `begin`
    std::deque<at::Tensor> m_outputs;
    at::Tensor m_accumulated;
    at::Tensor m_heldSample;
};

} // namespace unfog
