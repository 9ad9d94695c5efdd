#include "trainer/networks/model_folder.h"

#include <array>
#include <set>

#include "base/files/read_file.h"
#include "base/files/write_file.h"
#include "tokenizer/clip_tokenizer.h"
#include "trainer/data/picture_tensors.h"
#include "trainer/networks/component_folder.h"
#include "trainer/networks/model_configs.h"
#include "trainer/training/bpe_trainer.h"
#include "weights/files/tensor_io.h"
#include "weights/parameters/stored_parameters.h"

namespace unfog {

namespace {

namespace fs = std::filesystem;

constexpr const char* unetPrefix = "unet.";
constexpr const char* textPrefix = "text_encoder.";
constexpr const char* weightsBaseName = "diffusion_pytorch_model";

Result<void> copyFolder(const fs::path& from, const fs::path& to)
{
    if (auto made = makeFolder(to); !made)
        return made;
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(from, error))
        if (entry.is_regular_file(error))
            if (!fs::copy_file(entry.path(), to / entry.path().filename(),
                               fs::copy_options::overwrite_existing, error))
                break;
    if (error)
        return fail(ErrorKind::Io,
                    from.string() + " cannot be copied to " + to.string() + ": " + error.message());
    return {};
}

Result<std::vector<std::string>> captionsOf(const PictureSource& source, int wanted)
{
    constexpr std::uint64_t wordings = 4;
    const std::uint64_t pictures =
        source.size() == 0 ? static_cast<std::uint64_t>(wanted) / wordings : source.size();
    std::vector<std::string> captions;
    for (std::uint64_t index = 0; index < pictures; ++index)
        for (std::uint64_t wording = 0; wording < wordings; ++wording) {
            auto caption = source.caption(index, wording);
            if (!caption)
                return tl::unexpected(caption.error());
            captions.push_back(std::move(*caption));
        }
    return captions;
}

Result<void> writeConfigs(const fs::path& folder, const NewModel& model, std::int64_t startToken)
{
    for (const char* part : {"unet", "text_encoder", "scheduler"})
        if (auto made = makeFolder(folder / part); !made)
            return made;
    const std::array<std::pair<fs::path, std::string>, 4> files = {{
        {folder / "unet" / "config.json", unetConfigJson(model.unet).dump(2) + "\n"},
        {folder / "text_encoder" / "config.json", textConfigJson(model.text, startToken).dump(2) + "\n"},
        {folder / "scheduler" / "scheduler_config.json", model.schedulerJson},
        // Last: it marks the folder as made.
        {folder / "model_index.json", modelIndexJson().dump(2) + "\n"},
    }};
    for (const auto& [file, text] : files)
        if (auto written = writeTextAtomically(file, text); !written)
            return written;
    return {};
}

} // namespace

Result<void> makeModelFolder(const fs::path& folder, NewModel model, const PictureSource& source,
                             std::int64_t sidePx)
{
    const auto captions = captionsOf(source, model.vocabularyCaptions);
    if (!captions)
        return tl::unexpected(captions.error());
    BpeOptions options;
    options.maxEntries = model.vocabularyEntries;
    options.maxPositions = static_cast<int>(model.text.positions);
    const auto vocabulary = learnBytePairs(*captions, options);
    if (!vocabulary)
        return tl::unexpected(vocabulary.error());
    if (auto written = writeTokenizer(folder / "tokenizer", *vocabulary, options); !written)
        return written;
    const auto tokenizer = ClipTokenizer::load(folder / "tokenizer");
    if (!tokenizer)
        return tl::unexpected(tokenizer.error());
    model.text.vocabulary = tokenizer->idLimit();
    model.text.endToken = tokenizer->endId();

    if (auto copied = copyFolder(model.autoencoder, folder / "vae"); !copied)
        return copied;
    const auto vaeJson = readTextFile(folder / "vae" / "config.json");
    if (!vaeJson)
        return tl::unexpected(vaeJson.error());
    const auto vae = VaeConfig::parse(*vaeJson, (folder / "vae" / "config.json").string());
    if (!vae)
        return tl::unexpected(vae.error());
    model.unet.inChannels = model.unet.outChannels = vae->latentChannels;
    model.unet.crossAttentionFeatures = model.text.features;
    model.unet.sampleSize = sidePx / vae->scale();
    return writeConfigs(folder, model, tokenizer->startId());
}

Result<void> copyModelFolder(const fs::path& folder, const fs::path& model)
{
    for (const char* part : {"tokenizer", "scheduler", "vae"})
        if (auto copied = copyFolder(model / part, folder / part); !copied)
            return copied;
    for (const char* file : {"unet/config.json", "text_encoder/config.json", "model_index.json"}) {
        const auto text = readTextFile(model / file);
        if (!text)
            return tl::unexpected(text.error());
        if (auto made = makeFolder((folder / file).parent_path()); !made)
            return made;
        if (auto written = writeTextAtomically(folder / file, *text); !written)
            return written;
    }
    return {};
}

