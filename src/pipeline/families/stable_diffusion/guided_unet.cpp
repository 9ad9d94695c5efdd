#include "pipeline/families/stable_diffusion/guided_unet.h"

#include "base/stop.h"
#include "diffusion/prediction/guidance.h"
#include "networks/kernels/kernels_switches.h"

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
    // A graph holds the weights it was recorded with; those of a streamed network come and go.
    if (input.is_cuda() && kernels::isOn(kernels::FastPath::Graph) &&
        m_model.memoryStage < MemoryStage::StreamedUnet)
        return computeRecorded(input, timestep);
    return compute(
        input, at::full({1}, timestep, at::TensorOptions(at::kFloat).device(m_model.target.device)), m_stop);
}

at::Tensor GuidedUnet::compute(const at::Tensor& input, const at::Tensor& timestep,
                               const std::stop_token& stop) const
{
    const at::Tensor sample = m_guided ? at::cat({input, input}) : input;
    at::Tensor output =
        m_model.unet->forward(sample, timestep.expand({sample.size(0)}), m_conditioning, stop).to(at::kFloat);
    if (!m_guided)
        return output;
    const std::vector<at::Tensor> halves = output.chunk(2);
    return guide(halves[0], halves[1], m_guidanceScale, m_guidanceRescale);
}

at::Tensor GuidedUnet::computeRecorded(const at::Tensor& input, double timestep) const
{
    stopIfAsked(m_stop);
    if (!m_recorded || m_input.sizes() != input.sizes()) {
        m_recorded.reset();
        m_input = input.clone();
        m_timestep = at::full({1}, timestep, input.options());
        m_recorded =
            cuda::record([this] { return compute(m_input, m_timestep, {}); }, input.device().index());
    }
    m_input.copy_(input);
    m_timestep.fill_(timestep);
    // Multistep schedulers keep earlier outputs.
    return m_recorded->run().clone();
}

} // namespace unfog
