#include <algorithm>
#include <cstdio>
#include <optional>

#include "base/files/write_file.h"
#include "base/printable.h"
#include "pipeline/device/compute_threads.h"
#include "pipeline/run/torch_engine.h"
#include "trainer/commands/train_commands.h"
#include "trainer/data/picture_tensors.h"
#include "trainer/evaluation/evaluation.h"

namespace unfog {

namespace {

constexpr std::int64_t kSheetPictures = 40;
constexpr int kSheetColumns = 8;

struct Options {
    std::string model;
    std::string classifier;
    std::vector<std::string> runs{"own:20:4"};
    std::string csv;
    std::string sheet;
    PictureChoice pictures;
    EvaluationSettings settings;
    int threads = 0;
    bool quiet = false;
};

std::string sheetStem(const std::string& stem, const SamplerRun& run)
{
    char guidance[32];
    std::snprintf(guidance, sizeof(guidance), "%g", run.guidance);
    return stem + "-" + (run.scheduler.empty() ? "own" : run.scheduler) + "-" + std::to_string(run.steps) +
           "-" + guidance;
}

Result<void> runEvaluate(const Options& options, const std::stop_token& stop)
{
    setComputeThreads(options.threads);
    applyThreadCount(0);
    EvaluationSettings settings = options.settings;
    settings.model = options.model;
    for (const std::string& text : options.runs) {
        auto run = parseSamplerRun(text);
        if (!run)
            return tl::unexpected(run.error());
        settings.runs.push_back(std::move(*run));
    }
    const auto classifier = loadClassifier(options.classifier);
    if (!classifier) {
        return fail(classifier.error().kind, classifier.error().message +
                                                 "; `unfog-train classifier --output " + options.classifier +
                                                 "` makes one");
    }
    PictureChoice choice = options.pictures;
    choice.split = PictureSplit::HeldOut;
    const auto source = openPictures(choice);
    if (!source)
        return tl::unexpected(source.error());

    const auto engine = makeTorchEngine();
    std::vector<EvaluationRow> known;
    std::optional<Error> csvError;
    EvaluationHooks hooks;
    hooks.stop = stop;
    hooks.onRow = [&](const EvaluationRow& row) {
        known.push_back(row);
        if (options.csv.empty())
            return;
        if (const auto written = writeTextAtomically(options.csv, evaluationCsv(known)); !written)
            csvError = written.error();
    };
    if (!options.quiet) {
        hooks.onPicture = [&](const EvaluationRow& row, std::int64_t done) {
            std::fprintf(stderr, "\r%s: %lld of %lld images", printableLine(row.name).c_str(),
                         static_cast<long long>(done), static_cast<long long>(settings.pictures));
            if (done == settings.pictures)
                std::fprintf(stderr, "\n");
        };
    }
    hooks.onPictures = [&](const SamplerRun& run, const at::Tensor& pictures) -> Result<void> {
        if (options.sheet.empty())
            return {};
        return writePictureGrid(sheetStem(options.sheet, run),
                                pictures.slice(0, 0, std::min(kSheetPictures, pictures.size(0))),
                                kSheetColumns);
    };
    const auto rows = evaluateModel(*engine, *classifier, **source, settings, hooks);
    if (!rows) {
        if (!known.empty())
            std::printf("%s", printableLines(evaluationTable(known)).c_str());
        return tl::unexpected(rows.error());
    }
    std::printf("%s", printableLines(evaluationTable(*rows)).c_str());
    if (csvError)
        return tl::unexpected(*csvError);
    return {};
}

} // namespace

TrainCommand addEvaluateCommand(CLI::App& app)
{
    const auto options = std::make_shared<Options>();
    CLI::App& command =
        *app.add_subcommand("evaluate", "Measure how well a model draws what it is asked for");
    command.add_option("model", options->model, "A model trained on starter images: a diffusers folder")
        ->required();
    command
        .add_option("--classifier", options->classifier,
                    "The judge: a file that `unfog-train classifier` wrote")
        ->required();
    command
        .add_option("--run", options->runs,
                    "scheduler:steps:guidance, \"own\" for the model's scheduler; may be repeated")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->capture_default_str();
    command.add_option("--pictures", options->settings.pictures, "Captions, one image each")
        ->check(CLI::Range(4, 100000))
        ->capture_default_str();
    command.add_option("--references", options->settings.references, "Renderings for the Fréchet distance")
        ->check(CLI::Range(4, 1000000))
        ->capture_default_str();
    command.add_option(
        "--packed", options->pictures.packed,
        "Packed images of combinations held out (`unfog-train dataset starter --split held-out`)");
    command.add_option("--objects", options->pictures.objects,
                       "A file with a name a line: the only things to ask for (default: all)");
    command.add_option("--pictures-seed", options->pictures.seed, "Of the starter images")
        ->capture_default_str();
    command.add_option("--seed", options->settings.seed, "Of the first generated image")
        ->capture_default_str();
    command.add_option("--csv", options->csv, "Also write the table to this file");
    command.add_option("--sheet", options->sheet,
                       "Also write the first 40 images of each run: the file's beginning");
    addThreadsOption(command, options->threads);
    command.add_flag("--quiet", options->quiet, "No progress");
    return {&command, [options](const std::stop_token& stop) { return runEvaluate(*options, stop); }};
}

} // namespace unfog
