#pragma once

#include <stop_token>

#include "diffusion/scheduler.h"
#include "pipeline/device/cuda_support.h"
#include "pipeline/families/stable_diffusion/loaded_model.h"
#include "pipeline/families/stable_diffusion/prompt_encoding.h"

namespace unfog {

/// The UNet with its prompt and classifier-free guidance: what the sampling loop calls as its Denoiser.
/// Without guidance (w = 1) the network runs once a step, on the positive prompt alone. For one thread at a
/// time.
class GuidedUnet final {
public:
    /// `model` must outlive this. Cross-attention keys and values are computed here, once for all steps.
    GuidedUnet(const LoadedModel& model, const EncodedPrompts& prompts, int images, int widthPx, int heightPx,
               double guidanceScale, double guidanceRescale, std::stop_token stop);

    /// input [images, channels, height, width] float32 → guided model output, same shape, float32.
    at::Tensor operator()(const at::Tensor& input, double timestep) const;

private:
    at::Tensor compute(const at::Tensor& input, const at::Tensor& timestep,
                       const std::stop_token& stop) const;
    at::Tensor computeRecorded(const at::Tensor& input, double timestep) const;

    const LoadedModel& m_model;
    double m_guidanceScale;
    double m_guidanceRescale;
    bool m_guided;
    std::stop_token m_stop;
    PreparedConditioning m_conditioning;

    // On a card: the whole step recorded for one shape, and what it reads.
    mutable at::Tensor m_input;
    mutable at::Tensor m_timestep;
    mutable std::unique_ptr<cuda::RecordedWork> m_recorded;
};

} // namespace unfog
