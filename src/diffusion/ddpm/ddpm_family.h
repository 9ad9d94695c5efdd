#pragma once

#include <utility>

#include "diffusion/catalogue/scheduler_config.h"
#include "diffusion/prediction/prediction.h"
#include "diffusion/schedule/noise_schedule.h"
#include "diffusion/scheduler.h"

namespace unfog {

/// What DDPM, DDIM, PNDM, LCM and TCD share: they visit whole training timesteps and read ᾱ from the
/// schedule's table. Coefficients are float32, in
/// the reference's order: at high noise x̂₀ is a small difference of large numbers, where the last bit shows.
class DdpmFamily : public Scheduler {
public:
    double noiseLevel(int evaluation) const final;
    double initNoiseSigma() const final { return 1.0; }
    void begin(int firstEvaluation) override { (void)firstEvaluation; }
    at::Tensor addNoise(const at::Tensor& original, const at::Tensor& noise, int evaluation) const final;
    const std::vector<double>& alphasCumprod() const final { return m_schedule.alphasCumprod(); }

protected:
    DdpmFamily(SchedulerConfig config, NoiseSchedule schedule, Prediction prediction)
        : m_config(std::move(config)), m_schedule(std::move(schedule)), m_prediction(prediction)
    {
    }

    /// Schedule and prediction type of a configuration; Unsupported for a prediction that these classes do
    /// not have.
    static Result<std::pair<NoiseSchedule, Prediction>> read(const SchedulerConfig& config);
    /// InvalidRequest unless 1 ≤ stepCount ≤ visitable().
    Result<void> checkStepCount(int stepCount) const;

    const SchedulerConfig& config() const { return m_config; }
    const NoiseSchedule& schedule() const { return m_schedule; }
    Prediction prediction() const { return m_prediction; }
    /// How many training timesteps, from 0 on, spacings may visit.
    int visitable() const;
    int timestep(int evaluation) const { return static_cast<int>(m_timesteps[evaluation]); }
    /// ᾱ at a training timestep; below 0, after the last step: 1, or ᾱ of timestep 0 without
    /// `set_alpha_to_one`.
    double alphaBarAt(int timestep) const;
    /// x̂₀ at ᾱ, thresholded or clipped where the configuration says so.
    at::Tensor predictOriginal(const at::Tensor& modelOutput, const at::Tensor& sample,
                               double alphaBar) const;
    at::Tensor predictEpsilon(const at::Tensor& modelOutput, const at::Tensor& sample, double alphaBar) const;

private:
    SchedulerConfig m_config;
    NoiseSchedule m_schedule;
    Prediction m_prediction;
};

} // namespace unfog
