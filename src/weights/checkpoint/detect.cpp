#include "weights/checkpoint/detect.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <utility>
#include <vector>

namespace unfog {
namespace {

bool hasUnder(const TensorStore& store, std::string_view prefix)
{
    auto found = store.tensors().lower_bound(prefix);
    return found != store.tensors().end() && found->first.starts_with(prefix);
}

bool hasPart(const TensorStore& store, std::string_view part)
{
    for (const auto& [name, tensor] : store.tensors())
        if (name.find(part) != std::string::npos)
            return true;
    return false;
}

std::string describeForeign(const TensorStore& store)
{
    constexpr std::array<std::pair<std::string_view, const char*>, 10> kKnown{{
        {"model.diffusion_model.joint_blocks.", "a Stable Diffusion 3 model"},
        {"model.diffusion_model.double_blocks.", "a Flux model"},
        {"double_blocks.", "a Flux model"},
        {"lora_", "a LoRA, not a complete model"},
        {"control_model.", "a ControlNet"},
        {"controlnet_", "a ControlNet"},
        {"down_blocks.", "the UNet alone"},
        {"decoder.conv_in.", "an autoencoder alone"},
        {"text_model.", "a text encoder alone"},
        {"emb_params", "a textual inversion embedding"},
    }};
    for (const auto& [prefix, what] : kKnown)
        if (hasUnder(store, prefix))
            return what;
    return hasPart(store, ".lora_") || hasPart(store, "lora_A") ? "a LoRA, not a complete model" : "";
}

} // namespace

std::string_view modelLayoutName(ModelLayout layout)
{
    return layout == ModelLayout::DiffusersFolder ? "diffusers folder" : "single file";
}

std::string_view modelFamilyName(ModelFamily family)
{
    switch (family) {
    case ModelFamily::Sd1:
        return "Stable Diffusion 1";
    case ModelFamily::Sd2:
        return "Stable Diffusion 2";
    case ModelFamily::SdXl:
        break;
    }
    return "Stable Diffusion XL";
}

Result<std::filesystem::path> modelInside(const std::filesystem::path& path)
{
    namespace fs = std::filesystem;
    std::error_code error;
    const fs::path snapshots = path / "snapshots";
    if (fs::exists(path / "model_index.json", error) || !fs::is_directory(snapshots, error))
        return path;
    if (std::ifstream main(path / "refs" / "main"); main) {
        std::string name;
        main >> name;
        if (!name.empty() && name.find('/') == std::string::npos && fs::is_directory(snapshots / name, error))
            return snapshots / name;
    }
    std::vector<fs::path> all;
    for (fs::directory_iterator entry(snapshots, error), end; !error && entry != end; entry.increment(error))
        if (entry->is_directory(error))
            all.push_back(entry->path());
    if (all.size() == 1)
        return all.front();
    std::sort(all.begin(), all.end());
    std::string list;
    for (const fs::path& one : all)
        list += (list.empty() ? "" : ", ") + one.filename().string();
    return fail(ErrorKind::BadFile,
                path.string() + " is a folder of the hub's cache with " +
                    (all.empty() ? "no model in snapshots"
                                 : "several models; choose one of the folders in snapshots: " + list));
}

Result<ModelLayout> detectLayout(const std::filesystem::path& path)
{
    std::error_code error;
    std::filesystem::file_status status = std::filesystem::status(path, error);
    if (status.type() == std::filesystem::file_type::not_found)
        return fail(ErrorKind::Io,
                    path.string() + " does not exist; expected a model folder or a .safetensors file");
    if (error)
        return fail(ErrorKind::Io, path.string() + " cannot be examined: " + error.message());
    if (std::filesystem::is_regular_file(status))
        return ModelLayout::SingleFile;
    if (!std::filesystem::is_directory(status))
        return fail(ErrorKind::BadFile,
                    path.string() +
                        " is neither a file nor a folder; expected a model folder or a .safetensors file");
    if (std::filesystem::exists(path / "model_index.json", error))
        return ModelLayout::DiffusersFolder;
    return fail(ErrorKind::BadFile,
                path.string() + " is not a model folder: expected model_index.json in it");
}

ModelFamily detectFamily(const TensorStore& unet)
{
    if (unet.has("add_embedding.linear_1.weight"))
        return ModelFamily::SdXl;
    for (const auto& [name, tensor] : unet.tensors())
        if (name.ends_with(".proj_in.weight"))
            return tensor.info->shape.size() == 2 ? ModelFamily::Sd2 : ModelFamily::Sd1;
    return ModelFamily::Sd1;
}

Result<ModelFamily> detectSingleFileFamily(const TensorStore& file)
{
    auto refuse = [&file](const std::string& reason) {
        return fail(ErrorKind::Unsupported, file.description() + " " + reason);
    };
    if (!hasUnder(file, "model.diffusion_model.input_blocks.")) {
        std::string what = describeForeign(file);
        return refuse(what.empty() ? "is not a Stable Diffusion checkpoint: it has no tensor under "
                                     "model.diffusion_model.input_blocks"
                                   : "is " + what + "; expected a whole Stable Diffusion checkpoint");
    }
    bool labels = hasUnder(file, "model.diffusion_model.label_emb.");
    if (labels && hasUnder(file, "conditioner.embedders.1.model."))
        return ModelFamily::SdXl;
    if (labels && hasUnder(file, "conditioner.embedders.0.model."))
        return refuse("is the refiner of Stable Diffusion XL; expected the base model");
    if (labels)
        return refuse("has a UNet with label embedding but not the text encoders of Stable Diffusion XL "
                      "(conditioner.embedders.0 and .1)");
    if (hasUnder(file, "cond_stage_model.transformer."))
        return ModelFamily::Sd1;
    if (hasUnder(file, "cond_stage_model.model."))
        return ModelFamily::Sd2;
    return refuse("has a UNet but no text encoder: expected tensors under cond_stage_model");
}

} // namespace unfog
