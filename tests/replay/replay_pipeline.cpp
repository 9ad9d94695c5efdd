#include <algorithm>

#include "diffusion/catalogue/scheduler_config.h"
#include "diffusion/catalogue/scheduler_registry.h"
#include "pipeline/families/stable_diffusion/guided_unet.h"
#include "pipeline/run/image_noise.h"
#include "pipeline/run/latent_decoder.h"
#include "pipeline/run/sampler.h"
#include "replay/replay_models.h"

namespace unfog::replay {

namespace {

constexpr double kTimestepTolerance = 1e-3;
constexpr double kStepTolerance = 2e-5;
constexpr double kPredictedOriginalTolerance = 1e-4;

// What a float32 run can promise at all. Where a normalisation group has two values that nearly agree
// (latents of 8 × 8 are 1 × 1 in the lowest level), changing the input by its last bit moves the output by
// more than the tolerance; the recording is itself a run with such roundings. Then, and only then, the
// difference is held against that measured response.
constexpr double kLastBit = 1.2e-7;
constexpr int kPerturbations = 4;
// The input is rounded once, and then each of about 16 blocks rounds again: independent errors of that size
// add up to √16 times the response.
constexpr double kRoundingsOfARun = 4.0;

at::Tensor withLastBitChanged(const at::Tensor& values, int seed)
{
    SeededNoise draws(static_cast<std::uint64_t>(seed), values.sizes());
    return values * (1.0 + draws.draw().sign() * kLastBit);
}

at::Tensor onCpu(const at::Tensor& x)
{
    return x.to(at::kCPU, at::kFloat);
}

double relativeDifference(const at::Tensor& found, const at::Tensor& recorded)
{
    const double scale = recorded.abs().max().item<double>();
    return (found - recorded).abs().max().item<double>() / (scale > 0.0 ? scale : 1.0);
}

/// One recorded pipeline run, taken up piece by piece.
class PipelineReplay {
public:
    PipelineReplay(const ReferenceCase& recorded, const LoadedModel& model)
        : m_recorded(recorded), m_model(model), m_tolerances(tolerancesOn(model.target)),
          m_verdict(recorded.name)
    {
    }

    Verdict run()
    {
        const auto outcome = replay();
        if (!outcome)
            m_verdict.failed(outcome.error().message);
        return m_verdict;
    }

private:
    Result<void> replay()
    {
        readRequest();
        auto prompts = encodePrompts(m_model, m_request, {});
        if (!prompts)
            return tl::unexpected(prompts.error());
        comparePrompts(*prompts);
        if (auto planned = plan(); !planned)
            return planned;
        auto initial = initialSample();
        if (!initial)
            return tl::unexpected(initial.error());

        const auto images = static_cast<int>(m_recorded.tensor("initial").size(0));
        stepByStep(networkFor(withRecordedEmbeddings(*prompts), images));
        return freely(networkFor(*prompts, images), *initial);
    }

    void readRequest()
    {
        const nlohmann::json& reference = m_recorded.reference;
        m_request.prompts.positive = reference.at("prompt");
        m_request.prompts.areWeighted = false; // the reference reads brackets as text
        m_request.prompts.negative = textOf("negative_prompt");
        m_request.output.seed = reference.at("seed");
        m_request.guidance.scale = reference.at("guidance_scale");
        m_request.guidance.rescale = numberOf("guidance_rescale", 0.0);
        m_request.prompts.clipSkip = static_cast<int>(numberOf("clip_skip", 0.0));
        m_request.canvas.widthPx = reference.at("width");
        m_request.canvas.heightPx = reference.at("height");
        m_request.sampler.steps = reference.at("steps");
        if (reference.contains("strength") && !reference["strength"].is_null())
            m_strength = reference["strength"].get<double>();
        // The reference guides only above 1.
        m_request.guidance.scale = std::max(1.0, m_request.guidance.scale);
    }

    std::string textOf(const char* key) const
    {
        const auto found = m_recorded.reference.find(key);
        return found == m_recorded.reference.end() || found->is_null() ? std::string()
                                                                       : found->get<std::string>();
    }

    double numberOf(const char* key, double otherwise) const
    {
        const auto found = m_recorded.reference.find(key);
        return found == m_recorded.reference.end() || found->is_null() ? otherwise : found->get<double>();
    }

    void comparePrompts(const EncodedPrompts& prompts)
    {
        const auto compare = [&](const char* key, const at::Tensor& found) {
            if (m_recorded.has(key) && found.defined())
                m_verdict.relative(key, onCpu(found), m_recorded.tensor(key), m_tolerances.network);
        };
        compare("prompt_embeds", prompts.positive.hiddenStates);
        compare("pooled_prompt_embeds", prompts.positive.pooled);
        compare("negative_embeds", prompts.negative.hiddenStates);
        compare("negative_pooled_embeds", prompts.negative.pooled);
        if (m_recorded.has("time_ids"))
            m_verdict.exact("time_ids", sizeConditioning(m_request.canvas.widthPx, m_request.canvas.heightPx)
                                            .equal(m_recorded.tensor("time_ids").to(at::kFloat)));
    }

