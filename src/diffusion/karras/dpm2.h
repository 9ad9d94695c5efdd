#pragma once

#include "diffusion/karras/karras_family.h"

namespace unfog {

/// DPM-Solver-2 in σ (Karras et al. 2022, appendix; k-diffusion's DPM2; `KDPM2DiscreteScheduler` and
/// `KDPM2AncestralDiscreteScheduler`): the slope at the geometric mean of both levels carries the whole step.
/// The ancestral one steps to a lower level and adds fresh noise; it draws once
/// a step, at the second evaluation, and not in the last step, which has one evaluation and ends at σ = 0.
class Dpm2 final : public KarrasFamily {
public:
    static Result<std::unique_ptr<Scheduler>> create(const SchedulerConfig& config);
    int evaluationOfStep(int skippedSteps) const override { return 2 * skippedSteps; }
    SchedulerStep step(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation,
                       const NoiseSource& noise) override;

private:
    /// One step as planned: from `sigma` through `middle` to `down`, then noise of weight `up`.
    struct Step {
        double sigma = 0.0;
        double middle = 0.0;
        double down = 0.0;
        double up = 0.0;
    };

    Dpm2(SchedulerConfig config, NoiseSchedule schedule, Prediction prediction, Traits traits,
         bool ancestral);
    void layOut(std::vector<double> timesteps, std::vector<double> sigmas) override;
    double inputSigma(int evaluation) const override;
    void forget() override { m_startSample = at::Tensor(); }
    /// Evaluation 2k opens step k, evaluation 2k + 1 closes it.
    static bool opens(int evaluation) { return evaluation % 2 == 0; }

    bool m_ancestral;
    std::vector<Step> m_steps;
    at::Tensor m_startSample;
};

} // namespace unfog
