#pragma once

#include <functional>
#include <stop_token>

#include "diffusion/scheduler.h"

/// The sampling loop: scheduler and network, nothing else. Knows no prompt, no model, no pixels.
namespace unfog {

/// The network after guidance: scaled input [batch, channels, height, width] and timestep → model output.
using Denoiser = std::function<at::Tensor(const at::Tensor& input, double timestep)>;

struct SamplerStep {
    int evaluation = 0; ///< index into Scheduler::timesteps()
    at::Tensor modelOutput;
    at::Tensor predictedOriginal; ///< x̂₀, on the host
    at::Tensor sample;            ///< x_t after the step, on the host
    double seconds = 0.0;
};

/// Runs `scheduler` from `initial` (already scaled by initNoiseSigma or by addNoise) at evaluation `first` to
/// the end and returns the last sample. NonFinite, naming the step, as soon as a step computes NaN or
/// infinity. `onStep` may be empty; with a card it hears of a step while the next one is computed. Throws
/// Stopped when asked, and what LibTorch throws.
Result<at::Tensor> sample(Scheduler& scheduler, const at::Tensor& initial, int first,
                          const Denoiser& denoiser, const NoiseSource& noise,
                          const std::function<void(const SamplerStep&)>& onStep, const std::stop_token& stop);

} // namespace unfog
