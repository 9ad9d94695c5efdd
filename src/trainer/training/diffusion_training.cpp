#include "trainer/training/diffusion_training.h"

#include "base/files/write_file.h"
#include "diffusion/catalogue/scheduler_config.h"
#include "trainer/data/latent_cache.h"
#include "trainer/data/picture_tensors.h"
#include "trainer/data/random_streams.h"
#include "trainer/networks/component_folder.h"
#include "trainer/networks/diffusion_networks.h"
#include "trainer/networks/mixed_precision.h"
#include "trainer/training/checkpoint_file.h"
#include "trainer/training/diffusion_loss.h"
#include "trainer/training/progress_log.h"

namespace unfog {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t gridCaptionsFrom = std::uint64_t{1} << 40;
constexpr int gridCaptions = 16;

fs::path modelFolder(const fs::path& run)
{
    return run / "model";
}

Result<void> prepareModel(const DiffusionTraining& training, const PictureSource& source, const fs::path& run)
{
    std::error_code ignored;
    if (fs::exists(modelFolder(run) / "model_index.json", ignored))
        return {};
    if (!training.startFrom.empty())
        return copyModelFolder(modelFolder(run), training.startFrom);
    const auto first = pictureBatch(source, 0, 1);
    if (!first)
        return tl::unexpected(first.error());
    if (first->size(2) != first->size(3))
        return fail(ErrorKind::InvalidRequest, "training expects square images, found " +
                                                   std::to_string(first->size(3)) + " x " +
                                                   std::to_string(first->size(2)) + " pixels.");
    return makeModelFolder(modelFolder(run), training.model, source, first->size(3));
}

nlohmann::ordered_json settingsOf(const DiffusionTraining& training, const ModelDesign& design)
{
    nlohmann::ordered_json json;
    json["unet"] = design.unetJson;
    json["text_encoder"] = design.textJson;
    json["scheduler"] = design.schedulerJson;
    json["start_from"] = training.startFrom.string();
    json["batch"] = training.batch;
    json["accumulation"] = training.loop.accumulation;
    json["learning_rate"] = training.loop.learningRate;
    json["weight_decay"] = training.loop.optimizer.weightDecay;
    json["caption_dropout"] = training.captionDropout;
    json["min_snr_gamma"] = training.minSnrGamma;
    json["seed"] = training.seed;
    json["workers"] = training.workers;
    return json;
}

/// All workers' weights, at random or from a finished model.
Result<std::vector<ParameterSet>> workerWeights(const ModelDesign& design, const fs::path& startFrom,
                                                std::uint64_t seed, int workers, at::Device device)
{
    std::unique_ptr<ModelWeights> finished;
    if (!startFrom.empty()) {
        const auto files = openModel(startFrom);
        if (!files)
            return tl::unexpected(files.error());
        if (files->checkpoint.layout != ModelLayout::DiffusersFolder || files->checkpoint.textEncoder2)
            return fail(ErrorKind::Unsupported,
                        startFrom.string() + " cannot be trained on: expected a folder of Stable Diffusion "
                                             "1.x or 2.x in the diffusers layout.");
        finished = std::make_unique<ModelWeights>(*files);
    }
    std::vector<ParameterSet> sets;
    sets.emplace_back(seed, device, finished.get());
    const DiffusionNetworks parameterRequestPass(design, Parameters(sets.front()));
    if (finished)
        if (auto complete = finished->finish(); !complete)
            return tl::unexpected(complete.error());
    sets.front().finish();
    for (int worker = 1; worker < workers; ++worker)
        sets.push_back(ParameterSet::twinOf(sets.front()));
    return sets;
}

Result<std::vector<std::string>> gridPromptsOf(const DiffusionTraining& training, const PictureSource& source)
{
    std::vector<std::string> prompts = training.gridPrompts;
    for (std::uint64_t i = 0; training.gridPrompts.empty() && i < gridCaptions; ++i) {
        auto caption = source.caption(wrappedIndex(source, gridCaptionsFrom + i), 0);
        if (!caption)
            return tl::unexpected(caption.error());
        prompts.push_back(std::move(*caption));
    }
    return prompts;
}

Result<DiffusionObjective> objectiveOf(const ModelDesign& design, double minSnrGamma, at::Device device)
{
    const auto config = SchedulerConfig::parse(design.schedulerJson);
    if (!config)
        return tl::unexpected(config.error());
    const auto schedule = config->noiseSchedule();
    if (!schedule)
        return tl::unexpected(schedule.error());
    const auto prediction = parsePrediction(config->predictionType);
    if (!prediction)
        return tl::unexpected(prediction.error());
    if (*prediction != Prediction::Epsilon && *prediction != Prediction::Sample &&
        *prediction != Prediction::V)
        return fail(ErrorKind::Unsupported,
                    "prediction " + config->predictionType +
                        " cannot be trained; expected epsilon, v_prediction or sample.");
    return DiffusionObjective(*prediction, *schedule, minSnrGamma, device);
}

} // namespace

