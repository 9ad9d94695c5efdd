#include "pipeline/model/model_info.h"

#include <algorithm>
#include <map>
#include <set>

#include "diffusion/catalogue/scheduler_config.h"
#include "diffusion/catalogue/scheduler_registry.h"
#include "generation/interchange/sampler_names.h"
#include "pipeline/families/stable_diffusion/model_files.h"

namespace unfog {

namespace {

ModelPartInfo describePart(const std::string& name, const TensorStore& store)
{
    std::map<std::string, std::uint64_t> byDtype;
    for (const auto& [tensorName, tensor] : store.tensors())
        ++byDtype[std::string(dtypeName(tensor.info->dtype))];
    std::vector<std::pair<std::uint64_t, std::string>> ranked;
    ranked.reserve(byDtype.size());
    for (const auto& [dtype, count] : byDtype)
        ranked.emplace_back(count, dtype);
    std::sort(ranked.rbegin(), ranked.rend());
    ModelPartInfo part{name, store.valueCount(), {}};
    for (const auto& [count, dtype] : ranked)
        part.dtypes.push_back(dtype);
    return part;
}

} // namespace

Result<ModelInfo> describeModel(const std::filesystem::path& path)
{
    auto files = openModel(path);
    if (!files)
        return tl::unexpected(files.error());
    const Checkpoint& checkpoint = files->checkpoint;
    auto scheduler = SchedulerConfig::parse(checkpoint.schedulerConfigJson);
    std::string unknownScheduler;
    if (!scheduler && scheduler.error().kind == ErrorKind::Unsupported) {
        unknownScheduler = scheduler.error().message + "; choose another scheduler for it";
        scheduler = SchedulerConfig::parseAs(checkpoint.schedulerConfigJson, "DDIMScheduler");
        if (scheduler)
            scheduler->className = "unknown";
    }
    if (!scheduler)
        return tl::unexpected(scheduler.error());

    ModelInfo info;
    info.path = path.string();
    info.layout = modelLayoutName(checkpoint.layout);
    info.family = modelFamilyName(checkpoint.family);
    info.scheduler = scheduler->className;
    info.schedulerTitle = schedulerDisplayName(schedulerNameOf(*scheduler));
    info.prediction = scheduler->predictionType;
    info.latentChannels = static_cast<int>(files->vaeConfig.latentChannels);
    info.latentDownscale = static_cast<int>(files->vaeConfig.scale());
    info.nativeSizePx = static_cast<int>(files->unetConfig.sampleSize.value_or(64)) * info.latentDownscale;
    info.promptPositions = static_cast<int>(files->textConfigs.front().positions);
    info.textLayers = files->textLayers();
    info.modelHash = checkpoint.modelHash;
    info.notes = checkpoint.notes;
    if (!unknownScheduler.empty())
        info.notes.push_back(unknownScheduler);

    std::vector<std::pair<std::string, const TensorStore*>> parts = {
        {"text_encoder", &checkpoint.textEncoder.store},
        {"unet", &checkpoint.unet.store},
        {"vae", &checkpoint.vae.store}};
    if (checkpoint.textEncoder2)
        parts.insert(parts.begin() + 1, {"text_encoder_2", &checkpoint.textEncoder2->store});
    std::set<std::filesystem::path> counted;
    for (const auto& [name, store] : parts) {
        info.parts.push_back(describePart(name, *store));
        for (const auto& file : store->files()) {
            if (counted.insert(file->path()).second)
                info.fileBytes += file->fileBytes();
        }
    }
    return info;
}

} // namespace unfog
