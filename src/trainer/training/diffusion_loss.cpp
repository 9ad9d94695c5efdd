#include "trainer/training/diffusion_loss.h"

namespace unfog {

namespace {

/// The weight of the squared error in what is predicted: an error of 1 in x₀ is one of √SNR in ε and of
/// √(SNR + 1) in v.
at::Tensor lossWeight(const DiffusionObjective& objective, const at::Tensor& alphaBar)
{
    if (objective.minSnrGamma <= 0.0)
        return at::ones_like(alphaBar);
    const at::Tensor snr = alphaBar / (1.0 - alphaBar).clamp_min(1e-12);
    at::Tensor wanted = snr.clamp_max(objective.minSnrGamma);
    switch (objective.prediction) {
    case Prediction::Sample:
        return wanted;
    case Prediction::V:
        return wanted / (snr + 1.0);
    default:
        return wanted / snr.clamp_min(1e-12);
    }
}

} // namespace

DiffusionObjective::DiffusionObjective(Prediction prediction, const NoiseSchedule& schedule,
                                       double minSnrGamma, at::Device device)
    : prediction(prediction), alphasCumprod(at::tensor(schedule.alphasCumprod(), at::kFloat).to(device)),
      minSnrGamma(minSnrGamma)
{
    TORCH_CHECK(prediction == Prediction::Epsilon || prediction == Prediction::Sample ||
                    prediction == Prediction::V,
                "training predicts epsilon, sample or v");
}

at::Tensor diffusionLoss(const DiffusionObjective& objective, const at::Tensor& original,
                         const at::Generator& random, const TrainingDenoiser& denoiser)
{
    const std::int64_t batch = original.size(0), timestepCount = objective.alphasCumprod.size(0);
    const at::TensorOptions onCpu = at::TensorOptions().dtype(at::kFloat);
    const at::Tensor parts = (at::arange(batch, onCpu) + at::rand({batch}, random, onCpu)) / batch;
    const at::Tensor timesteps =
        (parts * timestepCount).to(at::kLong).clamp_(0, timestepCount - 1).to(original.device());
    const at::Tensor noise = at::randn(original.sizes(), random, onCpu).to(original.device());

    std::vector<std::int64_t> perSample(static_cast<std::size_t>(original.dim()), 1);
    perSample.front() = batch;
    const at::Tensor alphaBar = objective.alphasCumprod.index_select(0, timesteps);
    const at::Tensor alpha = alphaBar.sqrt().reshape(perSample);
    const at::Tensor sigma = (1.0 - alphaBar).sqrt().reshape(perSample);
    const at::Tensor noisy = alpha * original + sigma * noise;
    const at::Tensor target = objective.prediction == Prediction::Epsilon  ? noise
                              : objective.prediction == Prediction::Sample ? original
                                                                           : alpha * noise - sigma * original;
    const at::Tensor error = denoiser(noisy, timesteps).to(at::kFloat) - target;
    const at::Tensor perSampleError = error.square().flatten(1).mean(1);
    return (perSampleError * lossWeight(objective, alphaBar)).mean();
}

} // namespace unfog