    GuidedUnet networkFor(const EncodedPrompts& prompts, int images) const
    {
        return GuidedUnet(m_model, prompts, images, m_request.canvas.widthPx, m_request.canvas.heightPx,
                          m_request.guidance.scale, m_request.guidance.rescale, {});
    }

    /// Small latents make the UNet sensitive (two values a normalisation group): a difference of 1e-6 in the
    /// text must not count as one of the network.
    EncodedPrompts withRecordedEmbeddings(EncodedPrompts prompts) const
    {
        const auto take = [&](const char* key, at::Tensor& into) {
            if (m_recorded.has(key) && into.defined())
                into = m_recorded.tensor(key).to(m_model.target.device);
        };
        take("prompt_embeds", prompts.positive.hiddenStates);
        take("pooled_prompt_embeds", prompts.positive.pooled);
        take("negative_embeds", prompts.negative.hiddenStates);
        take("negative_pooled_embeds", prompts.negative.pooled);
        return prompts;
    }

    Result<void> plan()
    {
        auto config = SchedulerConfig::parse(m_recorded.schedulerConfig());
        if (!config)
            return tl::unexpected(config.error());
        auto made = makeScheduler(*config);
        if (!made)
            return tl::unexpected(made.error());
        m_scheduler = std::move(*made);
        TimestepOptions options;
        options.eta = numberOf("eta", 0.0);
        if (auto planned = m_scheduler->setTimesteps(m_request.sampler.steps, options); !planned)
            return planned;
        if (m_strength)
            m_first = m_scheduler->evaluationOfStep(skippedSteps(m_request.sampler.steps, *m_strength));
        const std::vector<double> visited(m_scheduler->timesteps().begin() + m_first,
                                          m_scheduler->timesteps().end());
        m_verdict.absolute("timesteps", at::tensor(visited, at::kDouble), m_recorded.tensor("timesteps"),
                           kTimestepTolerance);
        if (static_cast<int>(visited.size()) != m_recorded.stepCount())
            return fail(ErrorKind::Internal, "the run has " + std::to_string(visited.size()) +
                                                 " evaluations, recorded were " +
                                                 std::to_string(m_recorded.stepCount()));
        return {};
    }

    Result<at::Tensor> initialSample()
    {
        const at::Tensor& recordedNoise = m_recorded.tensor("noise");
        m_generator.emplace(m_request.output.seed, recordedNoise.sizes());
        m_verdict.exact("noise of the seed", m_generator->draw().equal(recordedNoise));
        at::Tensor initial = recordedNoise * m_scheduler->initNoiseSigma();
        if (m_strength) {
            const at::Tensor picture = m_recorded.tensor("init_image") * 2.0 - 1.0;
            auto latent = encodeToLatent(m_model, picture, {});
            if (!latent)
                return latent;
            m_verdict.relative("init_latent", *latent, m_recorded.tensor("init_latent"),
                               m_tolerances.network);
            initial = m_scheduler->addNoise(*latent, recordedNoise, m_first);
        }
        // Of a picture, what the encoder may differ by is in it.
        m_verdict.relative("initial", initial, m_recorded.tensor("initial"),
                           m_strength ? std::max(kStepTolerance, m_tolerances.network) : kStepTolerance);
        return initial;
    }

    /// Schedulers are replayed on the CPU, whatever the networks run on.
    at::Tensor outputOf(const GuidedUnet& network, const at::Tensor& input, double timestep) const
    {
        return onCpu(network(input.to(m_model.target.device), timestep));
    }

