#include "pipeline/run/image_run.h"

#include "diffusion/catalogue/scheduler_config.h"
#include "diffusion/catalogue/scheduler_registry.h"
#include "pipeline/families/stable_diffusion/guided_unet.h"
#include "pipeline/run/image_noise.h"
#include "pipeline/run/image_tensors.h"
#include "pipeline/run/latent_decoder.h"
#include "pipeline/run/sampler.h"
#include "pipeline/run/torch_engine.h"
#include "tokenizer/prompt_syntax/unapplied_syntax.h"

namespace unfog {

namespace {

void tellStage(const GenerationObserver& observer, Stage stage, int image, double fraction)
{
    if (observer.onStage)
        observer.onStage({stage, image, fraction});
}

GenerationRequest withNativeSize(const LoadedModel& model, GenerationRequest request)
{
    if (request.canvas.widthPx == 0)
        request.canvas.widthPx = model.nativeWidthPx;
    if (request.canvas.heightPx == 0)
        request.canvas.heightPx = model.nativeHeightPx;
    return request;
}

Result<void> planScheduler(PreparedRequest& prepared)
{
    const SamplerSettings& sampler = prepared.request.sampler;
    auto config = configFor(prepared.model->files.checkpoint.schedulerConfigJson, sampler);
    if (!config)
        return tl::unexpected(config.error());
    auto scheduler = makeScheduler(*config);
    if (!scheduler)
        return tl::unexpected(scheduler.error());
    prepared.scheduler = std::move(*scheduler);
    prepared.request.sampler.scheduler =
        sampler.scheduler.empty() ? schedulerNameOf(*config) : sampler.scheduler;
    if (sampler.spacing.empty() && config->useLuLambdas)
        prepared.request.sampler.spacing = "lu";
    if (config->sigmaCeiling)
        prepared.request.sampler.sigmaMax = config->sigmaCeiling;
    TimestepOptions options;
    options.eta = sampler.eta;
    if (auto planned = prepared.scheduler->setTimesteps(sampler.steps, options); !planned)
        return planned;
    if (prepared.request.images.start)
        prepared.firstEvaluation = prepared.scheduler->evaluationOfStep(
            skippedSteps(sampler.steps, prepared.request.images.start->strength));
    return {};
}

Result<at::Tensor> encodeInitImage(const PreparedRequest& prepared, const std::stop_token& stop)
{
    const PixelImage& pixels = *prepared.request.images.start->pixels;
    if (pixels.widthPx != prepared.request.canvas.widthPx ||
        pixels.heightPx != prepared.request.canvas.heightPx)
        return fail(ErrorKind::InvalidRequest, "The initial image is " + std::to_string(pixels.widthPx) +
                                                   " × " + std::to_string(pixels.heightPx) +
                                                   " pixels; expected " +
                                                   std::to_string(prepared.request.canvas.widthPx) + " × " +
                                                   std::to_string(prepared.request.canvas.heightPx) + ".");
    auto latent = encodeToLatent(*prepared.model, fromPixels(pixels), stop);
    if (!latent)
        return latent;
    return latent->to(prepared.model->target.device);
}

void noteSyntax(const std::string& prompt, bool weighted, const std::string& which,
                std::vector<std::string>& notes)
{
    for (const std::string& note : unappliedSyntax(prompt, weighted))
        notes.push_back(std::string("in the ").append(which).append(", ").append(note));
}

/// What of the prompt the model was not trained on. Negative prompts of habit ("low quality") are left alone.
void noteWords(const ModelGuide& guide, const GenerationRequest& request, std::vector<std::string>& notes)
{
    if (request.prompts.areWeighted)
        for (const auto& [said, read] : withAliases(guide, request.prompts.positive).replaced)
            notes.push_back(std::string("\"")
                                .append(said)
                                .append("\" is read as \"")
                                .append(read)
                                .append("\", which the model knows"));
    if (const std::string note = unknownWordsNote(guide, request.prompts.positive); !note.empty())
        notes.push_back(note);
}

void noteCutTokens(const EncodedPrompt& prompt, const std::string& which, std::vector<std::string>& notes)
{
    if (prompt.tokensCut > 0)
        notes.push_back("the " + which + " was cut: its last " + std::to_string(prompt.tokensCut) +
                        " tokens do not fit the text encoder");
}

LatentImage latentOf(const at::Tensor& batch, int image)
{
    return toLatentImage(batch[image]);
}

/// The observer's view of a batch's sampling.
class StepReporter {
public:
    StepReporter(const PreparedRequest& prepared, int first, int images, const GenerationObserver& observer,
                 const std::stop_token& stop)
        : m_prepared(prepared), m_first(first), m_images(images), m_observer(observer), m_stop(stop)
    {
    }

    void operator()(const SamplerStep& step) const
    {
        if (!m_observer.onStep)
            return;
        StepProgress progress;
        progress.imageCount = m_prepared.request.output.count;
        progress.step = step.evaluation - m_prepared.firstEvaluation + 1;
        progress.stepCount = m_prepared.scheduler->evaluationCount() - m_prepared.firstEvaluation;
        progress.timestep = m_prepared.scheduler->timesteps()[step.evaluation];
        progress.sigma = m_prepared.scheduler->noiseLevel(step.evaluation);
        progress.seconds = step.seconds;
        for (int i = 0; i < m_images; ++i) {
            progress.imageIndex = m_first + i;
            progress.predictedOriginal = latentOf(step.predictedOriginal, i);
            progress.sample = latentOf(step.sample, i);
            progress.preview = preview(step, progress, i);
            m_observer.onStep(progress);
        }
    }

private:
    std::optional<PixelImage> preview(const SamplerStep& step, const StepProgress& progress, int image) const
    {
        const int every = m_observer.previewEveryNthStep;
        if (every <= 0 || (progress.step % every != 0 && progress.step != progress.stepCount))
            return std::nullopt;
        auto decoded = decodeLatent(*m_prepared.model, step.predictedOriginal[image].unsqueeze(0),
                                    m_prepared.request.output.tiledDecode, m_stop);
        // A preview that cannot be had is no reason to lose the picture; the latent is still reported.
        return decoded ? std::optional(toPixels(decoded->image)) : std::nullopt;
    }