Result<ModelDesign> readModelDesign(const fs::path& folder)
{
    std::array<std::string, 4> texts;
    const std::array<fs::path, 4> files = {
        folder / "unet" / "config.json", folder / "text_encoder" / "config.json",
        folder / "vae" / "config.json", folder / "scheduler" / "scheduler_config.json"};
    for (std::size_t i = 0; i < files.size(); ++i) {
        auto text = readTextFile(files[i]);
        if (!text)
            return tl::unexpected(text.error());
        texts[i] = std::move(*text);
    }
    const auto unet = UNetConfig::parse(texts[0], files[0].string());
    if (!unet)
        return tl::unexpected(unet.error());
    const auto text = ClipTextConfig::parse(texts[1], files[1].string());
    if (!text)
        return tl::unexpected(text.error());
    const auto vae = VaeConfig::parse(texts[2], files[2].string());
    if (!vae)
        return tl::unexpected(vae.error());
    return ModelDesign{*unet, *text, *vae, texts[0], texts[1], texts[3]};
}

Result<std::unique_ptr<Autoencoder>> loadAutoencoder(const fs::path& folder, const VaeConfig& config,
                                                     at::Device device)
{
    const auto store = TensorStore::openComponent(folder, weightsBaseName);
    if (!store)
        return tl::unexpected(store.error());
    StoredParameters parameters(*store, "vae", at::kFloat, device);
    auto autoencoder = std::make_unique<Autoencoder>(config, Parameters(parameters));
    if (auto complete = parameters.finish(); !complete)
        return tl::unexpected(complete.error());
    return autoencoder;
}

Result<void> writeModel(const fs::path& folder, const fs::path& output, const fs::path& autoencoder,
                        const std::map<std::string, at::Tensor>& weights, at::ScalarType dtype)
{
    const auto design = readModelDesign(folder);
    if (!design)
        return tl::unexpected(design.error());
    const auto vaeJson = readTextFile(autoencoder / "config.json");
    if (!vaeJson)
        return tl::unexpected(vaeJson.error());
    const auto vaeConfig = VaeConfig::parse(*vaeJson, (autoencoder / "config.json").string());
    if (!vaeConfig)
        return tl::unexpected(vaeConfig.error());
    if (vaeConfig->scalingFactor != design->vae.scalingFactor ||
        vaeConfig->latentChannels != design->vae.latentChannels || vaeConfig->scale() != design->vae.scale())
        return fail(ErrorKind::InvalidRequest, autoencoder.string() +
                                                   " has other latents than the model was "
                                                   "trained on: scaling factor " +
                                                   std::to_string(vaeConfig->scalingFactor) + ", expected " +
                                                   std::to_string(design->vae.scalingFactor) + ".");
    const auto store = TensorStore::openComponent(autoencoder, weightsBaseName);
    if (!store)
        return tl::unexpected(store.error());
    std::map<std::string, at::Tensor> vae;
    for (const auto& [name, stored] : store->tensors()) {
        auto values = readTensor(stored);
        if (!values)
            return tl::unexpected(values.error());
        vae.emplace(name, std::move(*values));
    }
    std::error_code ignored;
    if (!fs::equivalent(folder, output, ignored)) {
        for (const char* part : {"tokenizer", "scheduler"})
            if (auto copied = copyFolder(folder / part, output / part); !copied)
                return copied;
        const auto index = readTextFile(folder / "model_index.json");
        if (!index)
            return tl::unexpected(index.error());
        if (auto written = writeTextAtomically(output / "model_index.json", *index); !written)
            return written;
    }
    if (auto written = writeComponent(output / "vae", *vaeJson, weightsBaseName, vae, dtype); !written)
        return written;
    if (auto written = writeComponent(output / "text_encoder", design->textJson, "model",
                                      withoutPrefix(weights, textPrefix), dtype);
        !written)
        return written;
    return writeComponent(output / "unet", design->unetJson, weightsBaseName,
                          withoutPrefix(weights, unetPrefix), dtype);
}

struct ModelWeights::Parts {
    StoredParameters unet;
    StoredParameters text;

    std::pair<StoredParameters*, std::string> find(const std::string& name)
    {
        if (name.starts_with(unetPrefix))
            return {&unet, name.substr(std::string(unetPrefix).size())};
        TORCH_CHECK(name.starts_with(textPrefix), name, " belongs to neither network");
        return {&text, name.substr(std::string(textPrefix).size())};
    }
};

ModelWeights::ModelWeights(const ModelFiles& files)
    : m_parts(new Parts{{files.checkpoint.unet.store, "unet", at::kFloat, at::kCPU},
                        {files.checkpoint.textEncoder.store, "text_encoder", at::kFloat, at::kCPU}})
{
}

ModelWeights::~ModelWeights() = default;

at::Tensor ModelWeights::tensor(const std::string& name, at::IntArrayRef shape)
{
    const auto [source, inner] = m_parts->find(name);
    return source->tensor(inner, shape);
}

bool ModelWeights::has(const std::string& name) const
{
    const auto [source, inner] = m_parts->find(name);
    return source->has(inner);
}

Result<void> ModelWeights::finish() const
{
    if (auto unet = m_parts->unet.finish(); !unet)
        return unet;
    return m_parts->text.finish();
}

} // namespace unfog
