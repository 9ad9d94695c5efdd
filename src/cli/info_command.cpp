#include <cstdio>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/report.h"
#include "generation/a1111_text.h"
#include "generation/printable.h"
#include "generation/request_json.h"
#include "generation/sampler_names.h"
#include "image_files/picture_metadata.h"
#include "pipeline/model_info.h"

namespace unfog::cli {

namespace {

using Json = nlohmann::ordered_json;

void row(const std::string& label, const std::string& value)
{
    if (!value.empty())
        std::printf("%-18s %s\n", printableLine(label).c_str(), printableLine(value).c_str());
}

std::string joined(const std::vector<std::string>& texts, const char* between)
{
    std::string all;
    for (const std::string& text : texts)
        all += (all.empty() ? "" : between) + text;
    return all;
}

std::string millions(std::uint64_t count)
{
    return decimal(static_cast<double>(count) / 1e6, 2) + " M";
}

Json asJson(const ModelInfo& info)
{
    Json parts = Json::array();
    for (const ModelPartInfo& part : info.parts)
        parts.push_back({{"name", part.name}, {"parameters", part.parameterCount}, {"dtypes", part.dtypes}});
    return {{"path", info.path},
            {"layout", info.layout},
            {"family", info.family},
            {"scheduler", info.scheduler},
            {"prediction", info.prediction},
            {"nativeSize", info.nativeSizePx},
            {"latentChannels", info.latentChannels},
            {"latentDownscale", info.latentDownscale},
            {"promptPositions", info.promptPositions},
            {"fileBytes", info.fileBytes},
            {"modelHash", info.modelHash},
            {"parts", parts},
            {"notes", info.notes}};
}

Answer answerOf(const InfoArguments& arguments)
{
    return arguments.json ? Answer::Json : Answer::Text;
}

/// The text that the image carries; one that carries only our own record gets its text from that.
std::string parametersOf(const PictureMetadata& metadata)
{
    if (!metadata.parametersText.empty() || !metadata.request)
        return metadata.parametersText;
    const std::string version = metadata.provenance ? metadata.provenance->engineVersion : std::string();
    return writeA1111Text(*metadata.request, {metadata.modelName, version});
}

int showModel(const InfoArguments& arguments)
{
    auto info = describeModel(arguments.path);
    if (!info)
        return complain(info.error(), answerOf(arguments));
    if (arguments.json) {
        printJson(asJson(*info));
        return kDone;
    }
    row("Model", info->path);
    row("Kind", info->family + ", " + info->layout);
    row("Native size", std::to_string(info->nativeSizePx) + " × " + std::to_string(info->nativeSizePx) + " pixels");
    row("Latent", std::to_string(info->latentChannels) + " channels, one per " +
                      std::to_string(info->latentDownscale) + " × " + std::to_string(info->latentDownscale) + " pixels");
    row("Prompt", std::to_string(info->promptPositions) + " positions, start and end included");
    row("Scheduler", info->schedulerTitle + ", predicts " + predictionTitle(info->prediction));
    row("Files", decimal(static_cast<double>(info->fileBytes) / 1e6, 1) + " MB");
    row("Hash", info->modelHash);
    std::uint64_t total = 0;
    for (const ModelPartInfo& part : info->parts) {
        row("  " + part.name, millions(part.parameterCount) + " parameters, " + joined(part.dtypes, ", "));
        total += part.parameterCount;
    }
    row("  all", millions(total) + " parameters");
    for (const std::string& note : info->notes)
        row("Note", note);
    return kDone;
}

int showPicture(const InfoArguments& arguments)
{
    auto metadata = readPictureMetadata(arguments.path);
    if (!metadata)
        return complain(metadata.error(), answerOf(arguments));
    if (arguments.json) {
        Json json = {{"path", arguments.path}, {"parameters", metadata->parametersText}};
        if (metadata->request)
            json["record"] = Json::parse(toJson({*metadata->request, metadata->provenance}));
        json["ignored"] = metadata->ignored;
        printJson(json);
        return kDone;
    }
    const std::string parameters = parametersOf(*metadata);
    if (!parameters.empty())
        std::printf("%s\n", printableLines(parameters).c_str());
    if (metadata->provenance) {
        const Provenance& made = *metadata->provenance;
        std::printf("\n");
        row("Engine", "Unfog " + made.engineVersion + ", LibTorch " + made.libtorchVersion);
        row("Computed on", made.device + ", " + made.precision);
        row("Model hash", made.modelHash);
        row("Noise SHA-256", made.noiseSha256);
        row("Latent SHA-256", made.latentSha256);
        row("Pixel SHA-256", made.pixelSha256);
        for (const std::string& note : made.notes)
            row("Note", note);
    }
    for (const std::string& ignored : metadata->ignored)
        row("Not used", ignored);
    if (metadata->source == MetadataSource::None)
        std::printf("%s carries no generation parameters.\n", printableLine(arguments.path).c_str());
    return kDone;
}

bool looksLikePicture(const std::filesystem::path& path)
{
    const std::string suffix = path.extension().string();
    return suffix == ".png" || suffix == ".jpg" || suffix == ".jpeg" || suffix == ".webp" || suffix == ".PNG" ||
           suffix == ".JPG";
}

} // namespace

int runInfo(const InfoArguments& arguments)
{
    std::error_code error;
    if (!std::filesystem::exists(arguments.path, error))
        return complain({ErrorKind::InvalidRequest, "There is no file or folder " + arguments.path + "."},
                        answerOf(arguments));
    return looksLikePicture(arguments.path) ? showPicture(arguments) : showModel(arguments);
}

} // namespace unfog::cli