    const PreparedRequest& m_prepared;
    int m_first;
    int m_images;
    const GenerationObserver& m_observer;
    const std::stop_token& m_stop;
};

GenerationRequest requestOfImage(const GenerationRequest& request, int index)
{
    GenerationRequest single = request;
    single.output.seed = request.output.seed + static_cast<std::uint64_t>(index);
    single.output.count = 1;
    return single;
}

} // namespace

Result<PreparedRequest> prepareRequest(const LoadedModel& model, const GenerationRequest& request,
                                       const GenerationObserver& observer, const std::stop_token& stop)
{
    PreparedRequest prepared;
    prepared.model = &model;
    prepared.request = withNativeSize(model, request);
    prepared.notes = model.notes;
    if (auto planned = planScheduler(prepared); !planned)
        return tl::unexpected(planned.error());

    tellStage(observer, Stage::EncodeText, 0, 0.0);
    auto prompts = encodePrompts(model, prepared.request, stop);
    if (!prompts)
        return tl::unexpected(prompts.error());
    prepared.prompts = std::move(*prompts);
    noteCutTokens(prepared.prompts.positive, "prompt", prepared.notes);
    noteCutTokens(prepared.prompts.negative, "negative prompt", prepared.notes);
    noteSyntax(request.prompts.positive, request.prompts.areWeighted, "prompt", prepared.notes);
    noteSyntax(request.prompts.negative, request.prompts.areWeighted, "negative prompt", prepared.notes);
    noteWords(model.guide, request, prepared.notes);
    tellStage(observer, Stage::EncodeText, 0, 1.0);

    if (prepared.request.images.start) {
        tellStage(observer, Stage::EncodeImage, 0, 0.0);
        auto latent = encodeInitImage(prepared, stop);
        if (!latent)
            return tl::unexpected(latent.error());
        prepared.initLatent = *latent;
        tellStage(observer, Stage::EncodeImage, 0, 1.0);
    }
    return prepared;
}

Result<std::vector<GeneratedImage>> runBatch(PreparedRequest& prepared, int first, int images,
                                             const GenerationObserver& observer, const std::stop_token& stop)
{
    const LoadedModel& model = *prepared.model;
    const GenerationRequest& request = prepared.request;
    const int downscale = model.latentDownscale();
    const std::vector<std::int64_t> shape = {1, model.latentChannels(), request.canvas.heightPx / downscale,
                                             request.canvas.widthPx / downscale};
    BatchNoise generator(request.output.seed + static_cast<std::uint64_t>(first), images, shape);
    const at::Tensor noiseOnCpu = generator.draw();
    const at::Tensor noise = noiseOnCpu.to(model.target.device);
    const at::Tensor initial = prepared.initLatent.defined()
                                   ? prepared.scheduler->addNoise(prepared.initLatent.expand_as(noise), noise,
                                                                  prepared.firstEvaluation)
                                   : noise * prepared.scheduler->initNoiseSigma();

    tellStage(observer, Stage::Sample, first, 0.0);
    const auto sampled = [&] {
        // Gone before the decoding needs its memory.
        const GuidedUnet network(model, prepared.prompts, images, request.canvas.widthPx,
                                 request.canvas.heightPx, request.guidance.scale, request.guidance.rescale,
                                 stop);
        return sample(
            *prepared.scheduler, initial, prepared.firstEvaluation,
            [&](const at::Tensor& input, double timestep) { return network(input, timestep); },
            [&] { return generator.draw().to(model.target.device); },
            StepReporter(prepared, first, images, observer, stop), stop);
    };
    auto latents = sampled();
    if (!latents) {
        if (latents.error().kind == ErrorKind::NonFinite)
            latents.error().message += model.target.precisionAdvice();
        return tl::unexpected(latents.error());
    }
    tellStage(observer, Stage::Sample, first, 1.0);

    std::vector<GeneratedImage> finished;
    for (int i = 0; i < images; ++i) {
        tellStage(observer, Stage::Decode, first + i, 0.0);
        const at::Tensor latent = (*latents)[i].unsqueeze(0);
        auto decoded = decodeLatent(model, latent, request.output.tiledDecode, stop);
        if (!decoded)
            return tl::unexpected(decoded.error());
        GeneratedImage image;
        image.pixels = toPixels(decoded->image);
        image.latent = toLatentImage(latent);
        image.request = requestOfImage(request, first + i);
        image.provenance = {engineVersion(),
                            libtorchVersion(),
                            model.target.deviceText(),
                            model.target.precisionText(),
                            model.files.checkpoint.modelHash,
                            sha256OfTensor(noiseOnCpu[i]),
                            sha256OfTensor(latent),
                            sha256OfPixels(image.pixels),
                            prepared.notes};
        image.provenance.notes.insert(image.provenance.notes.end(), decoded->notes.begin(),
                                      decoded->notes.end());
        tellStage(observer, Stage::Decode, first + i, 1.0);
        if (observer.onImage)
            observer.onImage(image);
        finished.push_back(std::move(image));
    }
    return finished;
}

} // namespace unfog
