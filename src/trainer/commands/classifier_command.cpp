#include <cstdio>

#include "base/printable.h"
#include "pipeline/device/compute_threads.h"
#include "trainer/commands/train_commands.h"
#include "trainer/training/classifier_training.h"

namespace unfog {

namespace {

constexpr std::int64_t kTestPictures = 2000;

struct Options {
    std::string output;
    PictureChoice pictures;
    ClassifierTrainingSettings training;
    int threads = 0;
};

Result<void> runClassifier(const Options& options, const std::stop_token& stop)
{
    setComputeThreads(options.threads);
    applyThreadCount(0);
    PictureChoice choice = options.pictures;
    choice.split = PictureSplit::All;
    const auto source = openPictures(choice);
    if (!source)
        return tl::unexpected(source.error());
    if (auto trained = trainClassifier(**source, options.training, options.output, stop); !trained)
        return trained;
    if ((*source)->size() != 0) {
        std::printf(
            "%s is written; a pack has no renderings that training did not see, so it is not measured\n",
            printableLine(options.output).c_str());
        return {};
    }

    const auto classifier = loadClassifier(options.output);
    if (!classifier)
        return tl::unexpected(classifier.error());
    choice.seed += 1;
    const auto unseen = openPictures(choice);
    if (!unseen)
        return tl::unexpected(unseen.error());
    const auto measured = measureClassifier(*classifier, **unseen, 0, kTestPictures);
    if (!measured)
        return tl::unexpected(measured.error());
    std::printf(
        "%lld renderings never seen: object %.1f %%, among five %.1f %%, background %.1f %%, style %.1f %%\n",
        static_cast<long long>(measured->pictures), 100.0 * measured->objectFirst,
        100.0 * measured->objectAmongFive, 100.0 * measured->background, 100.0 * measured->style);
    return {};
}

} // namespace

TrainCommand addClassifierCommand(CLI::App& app)
{
    const auto options = std::make_shared<Options>();
    CLI::App& command =
        *app.add_subcommand("classifier", "Train the judge that `evaluate` needs, and measure it");
    command.add_option("--output", options->output, "The file to write")->required();
    command.add_option("--packed", options->pictures.packed, "A file of packed starter images");
    command.add_option("--pictures-seed", options->pictures.seed, "Of the starter images")
        ->capture_default_str();
    auto* steps =
        command.add_option("--steps", options->training.steps, "Updates in all")->check(CLI::PositiveNumber);
    command.add_option("--minutes", options->training.minutes, "Training time")
        ->check(CLI::PositiveNumber)
        ->excludes(steps)
        ->capture_default_str();
    command.add_option("--batch", options->training.batch, "Images a batch of each worker")
        ->check(CLI::Range(1, 4096))
        ->capture_default_str();
    command.add_option("--learning-rate", options->training.learningRate, "The largest")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    addThreadsOption(command, options->threads);
    command.add_option("--workers", options->training.workers,
                       "Threads that compute a part of each batch (default: as many as --threads)");
    command.add_option("--seed", options->training.seed, "Of all random numbers")->capture_default_str();
    command.add_flag("--quiet", options->training.quiet, "No progress");
    return {&command, [options](const std::stop_token& stop) { return runClassifier(*options, stop); }};
}

} // namespace unfog
