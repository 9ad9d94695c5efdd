#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "cli/commands.h"
#include "cli/init_image.h"
#include "cli/output_files.h"
#include "cli/report.h"
#include "cli/terminal_progress.h"
#include "generation/interchange/imported_parameters.h"
#include "image_files/metadata/known_files.h"
#include "image_files/metadata/picture_metadata.h"
#include "image_files/read_image.h"
#include "pipeline/model/model_info.h"
#include "pipeline/run/sampler_catalog.h"
#include "pipeline/run/torch_engine.h"
#include "program/interrupt.h"

namespace unfog::cli {

namespace {

/// How far two pictures are apart, in steps of 1/255.
struct Difference {
    bool comparable = false; ///< both have the same size
    int largest = 0;
    double mean = 0.0;
    std::size_t pixelsDiffering = 0;
};

Difference compare(const PixelImage& a, const PixelImage& b)
{
    Difference difference;
    difference.comparable = a.widthPx == b.widthPx && a.heightPx == b.heightPx && !a.rgb.empty();
    if (!difference.comparable)
        return difference;
    double sum = 0.0;
    for (std::size_t pixel = 0; pixel < a.rgb.size(); pixel += 3) {
        int here = 0;
        for (std::size_t channel = 0; channel < 3; ++channel) {
            const int apart = std::abs(int(a.rgb[pixel + channel]) - int(b.rgb[pixel + channel]));
            here = std::max(here, apart);
            sum += apart;
        }
        difference.largest = std::max(difference.largest, here);
        difference.pixelsDiffering += here > 0;
    }
    difference.mean = sum / static_cast<double>(a.rgb.size());
    return difference;
}

/// A path with a folder that exists: a bare name of a record says nothing about the present folder.
bool isPlace(const std::string& path)
{
    std::error_code error;
    return path.find('/') != std::string::npos && std::filesystem::exists(path, error);
}

/// What the command line says or the record's hash finds, else a path that the record gives whole.
std::string modelOf(const ReproduceArguments& arguments, const GenerationRequest& request)
{
    if (!arguments.model.path.empty())
        return arguments.model.path;
    return isPlace(request.model.path) ? request.model.path : std::string();
}

/// Of a record of another program: what of it can run with `model`. Tells on stderr what is changed.
GenerationRequest fitted(ImportedParameters imported, const std::string& model)
{
    ImportTarget target;
    if (const auto info = describeModel(model)) {
        target.family = targetFamily(info->family);
        target.latentDownscale = info->latentDownscale;
        target.textLayers = info->textLayers;
    }
    fitToEngine(imported, samplerCatalog(), target);
    for (const ImportedValue& value : imported.values)
        if (value.outcome != ImportOutcome::Applied && value.name != "Model")
            std::fprintf(stderr, "Note: %s: %s.\n",
                         value.outcome == ImportOutcome::Ignored ? "not used" : "approximated",
                         printableLine(sentenceOf(value)).c_str());
    return imported.request;
}

Result<GenerationRequest> requestOf(const ReproduceArguments& arguments, const PictureMetadata& metadata)
{
    if (!metadata.request)
        return fail(ErrorKind::BadFile,
                    arguments.image + " carries no generation parameters that could be run again.");
    GenerationRecord record{*metadata.request, metadata.provenance};
    locateFiles(record);
    GenerationRequest request = record.request;
    const std::string named = request.model.path.empty() ? metadata.modelName : request.model.path;
    request.model.path = modelOf(arguments, request);
    if (request.model.path.empty())
        return fail(ErrorKind::InvalidRequest,
                    arguments.image + " names " +
                        (named.empty() ? "no model"
                                       : "the model \"" + named + "\", which is not known on this machine") +
                        "; say with --model where it is.");
    if (metadata.imported) {
        const std::string model = request.model.path;
        request = fitted(*metadata.imported, model);
        request.model.path = model;
    }
    if (!arguments.model.tokenizer.empty())
        request.model.tokenizer = arguments.model.tokenizer;
    else if (!request.model.tokenizer.empty() && !isPlace(request.model.tokenizer))
        return fail(ErrorKind::InvalidRequest,
                    arguments.image + " was made with the tokenizer \"" + request.model.tokenizer +
                        "\", which is not known on this machine; say with --tokenizer where it is.");
    request.model.device = arguments.model.device;
    if (arguments.model.precision != Precision::Auto)
        request.model.precision = arguments.model.precision;
    // A record of ours states a ceiling if its run had one; earlier versions had none.
    if (metadata.provenance && !request.sampler.sigmaMax)
        request.sampler.sigmaMax = 0.0;
    request.output.count = 1;
    return request;
}

int report(const ReproduceArguments& arguments, const Difference& difference, const GeneratedImage& image,
           const std::optional<Provenance>& original)
{
    const bool identical = difference.comparable && difference.largest == 0;
    const bool sameNoise = original && original->noiseSha256 == image.provenance.noiseSha256;
    const bool sameLatent = original && original->latentSha256 == image.provenance.latentSha256;
    if (arguments.json) {
        const nlohmann::ordered_json json = {{"identical", identical},
                                             {"largestDifference", difference.largest},
                                             {"meanDifference", difference.mean},
                                             {"pixelsDiffering", difference.pixelsDiffering},
                                             {"sameSize", difference.comparable},
                                             {"sameNoise", sameNoise},
                                             {"sameLatent", sameLatent}};
        printJsonLine(json);
    } else if (identical) {
        std::printf("identical\n");
    } else if (!difference.comparable) {
        std::printf("different size: now %d × %d pixels\n", image.pixels.widthPx, image.pixels.heightPx);
    } else {
        std::printf("largest difference %d of 255 (mean %s, %zu of %zu pixels differ)\n", difference.largest,
                    decimal(difference.mean, 4).c_str(), difference.pixelsDiffering,
                    image.pixels.rgb.size() / 3);
        if (original)
            std::printf("initial noise %s, final latent %s\n", sameNoise ? "identical" : "different",
                        sameLatent ? "identical" : "different");
    }
    return difference.comparable ? kDone : kFailed;
}

} // namespace

int runReproduce(const ReproduceArguments& arguments)
{
    const Answer answer = arguments.json ? Answer::Json : Answer::Text;
    auto picture = readImage(arguments.image);
    if (!picture)
        return complain(picture.error(), answer);
    auto metadata = readPictureMetadata(arguments.image);
    if (!metadata)
        return complain(metadata.error(), answer);
    auto request = requestOf(arguments, *metadata);
    if (!request)
        return complain(request.error(), answer);

    std::optional<OutputFiles> files;
    if (!arguments.output.empty()) {
        auto planned = OutputFiles::plan(arguments.output, 1);
        if (!planned)
            return complain(planned.error(), answer);
        files = *planned;
    }
    const InterruptStop interrupt;
    TerminalProgress progress(arguments.json || arguments.quiet ? TerminalProgress::Style::Quiet
                                                                : TerminalProgress::styleFor(stderr),
                              stderr);
    GenerationObserver observer;
    observer.onStage = [&](const StageProgress& stage) { progress.stage(stage); };
    observer.onStep = [&](const StepProgress& step) { progress.step(step); };
    const auto engine = makeTorchEngine(arguments.machine.engineOptions());
    if (request->images.start) {
        const InitImage named = *request->images.start;
        const std::string file = arguments.initImage.empty() ? named.file : arguments.initImage;
        auto prepared = withInitImage(*engine, *request, file, named.strength, observer, interrupt.token());
        if (!prepared)
            return complain(prepared.error(), answer);
        if (!named.sha256.empty() && prepared->images.start->sha256 != named.sha256)
            return complain({ErrorKind::BadFile, file + " is not the image that " + arguments.image +
                                                     " was made from: its pixels have another SHA-256."},
                            answer);
        request = *prepared;
    }
    const GenerationOutcome outcome = engine->generate(*request, observer, interrupt.token());
    progress.finishLine();
    if (const Error* error = std::get_if<Error>(&outcome))
        return complain(*error, answer);
    if (std::holds_alternative<Cancelled>(outcome))
        return complain({ErrorKind::Cancelled, "Stopped; nothing was compared."}, answer);
    const GeneratedImage& image = std::get<std::vector<GeneratedImage>>(outcome).front();
    if (files) {
        if (auto kept = keepImage(*files, image); !kept)
            return complain(kept.error().error, answer);
    }
    return report(arguments, compare(*picture, image.pixels), image, metadata->provenance);
}

} // namespace unfog::cli
