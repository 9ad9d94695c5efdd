#include "weights/checkpoint/checkpoint.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "base/bounded_json.h"
#include "base/files/read_file.h"
#include "weights/checkpoint/single_file.h"
#include "weights/checkpoint/single_file_config.h"
#include "weights/files/shard_index.h"
#include "weights/names/key_maps.h"

namespace unfog {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 4> kPipelines{
    "StableDiffusionPipeline", "StableDiffusionImg2ImgPipeline", "StableDiffusionXLPipeline",
    "StableDiffusionXLImg2ImgPipeline"};

Result<CheckpointPart> openFolderPart(const fs::path& folder, const std::string& baseName)
{
    CheckpointPart part;
    part.where = (folder / "config.json").string();
    Result<std::string> config = readTextFile(folder / "config.json");
    if (!config)
        return tl::unexpected(config.error());
    part.configJson = std::move(*config);
    Result<TensorStore> store = TensorStore::openComponent(folder, baseName);
    if (!store)
        return tl::unexpected(store.error());
    part.store = withCurrentNames(*store);
    return part;
}

Result<nlohmann::json> readModelIndex(const fs::path& folder)
{
    fs::path path = folder / "model_index.json";
    Result<std::string> text = readTextFile(path, 1 << 20);
    if (!text)
        return tl::unexpected(text.error());
    nlohmann::json index = parseJson(*text).value_or(nlohmann::json(nlohmann::json::value_t::discarded));
    if (!index.is_object())
        return fail(ErrorKind::BadFile, path.string() + " is not a JSON object");
    auto found = index.find("_class_name");
    std::string name = found != index.end() && found->is_string() ? found->get<std::string>() : "";
    if (std::find(kPipelines.begin(), kPipelines.end(), name) != kPipelines.end())
        return index;
    std::string known;
    for (std::string_view pipeline : kPipelines)
        known += (known.empty() ? "" : ", ") + std::string(pipeline);
    return fail(ErrorKind::Unsupported,
                path.string() + " describes a " + quotedName(name) + "; supported are " + known);
}

Result<Checkpoint> openFolder(const fs::path& folder)
{
    Result<nlohmann::json> index = readModelIndex(folder);
    if (!index)
        return tl::unexpected(index.error());
    Checkpoint model;
    model.path = folder;
    auto open = [&](CheckpointPart& part, const char* name, const char* baseName) -> Result<void> {
        Result<CheckpointPart> opened = openFolderPart(folder / name, baseName);
        if (!opened)
            return tl::unexpected(opened.error());
        part = std::move(*opened);
        return {};
    };
    bool secondEncoder = index->contains("text_encoder_2");
    Result<void> opened = open(model.unet, "unet", "diffusion_pytorch_model");
    if (opened)
        opened = open(model.vae, "vae", "diffusion_pytorch_model");
    if (opened)
        opened = open(model.textEncoder, "text_encoder", "model");
    if (opened && secondEncoder)
        opened = open(model.textEncoder2.emplace(), "text_encoder_2", "model");
    if (!opened)
        return tl::unexpected(opened.error());

    fs::path scheduler = folder / "scheduler" / "scheduler_config.json";
    Result<std::string> schedulerText = readTextFile(scheduler, 1 << 20);
    if (!schedulerText)
        return tl::unexpected(schedulerText.error());
    model.schedulerConfigJson = std::move(*schedulerText);
    model.schedulerWhere = scheduler.string();
    model.family = detectFamily(model.unet.store);
    if ((model.family == ModelFamily::SdXl) != secondEncoder)
        return fail(ErrorKind::Unsupported,
                    folder.string() + (secondEncoder
                                           ? " has two text encoders, but its UNet is not that of XL"
                                           : " has the UNet of XL, but not two text encoders"));
    model.tokenizerFolders.push_back(folder / "tokenizer");
    if (secondEncoder)
        model.tokenizerFolders.push_back(folder / "tokenizer_2");
    auto zeros = index->find("force_zeros_for_empty_prompt");
    model.zerosForEmptyNegative =
        secondEncoder && (zeros == index->end() || !zeros->is_boolean() || zeros->get<bool>());
    model.modelHash = model.unet.store.headerSha256();
    return model;
}

Result<Checkpoint> openSingleFile(const fs::path& path)
{
    Result<TensorStore> file = TensorStore::open(path);
    if (!file)
        return tl::unexpected(file.error());
    Result<SingleFileParts> parts = splitSingleFile(*file);
    if (!parts)
        return tl::unexpected(parts.error());
    Checkpoint model;
    model.path = path;
    model.layout = ModelLayout::SingleFile;
    model.family = parts->family;

    auto fill = [&path](CheckpointPart& part, const TensorStore& store, Result<std::string> config,
                        const char* name) -> Result<void> {
        if (!config)
            return tl::unexpected(config.error());
        part = {std::move(*config), path.string() + " (" + name + ", inferred from its shapes)", store};
        return {};
    };
    std::int64_t pooled = 0;
    Result<void> filled;
    if (parts->textEncoder2) {
        filled = fill(model.textEncoder2.emplace(), *parts->textEncoder2,
                      inferTextConfig(*parts->textEncoder2, true), "text_encoder_2");
        const StoredTensor* projection = parts->textEncoder2->find("text_projection.weight");
        pooled = projection && !projection->shape().empty() ? projection->shape().front() : 0;
    }
    if (filled)
        filled = fill(model.textEncoder, parts->textEncoder,
                      inferTextConfig(parts->textEncoder, parts->family == ModelFamily::Sd2), "text_encoder");
    if (filled)
        filled = fill(model.unet, parts->unet, inferUnetConfig(parts->unet, parts->family, pooled), "unet");
    if (filled)
        filled = fill(model.vae, parts->vae, inferVaeConfig(parts->vae, parts->family), "vae");
    if (!filled)
        return tl::unexpected(filled.error());

    bool vPrediction = parts->declaresVPrediction || parts->family == ModelFamily::Sd2;
    model.schedulerConfigJson =
        defaultSchedulerConfig(parts->family, vPrediction, parts->declaresZeroTerminalSnr);
    model.schedulerWhere =
        path.string() + " (scheduler of " + std::string(modelFamilyName(parts->family)) + ")";
    model.zerosForEmptyNegative = parts->family == ModelFamily::SdXl;
    model.modelHash = file->headerSha256();
    if (parts->family == ModelFamily::Sd2 && !parts->declaresVPrediction)
        model.notes.push_back(
            "A single file of Stable Diffusion 2 does not say what its network predicts: v_prediction "
            "at 768 pixels is assumed; base models of 512 pixels need prediction epsilon.");
    if (!parts->unusedTensors.empty())
        model.notes.push_back(std::to_string(parts->unusedTensors.size()) +
                              " tensors of the file belong to no component and are not used, the first is " +
                              quotedName(parts->unusedTensors.front()) + ".");
    return model;
}

} // namespace

Result<Checkpoint> openCheckpoint(const fs::path& path)
{
    Result<fs::path> found = modelInside(path);
    if (!found)
        return tl::unexpected(found.error());
    Result<ModelLayout> layout = detectLayout(*found);
    if (!layout)
        return tl::unexpected(layout.error());
    return *layout == ModelLayout::DiffusersFolder ? openFolder(*found) : openSingleFile(*found);
}

} // namespace unfog
