#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <span>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "cli/commands.h"
#include "cli/report.h"
#include "generation/interchange/a1111_text.h"
#include "generation/interchange/imported_parameters.h"
#include "generation/interchange/sampler_names.h"
#include "generation/request/request_json.h"
#include "image_files/formats/image_format.h"
#include "image_files/metadata/picture_metadata.h"
#include "pipeline/model/model_info.h"
#include "pipeline/run/sampler_catalog.h"

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

std::vector<ImportedValue> valuesOf(const PictureMetadata& metadata)
{
    return metadata.imported ? metadata.imported->values : std::vector<ImportedValue>();
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
    row("Native size",
        std::to_string(info->nativeSizePx) + " × " + std::to_string(info->nativeSizePx) + " pixels");
    row("Latent", std::to_string(info->latentChannels) + " channels, one per " +
                      std::to_string(info->latentDownscale) + " × " + std::to_string(info->latentDownscale) +
                      " pixels");
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
    if (metadata->imported) {
        fitToEngine(*metadata->imported, samplerCatalog());
        metadata->request = metadata->imported->request;
    }
    if (arguments.json) {
        Json json = {{"path", arguments.path}, {"parameters", metadata->parametersText}};
        if (metadata->request)
            json["record"] = Json::parse(toJson({*metadata->request, metadata->provenance}));
        Json values = Json::array();
        std::vector<std::string> ignored = metadata->notes;
        for (const ImportedValue& value : valuesOf(*metadata)) {
            values.push_back({{"name", value.name},
                              {"value", value.value},
                              {"outcome", nameOf(value.outcome)},
                              {"note", value.note}});
            if (value.outcome == ImportOutcome::Ignored)
                ignored.push_back(sentenceOf(value));
        }
        json["values"] = values;
        json["ignored"] = ignored;
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
    for (const ImportedValue& value : valuesOf(*metadata))
        if (value.outcome == ImportOutcome::Approximated)
            row("Approximated", sentenceOf(value));
        else if (value.outcome == ImportOutcome::Ignored)
            row("Not used", sentenceOf(value));
    for (const std::string& note : metadata->notes)
        row("Not used", note);
    if (metadata->source == MetadataSource::None)
        std::printf("%s carries no generation parameters.\n", printableLine(arguments.path).c_str());
    return kDone;
}

/// By its first bytes. A name tells little: browsers save JPEG files as .jfif. A file that can't be opened
/// and one of unknown content count as images only by their suffix, so that the complaint speaks of an image.
bool isPicture(const std::filesystem::path& path)
{
    std::ifstream file(path, std::ios::binary);
    std::array<char, 64> start{};
    file.read(start.data(), start.size());
    const auto read = std::as_bytes(std::span(start)).first(static_cast<std::size_t>(file.gcount()));
    if (!read.empty() && formatOf(read) != ImageFormat::Other)
        return true;
    std::string suffix = path.extension().string();
    std::transform(suffix.begin(), suffix.end(), suffix.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    constexpr std::array<std::string_view, 6> suffixes = {".png", ".jpg", ".jpeg", ".webp", ".jfif", ".jpe"};
    return std::find(suffixes.begin(), suffixes.end(), suffix) != suffixes.end();
}

} // namespace

int runInfo(const InfoArguments& arguments)
{
    std::error_code error;
    if (!std::filesystem::exists(arguments.path, error))
        return complain({ErrorKind::InvalidRequest, "There is no file or folder " + arguments.path + "."},
                        answerOf(arguments));
    return isPicture(arguments.path) ? showPicture(arguments) : showModel(arguments);
}

} // namespace unfog::cli
