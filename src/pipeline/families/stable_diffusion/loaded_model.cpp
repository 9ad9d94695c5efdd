#include "pipeline/families/stable_diffusion/loaded_model.h"

#include <optional>

#include "base/files/read_file.h"
#include "base/stop.h"
#include "pipeline/families/stable_diffusion/find_tokenizer.h"
#include "weights/parameters/stored_parameters.h"
#include "weights/parameters/streamed_parameters.h"

namespace unfog {

namespace {

bool keepsNarrow(const ComputeTarget& target)
{
    return target.device.is_cpu() && target.dtype == at::kFloat;
}

/// Builds one network from its part of the checkpoint, and tells what its file lacks or has too much.
template <class Network, class Config>
Result<std::unique_ptr<Network>> loadNetwork(const Config& config, const CheckpointPart& part,
                                             const std::string& component, const ComputeTarget& target,
                                             std::vector<std::string>* notes)
{
    StoredParameters parameters(part.store, component, target.dtype, target.device);
    if (keepsNarrow(target))
        parameters.keepNarrow();
    auto network = std::make_unique<Network>(config, Parameters(parameters));
    if (auto complete = parameters.finish(); !complete)
        return tl::unexpected(complete.error());
    if (const auto note = parameters.unexpectedNote(); note && notes)
        notes->push_back(*note);
    return network;
}

Result<std::unique_ptr<UNet>> streamUnet(const ModelFiles& files, const ComputeTarget& target,
                                         std::vector<std::string>& notes)
{
    auto source = std::make_unique<StreamedParameters>(files.checkpoint.unet.store, "unet", target.dtype,
                                                       target.device, keepsNarrow(target));
    StreamedParameters& parameters = *source;
    auto unet = std::make_unique<UNet>(files.unetConfig, std::move(source));
    if (auto complete = parameters.finish(); !complete)
        return tl::unexpected(complete.error());
    if (const auto note = parameters.unexpectedNote())
        notes.push_back(*note);
    return unet;
}

Result<std::unique_ptr<ClipTextEncoder>> loadTextEncoder(const ModelFiles& files, std::size_t tower,
                                                         const ComputeTarget& target,
                                                         std::vector<std::string>* notes)
{
    const Checkpoint& checkpoint = files.checkpoint;
    return loadNetwork<ClipTextEncoder>(files.textConfigs[tower],
                                        tower == 0 ? checkpoint.textEncoder : *checkpoint.textEncoder2,
                                        tower == 0 ? "text_encoder" : "text_encoder_2", target, notes);
}

/// The model's own unfog.json, where its folder has one.
void readGuide(const std::filesystem::path& path, LoadedModel& model)
{
    const std::filesystem::path file = path / "unfog.json";
    std::error_code error;
    if (!std::filesystem::exists(file, error))
        return;
    const auto text = readTextFile(file);
    auto guide = text ? parseModelGuide(*text) : Result<ModelGuide>(tl::unexpected(text.error()));
    if (guide)
        model.guide = std::move(*guide);
    else
        model.notes.push_back(file.string() + " is not used: " + guide.error().message);
}

/// The latent side that the model was trained at. A single file does not say it: where the folder that lends
/// its vocabulary holds the same network otherwise, its word counts; else that of the family's published
/// model stands in.
std::optional<int64_t> trainedLatentSide(const ModelFiles& files, const std::filesystem::path& lender)
{
    const std::optional<int64_t> own = files.unetConfig.sampleSize;
    if (files.checkpoint.layout != ModelLayout::SingleFile || lender.empty())
        return own;
    const auto neighbour = openModel(lender.parent_path());
    if (!neighbour)
        return own;
    UNetConfig same = neighbour->unetConfig;
    same.sampleSize = own;
    return same == files.unetConfig ? neighbour->unetConfig.sampleSize : own;
}

} // namespace

Result<std::vector<std::shared_ptr<const ClipTextEncoder>>> textEncoders(const LoadedModel& model)
{
    std::vector<std::shared_ptr<const ClipTextEncoder>> encoders;
    for (std::size_t i = 0; i < model.towers.size(); ++i) {
        if (const ClipTextEncoder* const held = model.towers[i].encoder.get()) {
            encoders.emplace_back(std::shared_ptr<const void>(), held);
            continue;
        }
        auto loaded =
            loadTextEncoder(model.files, i, encoderTarget(model.target, model.memoryStage), nullptr);
        if (!loaded)
            return tl::unexpected(loaded.error());
        encoders.push_back(std::move(*loaded));
    }
    return encoders;
}

Result<std::unique_ptr<Autoencoder>> loadAutoencoder(const ModelFiles& files, const ComputeTarget& target)
{
    return loadNetwork<Autoencoder>(files.vaeConfig, files.checkpoint.vae, "vae", target, nullptr);
}

Result<std::unique_ptr<LoadedModel>> loadModel(const std::filesystem::path& path,
                                               const std::filesystem::path& tokenizer,
                                               const ComputeTarget& target,
                                               const std::function<void(double)>& progress,
                                               const std::stop_token& stop, MemoryStage stage)
{
    const auto reached = [&](double fraction) {
        if (progress)
            progress(fraction);
        stopIfAsked(stop);
    };
    reached(0.0);
    auto files = openModel(path);
    if (!files)
        return tl::unexpected(files.error());
    auto tokenizers = findTokenizers(*files, tokenizer);
    if (!tokenizers)
        return failFor(tokenizers, ErrorCause::Tokenizer, tokenizer.string());

    auto model = std::make_unique<LoadedModel>();
    model->files = std::move(*files);
    model->target = target;
    model->memoryStage = stage;
    model->autoencoderTarget = autoencoderTarget(model->files, target);
    model->notes = model->files.checkpoint.notes;
    model->notes.insert(model->notes.end(), tokenizers->notes.begin(), tokenizers->notes.end());
    const Checkpoint& checkpoint = model->files.checkpoint;
    readGuide(checkpoint.path, *model);

    for (std::size_t i = 0; i < model->files.textConfigs.size(); ++i) {
        if (stage >= MemoryStage::EncodersAway) {
            model->towers.push_back({std::move(tokenizers->tokenizers[i]), nullptr});
            continue;
        }
        auto encoder = loadTextEncoder(model->files, i, target, &model->notes);
        if (!encoder)
            return tl::unexpected(encoder.error());
        model->towers.push_back({std::move(tokenizers->tokenizers[i]), std::move(*encoder)});
    }
    reached(0.15);
    auto unet =
        stage == MemoryStage::StreamedUnet
            ? streamUnet(model->files, target, model->notes)
            : loadNetwork<UNet>(model->files.unetConfig, checkpoint.unet, "unet", target, &model->notes);
    if (!unet)
        return tl::unexpected(unet.error());
    model->unet = std::move(*unet);
    reached(0.9);
    auto autoencoder = loadNetwork<Autoencoder>(model->files.vaeConfig, checkpoint.vae, "vae",
                                                model->autoencoderTarget, &model->notes);
    if (!autoencoder)
        return tl::unexpected(autoencoder.error());
    model->autoencoder = std::move(*autoencoder);
    if (const auto side = trainedLatentSide(model->files, tokenizers->lender)) {
        model->nativeWidthPx = static_cast<int>(*side * model->files.vaeConfig.scale());
        model->nativeHeightPx = model->nativeWidthPx;
    }
    reached(1.0);
    return model;
}

} // namespace unfog
