#include <cstdio>
#include <map>

#include "base/printable.h"
#include "trainer/commands/train_commands.h"
#include "trainer/data/packed_pictures.h"
#if UNFOG_TRAINING_PICTURES
#include "training_pictures/folder_pictures.h"
#endif

namespace unfog {

namespace {

struct Options {
    std::string folder;
    std::string output;
    PictureChoice pictures;
    std::uint64_t count = 0;
    int wordings = 8;
    int threads = 0;
};

Result<void> runDataset(const Options& options, const std::stop_token& stop)
{
    PictureChoice choice = options.pictures;
    choice.folder = options.folder;
    const auto source = openPictures(choice);
    if (!source)
        return tl::unexpected(source.error());
#if UNFOG_TRAINING_PICTURES
    if (const auto* folder = dynamic_cast<const FolderPictures*>(source->get()))
        std::printf("%s", printableLines(describe(folder->report())).c_str());
#endif
    if (options.output.empty())
        return {};
    PackOptions pack;
    pack.count = options.count;
    pack.wordings = options.wordings;
    pack.threads = options.threads;
    pack.progress = [&](std::uint64_t done, std::uint64_t count) {
        std::fprintf(stderr, "\r%llu of %llu images", static_cast<unsigned long long>(done),
                     static_cast<unsigned long long>(count));
        return !stop.stop_requested();
    };
    auto written = writePackedPictures(options.output, **source, pack);
    std::fprintf(stderr, "\n");
    return written;
}

} // namespace

TrainCommand addDatasetCommand(CLI::App& app)
{
    const auto options = std::make_shared<Options>();
    CLI::App& command =
        *app.add_subcommand("dataset", "Make a file of packed images, or look at a folder of them");
    CLI::App& starter = *command.add_subcommand("starter", "Emoji on coloured backgrounds in several styles");
    CLI::App& folder =
        *command.add_subcommand("folder", "Your own images: sizes, duplicates, unreadable files");
    command.require_subcommand(1);
    folder
        .add_option("directory", options->folder, "Images with .txt captions beside them, or a metadata.csv")
        ->required();
    for (CLI::App* kind : {&starter, &folder}) {
        kind->add_option("--size", options->pictures.sizePx, "Side in pixels")
            ->check(CLI::Range(32, 1024))
            ->capture_default_str();
        kind->add_option("--count", options->count, "How many images (default: all that there are)");
        addThreadsOption(*kind, options->threads);
        kind->add_option("--wordings", options->wordings, "Captions an image")
            ->check(CLI::Range(1, 64))
            ->capture_default_str();
    }
    starter.add_option("--seed", options->pictures.seed)->capture_default_str();
    starter
        .add_option("--split", options->pictures.split,
                    "training, held-out (for `evaluate`) or all (for `classifier`)")
        ->transform(
            CLI::CheckedTransformer(std::map<std::string, PictureSplit>{{"training", PictureSplit::Training},
                                                                        {"held-out", PictureSplit::HeldOut},
                                                                        {"all", PictureSplit::All}}));
    starter.get_option("--count")->required();
    starter.add_option("--output", options->output, "The file to write")->required();
    folder.add_option("--output", options->output, "The file to write (default: only look)");
    return {&command, [options](const std::stop_token& stop) { return runDataset(*options, stop); }};
}

} // namespace unfog
