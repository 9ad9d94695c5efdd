#include "pipeline/run/preview_fit.h"

#include <fstream>
#include <iterator>
#include <span>

#include "base/bounded_json.h"
#include "base/files/write_file.h"
#include "base/sha256.h"
#include "pipeline/run/image_noise.h"
#include "pipeline/run/latent_decoder.h"

namespace unfog {

namespace {

constexpr int kPictures = 5; ///< the last one is held out
constexpr int kSidePx = 128;
constexpr std::uint64_t kHashedTensorBytes =
    16384; ///< biases and norms: enough to tell one training from another

/// Smooth colours, a few flat discs and some grain: what latents of real pictures are made of. [1, 3, side,
/// side] in −1 … 1.
at::Tensor syntheticPicture(int index)
{
    SeededNoise coarse(1000 + static_cast<std::uint64_t>(index), {1, 3, 5, 5});
    SeededNoise places(2000 + static_cast<std::uint64_t>(index), {6, 6});
    SeededNoise grain(3000 + static_cast<std::uint64_t>(index), {1, 3, kSidePx, kSidePx});
    at::Tensor picture = at::upsample_bilinear2d(coarse.draw(), {kSidePx, kSidePx}, true) * 0.7;
    const at::Tensor axis = at::linspace(-1.0, 1.0, kSidePx);
    const at::Tensor discs = places.draw();
    for (int disc = 0; disc < discs.size(0); ++disc) {
        const at::Tensor of = discs[disc];
        const at::Tensor distance =
            (axis.unsqueeze(0) - of[0] * 0.5).square() + (axis.unsqueeze(1) - of[1] * 0.5).square();
        const at::Tensor inside = (distance < 0.05 + 0.05 * of[2].abs()).unsqueeze(0).unsqueeze(0);
        picture = at::where(inside, of.slice(0, 3).view({1, 3, 1, 1}).expand_as(picture), picture);
    }
    return (picture + 0.05 * grain.draw()).clamp(-1.0, 1.0);
}

/// Latent pixels as rows with a 1 behind, [pixels, channels + 1], and the colours they decode to, [pixels, 3]
/// in 0 … 1.
struct Samples {
    at::Tensor latents;
    at::Tensor colours;
};

Result<Samples> decodedSamples(const LoadedModel& model, int index, const std::stop_token& stop)
{
    auto latent = encodeToLatent(model, syntheticPicture(index), stop);
    if (!latent)
        return tl::unexpected(latent.error());
    auto decoded = decodeLatent(model, latent->to(model.target.device), false, stop);
    if (!decoded)
        return tl::unexpected(decoded.error());
    const int scale = model.latentDownscale();
    const at::Tensor colours = at::avg_pool2d((decoded->image / 2 + 0.5).clamp(0.0, 1.0), {scale, scale});
    const at::Tensor rows = latent->squeeze(0).flatten(1).t().to(at::kDouble);
    return Samples{at::cat({rows, at::ones({rows.size(0), 1}, at::kDouble)}, 1),
                   colours.squeeze(0).flatten(1).t().to(at::kDouble)};
}

// Names and shapes are alike in every autoencoder of a family: the values have to be looked at as well.
std::filesystem::path cacheFile(const LoadedModel& model, const std::filesystem::path& folder)
{
    Sha256 hash;
    for (const auto& [name, tensor] : model.files.checkpoint.vae.store.tensors()) {
        hash.update(std::as_bytes(std::span(name)));
        if (tensor.info->byteCount > kHashedTensorBytes)
            continue;
        if (const auto bytes = tensor.file->bytes(tensor.storedName)) // else the load has failed already
            hash.update(*bytes);
    }
    return folder / ("preview-" + hash.finishHex() + ".json");
}

std::optional<LatentRgbMap> readCache(const std::filesystem::path& file, const LoadedModel& model)
{
    std::ifstream stream(file);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    const nlohmann::json json = parseJson(text).value_or(nlohmann::json());
    if (!json.is_object() || !json.contains("coefficients") || !json["coefficients"].is_array())
        return std::nullopt;
    LatentRgbMap map;
    map.channels = model.latentChannels();
    map.upscale = model.latentDownscale();
    for (const nlohmann::json& value : json["coefficients"]) {
        if (!value.is_number())
            return std::nullopt;
        map.coefficients.push_back(value.get<float>());
    }
    if (const auto psnr = json.find("psnrDb"); psnr != json.end() && psnr->is_number())
        map.psnrDb = psnr->get<double>();
    if (map.coefficients.size() != std::size_t{3} * static_cast<std::size_t>(map.channels + 1))
        return std::nullopt;
    return map;
}

// A cache that cannot be written costs a second fit next time, nothing else.
void writeCache(const std::filesystem::path& file, const LatentRgbMap& map)
{
    if (makeFolder(file.parent_path()))
        (void)writeTextAtomically(
            file, nlohmann::json{{"coefficients", map.coefficients}, {"psnrDb", map.psnrDb}}.dump());
}

} // namespace

Result<LatentRgbMap> fitPreviewMap(const LoadedModel& model, const std::filesystem::path& cacheFolder,
                                   const std::stop_token& stop)
{
    if (!cacheFolder.empty()) {
        if (auto cached = readCache(cacheFile(model, cacheFolder), model))
            return *cached;
    }
    std::vector<at::Tensor> latents;
    std::vector<at::Tensor> colours;
    for (int i = 0; i < kPictures; ++i) {
        auto samples = decodedSamples(model, i, stop);
        if (!samples)
            return tl::unexpected(samples.error());
        latents.push_back(samples->latents);
        colours.push_back(samples->colours);
    }
    const at::Tensor heldLatents = latents.back();
    const at::Tensor heldColours = colours.back();
    latents.pop_back();
    colours.pop_back();
    const at::Tensor x = at::cat(latents);
    // a trace of ridge keeps an autoencoder with a dead channel solvable
    const at::Tensor normal = x.t().mm(x) + 1e-6 * at::eye(x.size(1), at::kDouble);
    const at::Tensor solution = at::linalg_solve(normal, x.t().mm(at::cat(colours)));

    LatentRgbMap map;
    map.channels = model.latentChannels();
    map.upscale = model.latentDownscale();
    const at::Tensor rows = solution.t().contiguous().to(at::kFloat);
    map.coefficients.assign(rows.data_ptr<float>(), rows.data_ptr<float>() + rows.numel());
    const double error =
        (heldLatents.mm(solution).clamp(0.0, 1.0) - heldColours).square().mean().item<double>();
    map.psnrDb = -10.0 * std::log10(std::max(error, 1e-12));
    if (!cacheFolder.empty())
        writeCache(cacheFile(model, cacheFolder), map);
    return map;
}

} // namespace unfog
