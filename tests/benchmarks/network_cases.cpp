#include "benchmarks/benchmark_cases.h"

#include <memory>
#include <stdexcept>

#include "networks/autoencoder.h"
#include "networks/clip_text_encoder.h"
#include "networks/unet.h"
#include "weights/random_parameters.h"

namespace unfog::benchmarks {

namespace {

constexpr const char* unetJson = R"({
    "_class_name": "UNet2DConditionModel",
    "attention_head_dim": 8,
    "block_out_channels": [320, 640, 1280, 1280],
    "cross_attention_dim": 768,
    "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
    "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"],
    "layers_per_block": 2,
    "sample_size": 64
})";

/// Each network on first use.
class Networks final {
public:
    explicit Networks(const BenchmarkOptions& options)
        : m_parameters(1, options.dtype, options.device),
          m_options(at::device(options.device).dtype(options.computedIn()))
    {
    }

    const ClipTextEncoder& textEncoder() { return get(m_textEncoder, ClipTextConfig()); }
    const UNet& unet() { return get(m_unet, stableDiffusion15()); }
    const Autoencoder& autoencoder() { return get(m_autoencoder, VaeConfig()); }
    at::TensorOptions options() const { return m_options; }

private:
    template <typename Network, typename Config>
    const Network& get(std::unique_ptr<Network>& network, const Config& config)
    {
        if (!network)
            network = std::make_unique<Network>(config, Parameters(m_parameters));
        return *network;
    }

    RandomParameters m_parameters;
    at::TensorOptions m_options;
    std::unique_ptr<ClipTextEncoder> m_textEncoder;
    std::unique_ptr<UNet> m_unet;
    std::unique_ptr<Autoencoder> m_autoencoder;
};

/// So that a clock sees the end of what a GPU was told to do.
void waitFor(const at::Tensor& result)
{
    result.flatten()[0].item<float>();
}

at::Tensor randomInput(at::IntArrayRef shape, const at::TensorOptions& options)
{
    return at::randn(shape, at::kFloat).to(options);
}

} // namespace

UNetConfig stableDiffusion15()
{
    const Result<UNetConfig> config = UNetConfig::parse(unetJson);
    if (!config)
        throw std::logic_error(config.error().message);
    return *config;
}

std::vector<BenchmarkCase> networkCases(const BenchmarkOptions& options)
{
    const auto networks = std::make_shared<Networks>(options);
    std::vector<BenchmarkCase> cases;
    cases.push_back(
        {"network/text_encoding", [networks] {
             const at::Tensor ids = at::randint(49406, {2, 77}, at::kLong).to(networks->options().device());
             return std::function<void()>([networks, ids, &encoder = networks->textEncoder()] {
                 waitFor(encoder.encode(ids).lastHidden);
             });
         }});
    for (const int64_t side : options.sidesPx) {
        cases.push_back(
            {"network/guided_step/" + std::to_string(side), [networks, side, batch = options.batch] {
                 const UNet& unet = networks->unet();
                 const at::Tensor sample =
                     randomInput({2 * batch, 4, side / 8, side / 8}, networks->options());
                 const at::Tensor timesteps = at::full({2 * batch}, 500.0);
                 const PreparedConditioning text =
                     unet.prepare({randomInput({2 * batch, 77, 768}, networks->options()), {}, {}});
                 return std::function<void()>([networks, &unet, sample, timesteps, text] {
                     waitFor(unet.forward(sample, timesteps, text));
                 });
             }});
        cases.push_back(
            {"network/decode/" + std::to_string(side), [networks, side, batch = options.batch] {
                 const at::Tensor latent = randomInput({batch, 4, side / 8, side / 8}, networks->options());
                 return std::function<void()>(
                     [networks, latent, &vae = networks->autoencoder()] { waitFor(vae.decode(latent)); });
             }});
    }
    return cases;
}

} // namespace unfog::benchmarks
