#include "trainer/training/autoencoder_training.h"

#include <cmath>

#include <ATen/core/grad_mode.h>

#include "base/files/write_file.h"
#include "trainer/data/picture_tensors.h"
#include "trainer/data/random_streams.h"
#include "trainer/networks/component_folder.h"
#include "trainer/networks/mixed_precision.h"
#include "trainer/networks/model_configs.h"
#include "trainer/training/checkpoint_file.h"
#include "trainer/training/progress_log.h"
#include "weights/parameters/stored_parameters.h"

namespace unfog {

namespace {

constexpr int measuredPictures = 16;
constexpr int scalePictures = 256;
/// Measured pictures come from far behind those of training.
constexpr std::uint64_t measuredFrom = std::uint64_t{1} << 40;

Result<at::Tensor> croppedBatch(const AutoencoderTraining& training, const PictureSource& source,
                                std::int64_t batch)
{
    const int perWorker = std::max(training.batch / training.workers, 1);
    auto pictures = pictureBatch(
        source, static_cast<std::uint64_t>(batch) * static_cast<std::uint64_t>(perWorker), perWorker);
    if (!pictures)
        return pictures;
    const std::int64_t height = pictures->size(2), width = pictures->size(3), side = training.cropPx;
    if (side >= height || side >= width)
        return pictures;
    if (batch / training.workers % 8 == 7) {
        const std::int64_t whole = std::max<std::int64_t>(perWorker * side * side / (height * width), 1);
        return pictures->narrow(0, 0, whole);
    }
    at::Generator random = namedStream(training.seed, "crop", static_cast<std::uint64_t>(batch));
    const at::Tensor corners = at::rand({perWorker, 2}, random, at::TensorOptions(at::kFloat));
    std::vector<at::Tensor> crops;
    for (int i = 0; i < perWorker; ++i) {
        const auto top =
            static_cast<std::int64_t>(corners[i][0].item<double>() * static_cast<double>(height - side + 1));
        const auto left =
            static_cast<std::int64_t>(corners[i][1].item<double>() * static_cast<double>(width - side + 1));
        crops.push_back(pictures->select(0, i).narrow(1, top, side).narrow(2, left, side));
    }
    return at::stack(crops).contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor edgeError(const at::Tensor& a, const at::Tensor& b)
{
    const auto differences = [](const at::Tensor& x, int dimension) {
        return x.narrow(dimension, 1, x.size(dimension) - 1) - x.narrow(dimension, 0, x.size(dimension) - 1);
    };
    return at::l1_loss(differences(a, 2), differences(b, 2)) +
           at::l1_loss(differences(a, 3), differences(b, 3));
}

struct Measured {
    double psnr = 0.0;
    at::Tensor sheet; ///< originals, then reconstructions
};

Measured measure(const VaeConfig& config, const std::map<std::string, at::Tensor>& weights,
                 const at::Tensor& pictures)
{
    const at::NoGradGuard noGradient;
    NamedParameters source(weights);
    const Autoencoder autoencoder(config, Parameters(source));
    const at::Tensor original = pictures.to(autoencoder.encode(pictures.narrow(0, 0, 1)).mean.device());
    const at::Tensor seen = autoencoder.decode(autoencoder.encode(original).mean).clamp(-1.0, 1.0);
    const double error = at::mse_loss(seen, original).item<double>();
    return {10.0 * std::log10(4.0 / std::max(error, 1e-12)), at::cat({original, seen})};
}

/// 1 / the standard deviation of the latents, so that the diffusion model sees unit variance (Rombach et al.
/// 2022, appendix G).
Result<double> measuredScale(const VaeConfig& config, const std::map<std::string, at::Tensor>& weights,
                             const PictureSource& source)
{
    const at::NoGradGuard noGradient;
    NamedParameters parameters(weights);
    const Autoencoder autoencoder(config, Parameters(parameters));
    std::vector<at::Tensor> latents;
    for (int first = 0; first < scalePictures; first += measuredPictures) {
        const auto pictures =
            pictureBatch(source, measuredFrom + static_cast<std::uint64_t>(first), measuredPictures);
        if (!pictures)
            return tl::unexpected(pictures.error());
        latents.push_back(autoencoder.encode(*pictures).mean);
    }
    return 1.0 / at::cat(latents).std().item<double>();
}

nlohmann::ordered_json settingsOf(const AutoencoderTraining& training)
{
    VaeConfig config = training.config;
    config.scalingFactor = 1.0;
    nlohmann::ordered_json json;
    json["vae"] = vaeConfigJson(config, 0);
    json["batch"] = training.batch;
    json["crop"] = training.cropPx;
    json["edge_weight"] = training.edgeWeight;
    json["kl_weight"] = training.klWeight;
    json["learning_rate"] = training.loop.learningRate;
    json["seed"] = training.seed;
    json["workers"] = training.workers;
    json["start_from"] = training.startFrom.string();
    json["decoder_only"] = training.decoderOnly;
    json["scaling_factor"] = training.decoderOnly ? training.config.scalingFactor : 0.0; // 0: to be measured
    return json;
}

TrainingState stateOf(ParameterSet first, int workers, const AdamWSettings& optimizer)
{
    first.finish();
    std::vector<ParameterSet> sets;
    sets.push_back(std::move(first));
    for (int worker = 1; worker < workers; ++worker)
        sets.push_back(ParameterSet::twinOf(sets.front()));
    return {std::move(sets), optimizer};
}

/// All workers' weights, at random or from a finished autoencoder.
Result<TrainingState> firstState(const AutoencoderTraining& training)
{
    AdamWSettings optimizer = training.loop.optimizer;
    // Decay would move even weights that get no gradient.
    if (training.decoderOnly)
        optimizer.weightDecay = 0.0;
    if (training.startFrom.empty()) {
        ParameterSet weights(training.seed, training.device);
        const Autoencoder parameterRequestPass(training.config, Parameters(weights));
        return stateOf(std::move(weights), training.workers, optimizer);
    }
    const auto store = TensorStore::openComponent(training.startFrom, "diffusion_pytorch_model");
    if (!store)
        return tl::unexpected(store.error());
    StoredParameters finished(*store, "vae", at::kFloat, at::kCPU);
    ParameterSet weights(training.seed, training.device, &finished);
    const Autoencoder parameterRequestPass(training.config, Parameters(weights));
    if (auto complete = finished.finish(); !complete)
        return tl::unexpected(complete.error());
    return stateOf(std::move(weights), training.workers, optimizer);
}

} // namespace

at::Tensor autoencoderLoss(const AutoencoderTraining& training, const Autoencoder& autoencoder,
                           const at::Tensor& pictures, const at::Generator& random)
{
    const LatentDistribution latent = [&] {
        const at::AutoGradMode encoderLearns(!training.decoderOnly);
        return autoencoder.encode(pictures);
    }();
    const at::Tensor noise =
        at::randn(latent.mean.sizes(), random, at::TensorOptions(at::kFloat)).to(latent.mean.device());
    const at::Tensor seen = autoencoder.decode(latent.mean + (0.5 * latent.logVariance).exp() * noise);
    const at::Tensor divergence =
        0.5 * (latent.mean.square() + latent.logVariance.exp() - 1.0 - latent.logVariance).mean();
    return at::l1_loss(seen, pictures) + training.edgeWeight * edgeError(seen, pictures) +
           training.klWeight * divergence;
}

Result<void> trainAutoencoder(const AutoencoderTraining& training, const PictureSource& source,
                              const std::filesystem::path& folder, const std::stop_token& stop)
{
    if (auto made = makeFolder(folder); !made)
        return made;
    auto begun = firstState(training);
    if (!begun)
        return tl::unexpected(begun.error());
    TrainingState& state = *begun;
    CheckpointInfo info;
    info.kind = "autoencoder";
    info.settings = settingsOf(training);
    const auto resumed = resumeRun(folder, info, state);
    if (!resumed)
        return tl::unexpected(resumed.error());

    std::vector<std::unique_ptr<Autoencoder>> autoencoders;
    for (ParameterSet& weights : state.workers())
        autoencoders.push_back(std::make_unique<Autoencoder>(training.config, Parameters(weights)));
    const auto measuredBatch = pictureBatch(source, measuredFrom, measuredPictures);
    if (!measuredBatch)
        return tl::unexpected(measuredBatch.error());
    auto log = ProgressLog::open(folder, state.step, state.seconds,
                                 training.batch * training.loop.accumulation, {"psnr_db"}, training.quiet);
    if (!log)
        return tl::unexpected(log.error());
    log->say("autoencoder of " + std::to_string(state.weights().parameterCount()) + " parameters" +
             (*resumed ? ", from step " + std::to_string(state.step) : ""));

    const BatchLoss lossOf = [&](int worker, std::int64_t batch) {
        const auto pictures = croppedBatch(training, source, batch);
        if (!pictures)
            ErrorKeeper::raise(pictures.error());
        const MixedPrecision mixed(training.autocast);
        return autoencoderLoss(training, *autoencoders[static_cast<std::size_t>(worker)],
                               pictures->to(training.device),
                               namedStream(training.seed, "latent", static_cast<std::uint64_t>(batch)));
    };
    LoopHooks hooks;
    hooks.stop = stop;
    hooks.onStep = [&](const StepReport& report) -> Result<void> {
        if (report.step % training.gridEvery != 0)
            return log->step(report);
        const Measured now = measure(training.config, state.weights().named(state.average()), *measuredBatch);
        if (auto drawn =
                writePictureGrid(folder / ("grid-" + paddedStep(report.step)), now.sheet, measuredPictures);
            !drawn)
            return drawn;
        return log->step(report, {{"psnr_db", now.psnr}});
    };
    hooks.checkpoint = [&] { return writeCheckpoint(folder, info, state); };
    if (auto run = ErrorKeeper::guard([&] { return runTrainingLoop(training.loop, state, lossOf, hooks); });
        !run)
        return run;
    const auto psnr = exportAutoencoder(folder, source);
    if (!psnr)
        return tl::unexpected(psnr.error());
    char text[96];
    std::snprintf(text, sizeof(text), "autoencoder: %.2f dB on images it never saw", *psnr);
    log->say(text);
    return {};
}

Result<double> exportAutoencoder(const std::filesystem::path& folder, const PictureSource& source)
{
    const auto info = readCheckpointInfo(folder);
    if (!info)
        return tl::unexpected(info.error());
    if (info->kind != "autoencoder")
        return fail(ErrorKind::InvalidRequest,
                    folder.string() + " holds a run of kind " + info->kind + ", expected autoencoder");
    auto config = VaeConfig::parse(info->settings.at("vae").dump(), checkpointFile(folder).string());
    if (!config)
        return tl::unexpected(config.error());
    ParameterSet names(0, at::kCPU);
    const Autoencoder parameterRequestPass(*config, Parameters(names));
    TrainingState state = stateOf(std::move(names), 1, {});
    if (auto read = readCheckpointInto(folder, state); !read)
        return tl::unexpected(read.error());
    const auto weights = state.weights().named(state.average());
    auto pictures = pictureBatch(source, measuredFrom, measuredPictures);
    if (!pictures)
        return tl::unexpected(pictures.error());
    config->scalingFactor = info->settings.value("scaling_factor", 0.0);
    if (config->scalingFactor == 0.0) {
        const auto scale = measuredScale(*config, weights, source);
        if (!scale)
            return tl::unexpected(scale.error());
        config->scalingFactor = *scale;
    }
    const auto written =
        writeComponent(folder / "vae", vaeConfigJson(*config, pictures->size(3)).dump(2) + "\n",
                       "diffusion_pytorch_model", weights, at::kFloat);
    if (!written)
        return tl::unexpected(written.error());
    return measure(*config, weights, *pictures).psnr;
}

} // namespace unfog
