#include "base/files/read_file.h"
#include "trainer/commands/train_commands.h"
#include "trainer/training/autoencoder_training.h"

namespace unfog {

namespace {

struct Options {
    RunOptions run;
    std::vector<std::int64_t> channels = {16, 32, 64, 128};
    std::int64_t layers = 1;
    std::int64_t groups = 8;
    std::int64_t latentChannels = 4;
    bool attention = false;
    int crop = 64;
    double edgeWeight = 0.5;
    double klWeight = 2e-4;
    std::string startFrom;
    bool decoderOnly = false;
};

/// The configuration of a finished autoencoder; `folder` becomes that of the component itself.
Result<VaeConfig> finishedConfig(std::filesystem::path& folder)
{
    std::error_code ignored;
    if (std::filesystem::exists(folder / "vae" / "config.json", ignored))
        folder /= "vae";
    const auto text = readTextFile(folder / "config.json");
    if (!text)
        return tl::unexpected(text.error());
    return VaeConfig::parse(*text, (folder / "config.json").string());
}

Result<void> runAutoencoder(const Options& options, const std::stop_token& stop)
{
    const auto target = chooseRunTarget(options.run);
    if (!target)
        return tl::unexpected(target.error());
    const auto loop = loopSettings(options.run);
    if (!loop)
        return tl::unexpected(loop.error());
    for (const std::int64_t channels : options.channels)
        if (channels % options.groups != 0)
            return fail(ErrorKind::InvalidRequest,
                        "--channels " + std::to_string(channels) + " is no multiple of the " +
                            std::to_string(options.groups) + " groups of the norms (--groups).");
    if (options.decoderOnly && options.startFrom.empty())
        return fail(ErrorKind::InvalidRequest,
                    "--decoder-only needs --from, the autoencoder whose encoder is kept.");
    const auto pictures = openPictures(options.run.pictures);
    if (!pictures)
        return tl::unexpected(pictures.error());
    AutoencoderTraining training;
    training.config.channels = options.channels;
    training.config.layers = options.layers;
    training.config.normGroups = options.groups;
    training.config.latentChannels = options.latentChannels;
    training.config.midAttention = options.attention;
    training.config.forceUpcast = false;
    if (!options.startFrom.empty()) {
        training.startFrom = options.startFrom;
        const auto config = finishedConfig(training.startFrom);
        if (!config)
            return tl::unexpected(config.error());
        training.config = *config;
        training.decoderOnly = options.decoderOnly;
    }
    if (options.crop % training.config.scale() != 0)
        return fail(ErrorKind::InvalidRequest,
                    "--crop " + std::to_string(options.crop) + " is no multiple of " +
                        std::to_string(training.config.scale()) + ", the pixels a latent position.");
    training.loop = *loop;
    training.batch = options.run.batch;
    training.cropPx = options.crop;
    training.edgeWeight = options.edgeWeight;
    training.klWeight = options.klWeight;
    training.seed = options.run.seed;
    training.workers = target->workers;
    training.device = target->device;
    training.autocast = target->device.is_cuda();
    training.gridEvery = options.run.gridEvery;
    training.quiet = options.run.quiet;
    return trainAutoencoder(training, **pictures, options.run.output, stop);
}

} // namespace

TrainCommand addAutoencoderCommand(CLI::App& app)
{
    const auto options = std::make_shared<Options>();
    options->run.batch = 16;
    options->run.learningRate = 2e-3;
    options->run.averageDecay = 0.995;
    CLI::App& command =
        *app.add_subcommand("autoencoder", "Train the autoencoder between images and latents");
    addRunOptions(command, options->run);
    command.add_option("--channels", options->channels, "By level, from the image inwards")
        ->delimiter(',')
        ->check(CLI::Range(1, 4096))
        ->capture_default_str();
    command.add_option("--layers", options->layers, "Residual blocks a level")
        ->check(CLI::Range(1, 8))
        ->capture_default_str();
    command.add_option("--groups", options->groups, "Of the norms")
        ->check(CLI::Range(1, 128))
        ->capture_default_str();
    command.add_option("--latent-channels", options->latentChannels)
        ->check(CLI::Range(1, 64))
        ->capture_default_str();
    command.add_flag("--attention", options->attention, "Attention in the middle, as large models have it");
    command.add_option("--crop", options->crop, "Side of the random crops in pixels")
        ->check(CLI::Range(8, 1024))
        ->capture_default_str();
    command.add_option("--edge-weight", options->edgeWeight, "Of the error in edges")->capture_default_str();
    command.add_option("--kl-weight", options->klWeight, "Of the divergence of the latents")
        ->capture_default_str();
    command.add_option("--from", options->startFrom,
                       "Folder of a run or model whose autoencoder is trained on");
    command.add_flag("--decoder-only", options->decoderOnly,
                     "Keep its encoder, and so the meaning of latents");
    return {&command, [options](const std::stop_token& stop) { return runAutoencoder(*options, stop); }};
}

} // namespace unfog
