#include "benchmarks/benchmark_cases.h"

#include <iostream>
#include <map>
#include <memory>
#include <stdexcept>

#include "networks/autoencoder/autoencoder.h"
#include "networks/clip/clip_text_encoder.h"
#include "networks/unet/unet.h"
#include "pipeline/families/stable_diffusion/loaded_model.h"
#include "weights/files/tensor_io.h"
#include "weights/parameters/random_parameters.h"
#include "weights/parameters/stored_parameters.h"

namespace unfog::benchmarks {

namespace {

namespace fs = std::filesystem;

template <typename Value>
Value orThrow(Result<Value> result)
{
    if (!result)
        throw std::runtime_error(result.error().message);
    return std::move(*result);
}

void orThrow(Result<void> result)
{
    if (!result)
        throw std::runtime_error(result.error().message);
}

/// Hands out what another source has, in float16, and remembers it.
class Remembering final : public ParameterSource {
public:
    at::Tensor tensor(const std::string& name, at::IntArrayRef shape) override
    {
        return tensors[name] = m_source.tensor(name, shape);
    }
    bool has(const std::string& name) const override { return m_source.has(name); }

    std::map<std::string, at::Tensor> tensors;

private:
    RandomParameters m_source{1, at::kHalf, at::kCPU};
};

template <typename Network, typename Config>
void writeRandom(const fs::path& file, const Config& config)
{
    if (fs::exists(file))
        return;
    Remembering source;
    const Network parameterRequestPass(config, Parameters(source));
    const fs::path unfinished = file.string() + ".part";
    orThrow(writeTensors(unfinished, source.tensors));
    fs::rename(unfinished, file);
}

template <typename Network, typename Config>
std::unique_ptr<Network> load(const fs::path& file, const Config& config, const BenchmarkOptions& options)
{
    StoredParameters source(orThrow(TensorStore::open(file)), file.stem().string(), options.dtype,
                            options.device);
    if (options.device.is_cpu() && options.dtype == at::kFloat)
        source.keepNarrow();
    auto network = std::make_unique<Network>(config, Parameters(source));
    orThrow(source.finish());
    return network;
}

BenchmarkCase loadCase(const BenchmarkOptions& options)
{
    return {"load/sd15_float16", [options] {
                const fs::path folder = options.folder;
                fs::create_directories(folder);
                writeRandom<ClipTextEncoder>(folder / "text_encoder.safetensors", ClipTextConfig());
                writeRandom<UNet>(folder / "unet.safetensors", stableDiffusion15());
                writeRandom<Autoencoder>(folder / "vae.safetensors", VaeConfig());
                return [options, folder] {
                    const auto text =
                        load<ClipTextEncoder>(folder / "text_encoder.safetensors", ClipTextConfig(), options);
                    const auto unet = load<UNet>(folder / "unet.safetensors", stableDiffusion15(), options);
                    const auto vae = load<Autoencoder>(folder / "vae.safetensors", VaeConfig(), options);
                };
            }};
}

void addModelCases(const BenchmarkOptions& options, std::vector<BenchmarkCase>& cases)
{
    const ComputeTarget target = {options.device, options.dtype};
    const auto loaded = [options, target] { return orThrow(loadModel(options.model, {}, target, {}, {})); };
    const auto held = std::make_shared<std::shared_ptr<LoadedModel>>();
    const auto model = [loaded, held]() -> const LoadedModel& {
        if (!*held)
            *held = loaded();
        return **held;
    };
    cases.push_back({"model/load", [loaded] { return [loaded] { loaded(); }; }});
    cases.push_back(
        {"model/guided_step", [model, options] {
             const LoadedModel& m = model();
             const int64_t rows = 2 * options.batch, side = m.nativeWidthPx / m.latentDownscale();
             const auto tensor = at::device(options.device).dtype(options.computedIn());
             const at::Tensor sample = at::randn({rows, m.latentChannels(), side, side}).to(tensor);
             const at::Tensor timesteps = at::full({rows}, 500.0).to(options.device);
             const UNetConfig& config = m.files.unetConfig;
             const int64_t tokens = m.towers.front().tokenizer.maxLength();
             const PreparedConditioning text = m.unet->prepare(
                 {at::randn({rows, tokens, config.crossAttentionFeatures}).to(tensor), {}, {}});
             return [&m, sample, timesteps, text] {
                 m.unet->forward(sample, timesteps, text).flatten()[0].item<float>();
             };
         }});
    cases.push_back({"model/decode", [model, options] {
                         const LoadedModel& m = model();
                         const int64_t side = m.nativeWidthPx / m.latentDownscale();
                         const at::Tensor latent = at::randn({options.batch, m.latentChannels(), side, side})
                                                       .to(options.device, options.computedIn());
                         return [&m, latent] { m.autoencoder->decode(latent).flatten()[0].item<float>(); };
                     }});
}

} // namespace

std::vector<BenchmarkCase> modelCases(const BenchmarkOptions& options)
{
    std::vector<BenchmarkCase> cases;
    if (!options.folder.empty())
        cases.push_back(loadCase(options));
    if (!options.model.empty())
        addModelCases(options, cases);
    return cases;
}

} // namespace unfog::benchmarks
