#include "diffusion/prediction/prediction.h"
#include "diffusion/schedule/noise_schedule.h"
#include "trainer/commands/train_commands.h"
#include "trainer/networks/model_configs.h"
#include "trainer/training/diffusion_training.h"

namespace unfog {

namespace {

struct Options {
    RunOptions run;
    std::string autoencoder;
    std::string startFrom;
    std::vector<std::int64_t> channels = {64, 128, 224};
    std::vector<std::int64_t> attention = {0, 1, 1};
    std::int64_t layers = 1;
    std::int64_t groups = 32;
    std::int64_t headFeatures = 32;
    std::int64_t textFeatures = 160;
    std::int64_t textLayers = 3;
    std::int64_t positions = 32;
    int vocabulary = 3000;
    std::string prediction = "v_prediction";
    std::string schedule = "squaredcos_cap_v2";
    double captionDropout = 0.1;
    double minSnr = 5.0;
    std::int64_t cached = 32768;
    int wordings = 8;
    std::vector<std::string> gridPrompts;
    double gridGuidance = 4.0;
};

/// A run's or a model's folder holds the autoencoder in one of its own.
std::filesystem::path autoencoderFolder(const std::filesystem::path& given)
{
    std::error_code ignored;
    return std::filesystem::exists(given / "vae" / "config.json", ignored) ? given / "vae" : given;
}

Result<NewModel> newModel(const Options& options)
{
    if (options.attention.size() != options.channels.size())
        return fail(ErrorKind::InvalidRequest, "--attention must say 0 or 1 for each of the " +
                                                   std::to_string(options.channels.size()) +
                                                   " levels of --channels.");
    NewModel model;
    model.unet.normGroups = options.groups;
    model.unet.timeEmbeddingFeatures = 4 * options.channels.front();
    for (std::size_t i = 0; i < options.channels.size(); ++i) {
        if (options.channels[i] % options.groups != 0 || options.channels[i] % options.headFeatures != 0)
            return fail(ErrorKind::InvalidRequest,
                        "--channels " + std::to_string(options.channels[i]) +
                            " must be a multiple of --groups and of --head-features.");
        UNetLevel level;
        level.channels = options.channels[i];
        level.layers = options.layers;
        level.downAttention = level.upAttention = options.attention[i] != 0;
        level.heads = level.channels / options.headFeatures;
        level.downTransformerLayers.assign(level.downAttention ? static_cast<std::size_t>(options.layers) : 0,
                                           1);
        level.upTransformerLayers.assign(level.upAttention ? static_cast<std::size_t>(options.layers) + 1 : 0,
                                         1);
        model.unet.levels.push_back(level);
    }
    if (options.textFeatures % options.headFeatures != 0)
        return fail(ErrorKind::InvalidRequest, "--text-features must be a multiple of --head-features.");
    model.text.features = model.text.projectionFeatures = options.textFeatures;
    model.text.feedForwardFeatures = 4 * options.textFeatures;
    model.text.layers = options.textLayers;
    model.text.heads = options.textFeatures / options.headFeatures;
    model.text.positions = options.positions;
    model.text.activation = ClipActivation::Gelu;
    model.vocabularyEntries = options.vocabulary;

    if (auto known = parsePrediction(options.prediction); !known)
        return tl::unexpected(known.error());
    NoiseScheduleSettings schedule;
    schedule.betaSchedule = options.schedule;
    // The ends that go with the published models of this schedule.
    if (options.schedule == "scaled_linear") {
        schedule.betaStart = 0.00085;
        schedule.betaEnd = 0.012;
    }
    if (auto known = NoiseSchedule::create(schedule); !known)
        return tl::unexpected(known.error());
    model.schedulerJson = schedulerConfigJson(schedule.betaSchedule, schedule.betaStart, schedule.betaEnd,
                                              options.prediction, schedule.trainTimesteps)
                              .dump(2) +
                          "\n";
    if (options.autoencoder.empty())
        return fail(ErrorKind::InvalidRequest,
                    "--autoencoder must name a folder that `unfog-train autoencoder` wrote, "
                    "or a model folder; --from needs none.");
    model.autoencoder = autoencoderFolder(options.autoencoder);
    return model;
}

Result<void> runDiffusion(const Options& options, const std::stop_token& stop)
{
    const auto target = chooseRunTarget(options.run);
    if (!target)
        return tl::unexpected(target.error());
    const auto loop = loopSettings(options.run);
    if (!loop)
        return tl::unexpected(loop.error());
    DiffusionTraining training;
    training.startFrom = options.startFrom;
    if (options.startFrom.empty()) {
        auto model = newModel(options);
        if (!model)
            return tl::unexpected(model.error());
        training.model = std::move(*model);
    }
    const auto pictures = openPictures(options.run.pictures);
    if (!pictures)
        return tl::unexpected(pictures.error());
    training.loop = *loop;
    training.batch = options.run.batch;
    training.captionDropout = options.captionDropout;
    training.minSnrGamma = options.minSnr;
    training.cachedPictures = options.cached;
    training.wordings = options.wordings;
    training.seed = options.run.seed;
    training.workers = target->workers;
    training.device = target->device;
    training.autocast = target->device.is_cuda();
    training.gridEvery = options.run.gridEvery;
    training.gridPrompts = options.gridPrompts;
    training.gridGuidance = options.gridGuidance;
    training.quiet = options.run.quiet;
    return trainDiffusion(training, **pictures, options.run.output, stop);
}

struct ExportOptions {
    std::string run;
    std::string output;
    std::string autoencoder;
    std::string precision = "float16";
};

Result<void> runExport(const ExportOptions& options)
{
    return exportDiffusion(options.run, options.output,
                           options.autoencoder.empty() ? std::filesystem::path()
                                                       : autoencoderFolder(options.autoencoder),
                           options.precision == "float16" ? at::kHalf : at::kFloat);
}

} // namespace

TrainCommand addDiffusionCommand(CLI::App& app)
{
    const auto options = std::make_shared<Options>();
    options->run.learningRate = 6e-4;
    CLI::App& command =
        *app.add_subcommand("diffusion", "Train text encoder and UNet, new ones or those of a model");
    addRunOptions(command, options->run);
    command.add_option("--autoencoder", options->autoencoder, "Folder of an autoencoder run or of a model");
    command.add_option("--from", options->startFrom, "A model folder to train on (fine-tuning)");
    command.add_option("--channels", options->channels, "By level, from the highest resolution down")
        ->delimiter(',')
        ->check(CLI::Range(2, 8192))
        ->capture_default_str();
    command.add_option("--attention", options->attention, "Whether each level attends, 0 or 1")
        ->delimiter(',')
        ->check(CLI::Range(0, 1))
        ->capture_default_str();
    command.add_option("--layers", options->layers, "Residual blocks a level")
        ->check(CLI::Range(1, 8))
        ->capture_default_str();
    command.add_option("--groups", options->groups, "Of the norms")
        ->check(CLI::Range(1, 128))
        ->capture_default_str();
    command.add_option("--head-features", options->headFeatures)
        ->check(CLI::Range(2, 1024))
        ->capture_default_str();
    command.add_option("--text-features", options->textFeatures)
        ->check(CLI::Range(8, 4096))
        ->capture_default_str();
    command.add_option("--text-layers", options->textLayers)->check(CLI::Range(1, 48))->capture_default_str();
    command.add_option("--positions", options->positions, "Longest caption in tokens")
        ->check(CLI::Range(4, 512))
        ->capture_default_str();
    command.add_option("--vocabulary", options->vocabulary, "Entries at most")
        ->check(CLI::Range(514, 100000))
        ->capture_default_str();
    command.add_option("--prediction", options->prediction, "epsilon, v_prediction, sample")
        ->capture_default_str();
    command
        .add_option("--schedule", options->schedule, "linear, scaled_linear, squaredcos_cap_v2 (cosine), …")
        ->capture_default_str();
    command.add_option("--caption-dropout", options->captionDropout)
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
    command.add_option("--min-snr", options->minSnr, "Gamma of the loss weights; 0: off")
        ->capture_default_str();
    command
        .add_option("--cached", options->cached, "Images of an endless source that are encoded beforehand")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command.add_option("--wordings", options->wordings, "Captions an image")
        ->check(CLI::Range(1, 64))
        ->capture_default_str();
    command
        .add_option("--grid-prompt", options->gridPrompts,
                    "Of the sheets; may be repeated (default: captions)")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    command.add_option("--grid-guidance", options->gridGuidance)->capture_default_str();
    return {&command, [options](const std::stop_token& stop) { return runDiffusion(*options, stop); }};
}

TrainCommand addExportCommand(CLI::App& app)
{
    const auto options = std::make_shared<ExportOptions>();
    CLI::App& command =
        *app.add_subcommand("export", "Write the model of a run's last checkpoint as a folder");
    command.add_option("run", options->run, "Folder of a diffusion run")->required();
    command.add_option("--output", options->output, "Folder to write")->required();
    command.add_option("--autoencoder", options->autoencoder,
                       "A run whose decoder was trained further (default: the one that the run began with)");
    command.add_option("--precision", options->precision)
        ->check(CLI::IsMember({"float16", "float32"}))
        ->capture_default_str();
    return {&command, [options](const std::stop_token&) { return runExport(*options); }};
}

} // namespace unfog
