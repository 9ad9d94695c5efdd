#include "pipeline/guided_unet.h"

#include "diffusion/guidance.h"

namespace unfog {

GuidedUnet::GuidedUnet(const LoadedModel& model, const EncodedPrompts& prompts, int images, int widthPx,
                       int heightPx, double guidanceScale, double guidanceRescale, std::stop_token stop)
    : m_model(model), m_guidanceScale(guidanceScale), m_guidanceRescale(guidanceRescale),
      m_guided(prompts.negative.hiddenStates.defined()), m_stop(std::move(stop)),
      m_conditioning(model.unet->prepare(conditioningFor(prompts, model, images, widthPx, heightPx)))
{
}

at::Tensor GuidedUnet::operator()(const at::Tensor& input, double timestep) const
{
    const at::Tensor sample = m_guided ? at::cat({input, input}) : input;
    const at::Tensor timesteps =
        at::full({sample.size(0)}, timestep, at::TensorOptions(at::kFloat).device(m_model.target.device));
    const at::Tensor output = m_model.unet->forward(sample, timesteps, m_conditioning, m_stop).to(at::kFloat);
    if (!m_guided)
        return output;
    const std::vector<at::Tensor> halves = output.chunk(2);
    return guide(halves[0], halves[1], m_guidanceScale, m_guidanceRescale);
}

} // namespace unfog
