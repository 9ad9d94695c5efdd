#include "benchmarks/benchmark_cases.h"

#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>

#include "networks/autoencoder/autoencoder.h"
#include "networks/clip/clip_text_encoder.h"
#include "networks/unet/unet.h"
#include "weights/parameters/random_parameters.h"

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

constexpr const char* xlUnetJson = R"({
    "_class_name": "UNet2DConditionModel",
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "attention_head_dim": [5, 10, 20],
    "block_out_channels": [320, 640, 1280],
    "cross_attention_dim": 2048,
    "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
    "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
    "layers_per_block": 2,
    "projection_class_embeddings_input_dim": 2816,
    "sample_size": 128,
    "transformer_layers_per_block": [1, 2, 10],
    "use_linear_projection": true
})";

struct Layout {
    UNetConfig unet = stableDiffusion15();
    VaeConfig vae;
    ClipTextConfig text;
};

template <typename Config>
Config orThrow(Result<Config> config)
{
    if (!config)
        throw std::runtime_error(config.error().message);
    return std::move(*config);
}

std::string textOf(const std::filesystem::path& file)
{
    std::ifstream in(file, std::ios::binary);
    if (!in)
        throw std::runtime_error("--layout: " + file.string() +
                                 " cannot be read; expected sd15, xl or a model folder");
    return {std::istreambuf_iterator<char>(in), {}};
}

Layout layoutNamed(const std::string& name)
{
    Layout layout;
    if (name == "sd15")
        return layout;
    if (name == "xl") {
        layout.unet = orThrow(UNetConfig::parse(xlUnetJson));
        return layout;
    }
    const std::filesystem::path folder = name;
    layout.unet = orThrow(UNetConfig::parse(textOf(folder / "unet/config.json")));
    layout.vae = orThrow(VaeConfig::parse(textOf(folder / "vae/config.json")));
    layout.text = orThrow(ClipTextConfig::parse(textOf(folder / "text_encoder/config.json")));
    return layout;
}

/// Each network on first use.
class Networks final {
public:
    explicit Networks(const BenchmarkOptions& options)
        : m_layout(layoutNamed(options.layout)), m_parameters(1, options.dtype, options.device),
          m_options(at::device(options.device).dtype(options.computedIn()))
    {
    }

    const ClipTextEncoder& textEncoder() { return get(m_textEncoder, m_layout.text); }
    const UNet& unet() { return get(m_unet, m_layout.unet); }
    const Autoencoder& autoencoder() { return get(m_autoencoder, m_layout.vae); }
    const Layout& layout() const { return m_layout; }
    at::TensorOptions options() const { return m_options; }

private:
    template <typename Network, typename Config>
    const Network& get(std::unique_ptr<Network>& network, const Config& config)
    {
        if (!network)
            network = std::make_unique<Network>(config, Parameters(m_parameters));
        return *network;
    }

    const Layout m_layout;
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
    cases.push_back({"network/text_encoding", [networks] {
                         const at::Tensor ids = at::randint(networks->layout().text.vocabulary,
                                                            {2, networks->layout().text.positions}, at::kLong)
                                                    .to(networks->options().device());
                         return std::function<void()>([networks, ids, &encoder = networks->textEncoder()] {
                             waitFor(encoder.encode(ids).lastHidden);
                         });
                     }});
    for (const int64_t side : options.sidesPx) {
        cases.push_back(
            {"network/guided_step/" + std::to_string(side), [networks, side, batch = options.batch] {
                 const UNet& unet = networks->unet();
                 const UNetConfig& config = networks->layout().unet;
                 const int64_t latentSide = side / networks->layout().vae.scale();
                 const at::Tensor sample =
                     randomInput({2 * batch, config.inChannels, latentSide, latentSide}, networks->options());
                 const at::Tensor timesteps = at::full({2 * batch}, 500.0).to(networks->options().device());
                 const bool isXl = config.textTimeEmbedding;
                 const PreparedConditioning text =
                     unet.prepare({randomInput({2 * batch, networks->layout().text.positions,
                                                config.crossAttentionFeatures},
                                               networks->options()),
                                   isXl ? randomInput({2 * batch, 1280}, networks->options()) : at::Tensor(),
                                   isXl ? at::full({2 * batch, 6}, 1024.0).to(networks->options().device())
                                        : at::Tensor()});
                 return std::function<void()>([networks, &unet, sample, timesteps, text] {
                     waitFor(unet.forward(sample, timesteps, text));
                 });
             }});
        cases.push_back({"network/decode/" + std::to_string(side), [networks, side, batch = options.batch] {
                             const int64_t latentSide = side / networks->layout().vae.scale();
                             const at::Tensor latent = randomInput(
                                 {batch, networks->layout().vae.latentChannels, latentSide, latentSide},
                                 networks->options());
                             return std::function<void()>([networks, latent, &vae = networks->autoencoder()] {
                                 waitFor(vae.decode(latent));
                             });
                         }});
    }
    return cases;
}

} // namespace unfog::benchmarks
