#include "trainer/networks/diffusion_networks.h"

#include <ATen/core/grad_mode.h>

#include "diffusion/catalogue/scheduler_registry.h"
#include "diffusion/prediction/guidance.h"
#include "pipeline/run/sampler.h"
#include "trainer/data/random_streams.h"

namespace unfog {

namespace {

constexpr int gridSteps = 20;

at::Tensor tokensOf(const ClipTokenizer& tokenizer, const std::vector<std::string>& prompts)
{
    std::vector<at::Tensor> rows;
    for (const std::string& prompt : prompts)
        rows.push_back(at::tensor(tokenizer.encode(prompt).ids, at::kLong));
    return at::stack(rows);
}

} // namespace

DiffusionNetworks::DiffusionNetworks(const ModelDesign& design, const Parameters& parameters)
    : text(design.text, parameters / "text_encoder"), unet(design.unet, parameters / "unet")
{
}

at::Tensor DiffusionNetworks::operator()(const at::Tensor& noisy, const at::Tensor& timesteps,
                                         const at::Tensor& tokens) const
{
    TextConditioning conditioning;
    conditioning.hiddenStates = text.encode(tokens).lastHidden;
    return unet.forward(noisy, timesteps, conditioning);
}

Result<at::Tensor> drawGrid(const ModelDesign& design, const std::map<std::string, at::Tensor>& weights,
                            const ClipTokenizer& tokenizer, const Autoencoder& autoencoder,
                            const GridSettings& settings)
{
    const at::NoGradGuard noGradient;
    NamedParameters parameters(weights);
    const DiffusionNetworks networks(design, Parameters(parameters));
    const auto config = SchedulerConfig::parse(design.schedulerJson);
    if (!config)
        return tl::unexpected(config.error());
    const auto scheduler = makeScheduler(*config);
    if (!scheduler)
        return tl::unexpected(scheduler.error());
    if (auto planned = (*scheduler)->setTimesteps(gridSteps); !planned)
        return tl::unexpected(planned.error());

    const auto count = static_cast<std::int64_t>(settings.prompts.size());
    std::vector<std::string> prompts(settings.prompts.size());
    prompts.insert(prompts.end(), settings.prompts.begin(), settings.prompts.end());
    TextConditioning text;
    text.hiddenStates = networks.text.encode(tokensOf(tokenizer, prompts)).lastHidden;
    const PreparedConditioning conditioning = networks.unet.prepare(text);
    const at::Device device = text.hiddenStates.device();

    const std::int64_t side = design.unet.sampleSize.value_or(64);
    const std::vector<std::int64_t> shape = {count, design.unet.inChannels, side, side};
    at::Generator random = namedStream(settings.seed, "grid");
    const auto noise = [&] { return at::randn(shape, random, at::TensorOptions(at::kFloat)).to(device); };
    const Denoiser denoiser = [&](const at::Tensor& input, double timestep) {
        const at::Tensor both = networks.unet.forward(
            at::cat({input, input}),
            at::full({2 * count}, timestep, at::TensorOptions(at::kFloat).device(device)), conditioning);
        const std::vector<at::Tensor> halves = both.chunk(2);
        return guide(halves[0], halves[1], settings.guidance);
    };
    const at::Tensor initial = noise() * (*scheduler)->initNoiseSigma();
    const auto latents = sample(**scheduler, initial, 0, denoiser, noise, {}, {});
    if (!latents)
        return latents;
    return autoencoder.decode(*latents / design.vae.scalingFactor);
}

} // namespace unfog