Result<void> trainDiffusion(const DiffusionTraining& training, const PictureSource& source,
                            const fs::path& folder, const std::stop_token& stop)
{
    if (auto made = makeFolder(folder); !made)
        return made;
    if (auto prepared = prepareModel(training, source, folder); !prepared)
        return prepared;
    const auto design = readModelDesign(modelFolder(folder));
    if (!design)
        return tl::unexpected(design.error());
    const auto tokenizer = ClipTokenizer::load(modelFolder(folder) / "tokenizer");
    if (!tokenizer)
        return tl::unexpected(tokenizer.error());
    const auto objective = objectiveOf(*design, training.minSnrGamma, training.device);
    if (!objective)
        return tl::unexpected(objective.error());
    const auto autoencoder = loadAutoencoder(modelFolder(folder) / "vae", design->vae, training.device);
    if (!autoencoder)
        return tl::unexpected(autoencoder.error());

    auto weights =
        workerWeights(*design, training.startFrom, training.seed, training.workers, training.device);
    if (!weights)
        return tl::unexpected(weights.error());
    TrainingState state(std::move(*weights), training.loop.optimizer);
    CheckpointInfo info;
    info.kind = "diffusion";
    info.settings = settingsOf(training, *design);
    const auto resumed = resumeRun(folder, info, state);
    if (!resumed)
        return tl::unexpected(resumed.error());
    auto log = ProgressLog::open(folder, state.step, state.seconds,
                                 training.batch * training.loop.accumulation, {}, training.quiet);
    if (!log)
        return tl::unexpected(log.error());
    log->say("text encoder and UNet of " + std::to_string(state.weights().parameterCount()) + " parameters" +
             (*resumed ? ", from step " + std::to_string(state.step) : ""));

    LatentCacheOptions cacheOptions;
    cacheOptions.pictures = training.cachedPictures;
    cacheOptions.wordings = training.wordings;
    cacheOptions.workers = training.workers;
    cacheOptions.mark = std::to_string(training.cachedPictures) + " images, " +
                        std::to_string(training.wordings) + " wordings, scale " +
                        std::to_string(design->vae.scalingFactor);
    const auto cache = openLatentCache(
        folder / "latents.safetensors", source, **autoencoder, *tokenizer, cacheOptions,
        [&](const std::string& text) { log->say(text); }, stop);
    if (!cache)
        return tl::unexpected(cache.error());
    const auto prompts = gridPromptsOf(training, source);
    if (!prompts)
        return tl::unexpected(prompts.error());

    std::vector<std::unique_ptr<DiffusionNetworks>> networks;
    for (ParameterSet& set : state.workers())
        networks.push_back(std::make_unique<DiffusionNetworks>(*design, Parameters(set)));
    const BatchLoss lossOf = [&](int worker, std::int64_t number) {
        const auto index = static_cast<std::uint64_t>(number);
        const LatentBatch batch =
            drawBatch(*cache, training.batch / training.workers, training.captionDropout,
                      namedStream(training.seed, "batch", index), training.device);
        const MixedPrecision mixed(training.autocast);
        return diffusionLoss(*objective, batch.latents, namedStream(training.seed, "noise", index),
                             [&](const at::Tensor& noisy, const at::Tensor& timesteps) {
                                 return (*networks[static_cast<std::size_t>(worker)])(noisy, timesteps,
                                                                                      batch.tokens);
                             });
    };
    const auto averaged = [&] { return state.weights().named(state.average()); };
    LoopHooks hooks;
    hooks.stop = stop;
    hooks.onStep = [&](const StepReport& report) -> Result<void> {
        if (report.step % training.gridEvery == 0) {
            const auto grid = drawGrid(*design, averaged(), *tokenizer, **autoencoder,
                                       {*prompts, training.gridGuidance, training.seed});
            if (!grid)
                return tl::unexpected(grid.error());
            if (auto drawn = writePictureGrid(folder / ("grid-" + paddedStep(report.step)), *grid, 8); !drawn)
                return drawn;
        }
        return log->step(report);
    };
    hooks.checkpoint = [&] { return writeCheckpoint(folder, info, state); };
    if (auto run = runTrainingLoop(training.loop, state, lossOf, hooks); !run)
        return run;
    if (stop.stop_requested()) {
        log->say("stopped at step " + std::to_string(state.step) + "; the same command goes on from there");
        return {};
    }
    return writeModel(modelFolder(folder), modelFolder(folder), modelFolder(folder) / "vae", averaged(),
                      at::kHalf);
}

Result<void> exportDiffusion(const fs::path& run, const fs::path& output, const fs::path& autoencoder,
                             at::ScalarType dtype)
{
    const auto info = readCheckpointInfo(run);
    if (!info)
        return tl::unexpected(info.error());
    if (info->kind != "diffusion")
        return fail(ErrorKind::InvalidRequest,
                    run.string() + " holds a run of kind " + info->kind + ", expected diffusion.");
    const auto design = readModelDesign(modelFolder(run));
    if (!design)
        return tl::unexpected(design.error());
    auto weights = workerWeights(*design, {}, 0, 1, at::kCPU);
    if (!weights)
        return tl::unexpected(weights.error());
    TrainingState state(std::move(*weights), {});
    if (auto read = readCheckpointInto(run, state); !read)
        return read;
    if (auto made = makeFolder(output); !made)
        return made;
    return writeModel(modelFolder(run), output, autoencoder.empty() ? modelFolder(run) / "vae" : autoencoder,
                      state.weights().named(state.average()), dtype);
}

} // namespace unfog
