#pragma once

#include <functional>

#include <ATen/ATen.h>

#include "diffusion/prediction/prediction.h"
#include "diffusion/schedule/noise_schedule.h"

namespace unfog {

/// What the network is asked to say, and how much every noise level counts.
struct DiffusionObjective {
    Prediction prediction = Prediction::V; ///< Epsilon, Sample or V
    at::Tensor alphasCumprod;              ///< ᾱ by timestep, float32 [timesteps]
    /// γ of min-SNR weighting (Hang et al. 2023, eq. 5 and section 3.5): the loss of every level counts as
    /// its error in x₀ times min(SNR, γ). 0: all levels count alike in what is predicted (Ho et al. 2020, eq.
    /// 14).
    double minSnrGamma = 5.0;

    DiffusionObjective(Prediction prediction, const NoiseSchedule& schedule, double minSnrGamma,
                       at::Device device = at::kCPU);
};

/// Noisy samples [batch, …] and their timesteps, int64 [batch] → prediction of the samples' shape.
using TrainingDenoiser = std::function<at::Tensor(const at::Tensor& noisy, const at::Tensor& timesteps)>;

/// The published training step (Ho et al. 2020, algorithm 1): draw t, corrupt `original` in closed form, ask
/// the denoiser, mean squared error. The timesteps of a batch are drawn one from each of as many equal parts
/// of the range, which leaves every one of them uniform and the batch's mean less noisy (Kingma et al. 2021,
/// appendix I.1). `random` decides on timesteps and noise; it is a CPU generator whatever the device.
at::Tensor diffusionLoss(const DiffusionObjective& objective, const at::Tensor& original,
                         const at::Generator& random, const TrainingDenoiser& denoiser);

} // namespace unfog
