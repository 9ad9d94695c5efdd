#pragma once

#include <deque>

#include "diffusion/karras/karras_family.h"

namespace unfog {

/// Linear multistep (Adams-Bashforth on uneven levels) of order 4 in σ (k-diffusion; `LMSDiscreteScheduler`).
/// Starts with lower orders. Draws nothing.
class Lms final : public KarrasFamily {
public:
    static Result<std::unique_ptr<Scheduler>> create(const SchedulerConfig& config);
    SchedulerStep step(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation,
                       const NoiseSource& noise) override;

private:
    using KarrasFamily::KarrasFamily;
    void layOut(std::vector<double> timesteps, std::vector<double> sigmas) override;
    void forget() override { m_slopes.clear(); }
    double weight(int order, int evaluation, int back) const;

    std::deque<at::Tensor> m_slopes; ///< the newest first
};

} // namespace unfog