    /// Recorded sample in, and the recorded output of the network in: no error is carried on.
    void stepByStep(const GuidedUnet& network)
    {
        m_scheduler->begin(m_first);
        for (int i = 0; i < m_recorded.stepCount(); ++i) {
            const std::string ofStep = " of step " + std::to_string(i);
            const auto key = [&](const char* what) { return ReferenceCase::stepKey(i, what); };
            const int evaluation = m_first + i;
            const at::Tensor& before = i == 0 ? m_recorded.tensor("initial")
                                              : m_recorded.tensor(ReferenceCase::stepKey(i - 1, "sample"));
            const at::Tensor output = outputOf(network, m_scheduler->scaleModelInput(before, evaluation),
                                               m_scheduler->timesteps()[evaluation]);
            compareSensitive("guided network" + ofStep, output, m_recorded.tensor(key("model_output")),
                             m_tolerances.guidedNetwork, [&](int seed) {
                                 return outputOf(network,
                                                 m_scheduler->scaleModelInput(
                                                     withLastBitChanged(before, seed), evaluation),
                                                 m_scheduler->timesteps()[evaluation]);
                             });
            const NoiseSource noise = [&] { return m_recorded.tensor(key("noise")); };
            const SchedulerStep step =
                m_scheduler->step(m_recorded.tensor(key("model_output")), before, evaluation, noise);
            m_verdict.relative("sample" + ofStep, step.sample, m_recorded.tensor(key("sample")),
                               kStepTolerance);
            if (m_recorded.has(key("pred_original")))
                m_verdict.relative("x0" + ofStep, step.predictedOriginal,
                                   m_recorded.tensor(key("pred_original")), kPredictedOriginalTolerance);
        }
    }

    /// As Verdict::relative; a miss is held against the measured response to the last bit of the input.
    template <class Perturbed>
    void compareSensitive(const std::string& what, const at::Tensor& found, const at::Tensor& recorded,
                          double tolerance, const Perturbed& perturbed)
    {
        if (relativeDifference(found, recorded) <= tolerance) {
            m_verdict.relative(what, found, recorded, tolerance);
            return;
        }
        double response = 0.0;
        for (int seed = 0; seed < kPerturbations; ++seed)
            response = std::max(response, relativeDifference(perturbed(seed), found));
        const double widened = std::max(tolerance, kRoundingsOfARun * response);
        m_verdict.relative(what + (widened > tolerance ? ", ill-conditioned" : ""), found, recorded, widened);
    }

    /// From the seed alone, as a user's run.
    Result<void> freely(const GuidedUnet& network, const at::Tensor& initial)
    {
        std::vector<at::Tensor> noises;
        const NoiseSource noise = [&] { return noises.emplace_back(m_generator->draw()); };
        auto run = sampleFreely(network, initial, noise);
        if (!run)
            return tl::unexpected(run.error());
        std::vector<std::vector<at::Tensor>> perturbedRuns;
        for (std::size_t i = 0; m_tolerances.freeLatent > 0.0 && i < run->size(); ++i) {
            const auto perturbed = [&](int seed) {
                while (perturbedRuns.size() <= static_cast<std::size_t>(seed)) {
                    std::size_t next = 0;
                    const NoiseSource replayed = [&] { return noises.at(next++); };
                    perturbedRuns.push_back(
                        sampleFreely(network, withLastBitChanged(initial, seed), replayed).value());
                }
                return perturbedRuns[seed][i];
            };
            compareSensitive("free sample of step " + std::to_string(i), (*run)[i],
                             m_recorded.tensor(ReferenceCase::stepKey(static_cast<int>(i), "sample")),
                             m_tolerances.freeLatent, perturbed);
        }
        auto decoded = decodeLatent(m_model, run->back().to(m_model.target.device), false, {});
        if (!decoded)
            return tl::unexpected(decoded.error());
        const at::Tensor image = (decoded->image / 2 + 0.5).clamp(0.0, 1.0),
                         &recordedImage = m_recorded.tensor("image");
        if (!m_tolerances.meanOfImage)
            m_verdict.absolute("image", image, recordedImage, m_tolerances.freeImage);
        else if (image.sizes() != recordedImage.sizes())
            m_verdict.failed("the picture has another size than the recorded one");
        else
            m_verdict.absolute("mean of the image's difference", (image - recordedImage).abs().mean(),
                               at::zeros({}), m_tolerances.freeImage);
        return {};
    }

    /// The samples after every step.
    Result<std::vector<at::Tensor>> sampleFreely(const GuidedUnet& network, const at::Tensor& initial,
                                                 const NoiseSource& noise)
    {
        std::vector<at::Tensor> samples;
        auto last = sample(
            *m_scheduler, initial, m_first,
            [&](const at::Tensor& x, double t) { return outputOf(network, x, t); }, noise,
            [&](const SamplerStep& step) { samples.push_back(step.sample); }, {});
        if (!last)
            return tl::unexpected(last.error());
        return samples;
    }

    const ReferenceCase& m_recorded;
    const LoadedModel& m_model;
    NetworkTolerances m_tolerances;
    Verdict m_verdict;
    GenerationRequest m_request;
    std::optional<double> m_strength;
    std::unique_ptr<Scheduler> m_scheduler;
    std::optional<SeededNoise> m_generator;
    int m_first = 0;
};

} // namespace

Verdict replayPipeline(const ReferenceCase& recorded, const LoadedModel& model)
{
    return PipelineReplay(recorded, model).run();
}

} // namespace unfog::replay
