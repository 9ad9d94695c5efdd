#pragma once

#include <memory>
#include <utility>

#include "diffusion/catalogue/scheduler_config.h"
#include "diffusion/prediction/prediction.h"
#include "diffusion/schedule/noise_schedule.h"
#include "diffusion/scheduler.h"

namespace unfog {

/// What Euler, Heun, DPM2 and LMS share: samples are x₀ + σ ε (Karras et al. 2022), levels are σ, the network
/// is given x / √(σ² + 1). Second-order ones evaluate the network twice a step, except the last. Coefficients
/// are float32, in the reference's order: at high noise x̂₀ is a small difference of large numbers, where the
/// last bit shows.
class KarrasFamily : public Scheduler {
public:
    /// InvalidRequest unless stepCount is 1 or more and at most the training timesteps.
    Result<void> setTimesteps(int stepCount, const TimestepOptions& options = {}) final;
    double noiseLevel(int evaluation) const final { return inputSigma(evaluation); }
    /// Noise for the first level; √(σ² + 1) where the first level is below the last training level
    /// ("leading").
    double initNoiseSigma() const final;
    void begin(int firstEvaluation) final;
    at::Tensor addNoise(const at::Tensor& original, const at::Tensor& noise, int evaluation) const final;
    at::Tensor scaleModelInput(const at::Tensor& sample, int evaluation) const final;
    const std::vector<double>& alphasCumprod() const final { return m_schedule.alphasCumprod(); }

protected:
    /// Where the classes differ in planning.
    struct Traits {
        bool zeroTerminalSnr = false; ///< heeds `rescale_betas_zero_snr`
        bool choosesLevels = true;    ///< heeds use_karras_sigmas, use_exponential_sigmas, use_beta_sigmas
        bool roundsKarrasTimesteps = false;
        bool eulerOptions =
            false; ///< heeds interpolation_type, timestep_type, final_sigmas_type, sigma_min, sigma_max
        bool clipsOriginal = false; ///< heeds clip_sample
    };

    KarrasFamily(SchedulerConfig config, NoiseSchedule schedule, Prediction prediction, Traits traits);
    static Result<std::pair<NoiseSchedule, Prediction>> read(const SchedulerConfig& config,
                                                             const Traits& traits);

    /// σ of each step, the final one included, and the timestep of each step, before a class lays them out as
    /// evaluations.
    virtual void layOut(std::vector<double> timesteps, std::vector<double> sigmas) = 0;
    /// σ that the network sees at an evaluation.
    virtual double inputSigma(int evaluation) const { return m_sigmas[evaluation]; }
    /// Forgets what earlier evaluations left behind.
    virtual void forget() {}

    const SchedulerConfig& config() const { return m_config; }
    double timestepOf(double sigma) const;
    at::Tensor predictOriginal(const at::Tensor& modelOutput, const at::Tensor& sample, double sigma) const;

private:
    Result<void> tooManySteps(int stepCount, int visitable) const;
    Result<void> planSigmas(int stepCount, std::vector<double>& timesteps, std::vector<double>& sigmas) const;

    SchedulerConfig m_config;
    NoiseSchedule m_schedule;
    Prediction m_prediction;
    Traits m_traits;
    std::vector<double> m_logSigmas; ///< of the training timesteps
};

/// The ancestral split of a step from σ to σ' < σ (Karras et al. 2022; k-diffusion): σ'² = down² + up².
struct AncestralStep {
    double down = 0.0;
    double up = 0.0;
};
AncestralStep ancestralStep(double from, double to);

/// [a, b, c, d] → [a, b, b, c, c, d]: the levels of a method with two evaluations a step.
std::vector<double> withDoubledMiddle(const std::vector<double>& levels);
/// [a, b, c] → [a, b, b, c, c].
std::vector<double> withDoubledTail(const std::vector<double>& values);

} // namespace unfog
