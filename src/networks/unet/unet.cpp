#include "networks/unet/unet.h"

#include <cmath>

#include "base/stop.h"
#include "networks/layers/tensor_ops.h"

namespace unfog {

namespace {

constexpr int64_t sizeNumbers = 6;

std::vector<NetworkPart<UNetDownBlock>> downBlocks(const UNetConfig& config, std::size_t& layerCounter,
                                                   const Parameters& parameters, Residence residence)
{
    std::vector<NetworkPart<UNetDownBlock>> blocks;
    for (std::size_t level = 0; level < config.levels.size(); ++level) {
        const Parameters own = parameters / "down_blocks" / static_cast<int>(level);
        blocks.emplace_back(
            [config, level, own](std::size_t& counter) { return UNetDownBlock(config, level, counter, own); },
            layerCounter, residence);
    }
    return blocks;
}

std::vector<NetworkPart<UNetUpBlock>> upBlocks(const UNetConfig& config, std::size_t& layerCounter,
                                               const Parameters& parameters, Residence residence)
{
    std::vector<NetworkPart<UNetUpBlock>> blocks;
    const std::size_t count = config.levels.size();
    for (std::size_t i = 0; i < count; ++i) {
        const Parameters own = parameters / "up_blocks" / static_cast<int>(i);
        blocks.emplace_back([config, level = count - 1 - i,
                             own](std::size_t& counter) { return UNetUpBlock(config, level, counter, own); },
                            layerCounter, residence);
    }
    return blocks;
}

} // namespace

at::Tensor sinusoidalEmbedding(const at::Tensor& t, int64_t features, bool cosineFirst, double shift)
{
    const int64_t half = features / 2;
    const at::Tensor index = at::arange(half, t.options().dtype(at::kFloat));
    const at::Tensor frequency = at::exp(index * (-std::log(10000.0)) / (static_cast<double>(half) - shift));
    const at::Tensor angle = t.to(at::kFloat).unsqueeze(1) * frequency.unsqueeze(0);
    const at::Tensor sine = at::sin(angle), cosine = at::cos(angle);
    return cosineFirst ? at::cat({cosine, sine}, 1) : at::cat({sine, cosine}, 1);
}

UNet::Embedding::Embedding(const Parameters& parameters, int64_t in, int64_t out)
    : first(parameters / "linear_1", in, out), second(parameters / "linear_2", out, out)
{
}

at::Tensor UNet::Embedding::operator()(const at::Tensor& x) const
{
    return second(at::silu(first(x)));
}

UNet::UNet(const UNetConfig& config, const Parameters& parameters)
    : UNet(config, parameters, Residence::Resident)
{
}

UNet::UNet(const UNetConfig& config, std::unique_ptr<ParameterSource> source)
    : UNet(config, Parameters(*source), Residence::Streamed)
{
    m_source = std::move(source);
}

UNet::UNet(const UNetConfig& config, const Parameters& parameters, Residence residence)
    : m_config(config),
      m_convIn(parameters / "conv_in", config.inChannels, config.levels.front().channels, 3, 1, 1),
      m_timeEmbedding(parameters / "time_embedding", config.levels.front().channels,
                      config.timeEmbeddingFeatures),
      m_down(downBlocks(config, m_crossAttentions, parameters, residence)),
      m_middle([config, own = parameters /
                              "mid_block"](std::size_t& counter) { return UNetMiddle(config, counter, own); },
               m_crossAttentions, residence),
      m_up(upBlocks(config, m_crossAttentions, parameters, residence)),
      m_normOut(parameters / "conv_norm_out", config.levels.front().channels, config.normGroups,
                config.normEps),
      m_convOut(parameters / "conv_out", config.levels.front().channels, config.outChannels, 3, 1, 1),
      m_options(m_normOut.weight.options())
{
    if (config.textTimeEmbedding)
        m_addedEmbedding.emplace(parameters / "add_embedding", config.additionInputFeatures,
                                 config.timeEmbeddingFeatures);
}

at::Tensor UNet::addedTimeEmbedding(const TextConditioning& conditioning) const
{
    const at::Tensor& ids = conditioning.timeIds;
    const int64_t batch = conditioning.hiddenStates.size(0);
    TORCH_CHECK(conditioning.textEmbeds.defined() && ids.defined(),
                "this UNet expects pooled text embeddings and size numbers; found none");
    TORCH_CHECK(ids.sizes() == at::IntArrayRef({batch, sizeNumbers}), "size numbers: expected [", batch, ", ",
                sizeNumbers, "], found ", ids.sizes());
    TORCH_CHECK(conditioning.textEmbeds.sizes() == at::IntArrayRef({batch, m_config.pooledTextFeatures()}),
                "pooled text embeddings: expected [", batch, ", ", m_config.pooledTextFeatures(), "], found ",
                conditioning.textEmbeds.sizes());
    const at::Tensor numbers = sinusoidalEmbedding(ids.flatten(), m_config.additionTimeFeatures,
                                                   m_config.flipSinToCos, m_config.freqShift)
                                   .reshape({batch, sizeNumbers * m_config.additionTimeFeatures});
    return (*m_addedEmbedding)(at::cat({conditioning.textEmbeds.to(m_options), numbers.to(m_options)}, 1));
}

PreparedConditioning UNet::prepare(const TextConditioning& conditioning) const
{
    const at::Tensor& hidden = conditioning.hiddenStates;
    TORCH_CHECK(hidden.dim() == 3 && hidden.size(2) == m_config.crossAttentionFeatures,
                "text hidden states: expected [batch, tokens, ", m_config.crossAttentionFeatures, "], found ",
                hidden.sizes());
    PreparedConditioning prepared;
    prepared.layers.resize(m_crossAttentions);
    const at::Tensor text = hidden.to(m_options);
    const auto prepareBlock = [&](const auto& block) { block.prepare(text, prepared); };
    for (const auto& part : m_down)
        part.with(prepareBlock);
    m_middle.with(prepareBlock);
    for (const auto& part : m_up)
        part.with(prepareBlock);
    if (m_addedEmbedding)
        prepared.addedTimeEmbedding = addedTimeEmbedding(conditioning);
    return prepared;
}

at::Tensor UNet::forward(const at::Tensor& sample, const at::Tensor& timesteps,
                         const PreparedConditioning& conditioning, const std::stop_token& stop) const
{
    TORCH_CHECK(sample.dim() == 4 && sample.size(1) == m_config.inChannels, "UNet sample: expected [batch, ",
                m_config.inChannels, ", height, width], found ", sample.sizes());
    TORCH_CHECK(timesteps.sizes() == at::IntArrayRef({sample.size(0)}), "UNet timesteps: expected [",
                sample.size(0), "], found ", timesteps.sizes());
    stopIfAsked(stop);
    at::Tensor time = m_timeEmbedding(sinusoidalEmbedding(timesteps.to(m_options.device()),
                                                          m_config.levels.front().channels,
                                                          m_config.flipSinToCos, m_config.freqShift)
                                          .to(m_options));
    if (m_addedEmbedding)
        time = time + conditioning.addedTimeEmbedding;
    const UNetContext context{at::silu(time), conditioning, stop};

    at::Tensor x = m_convIn(channelsLast(sample.to(m_options)));
    std::vector<at::Tensor> skips{x};
    const auto pass = [&](const auto& block) { return block(std::move(x), context, skips); };
    for (const auto& part : m_down)
        x = part.with(pass);
    x = m_middle.with([&](const UNetMiddle& block) { return block(std::move(x), context); });
    for (const auto& part : m_up)
        x = part.with(pass);
    stopIfAsked(stop);
    return m_convOut(m_normOut(std::move(x), Activation::Silu));
}

at::Tensor UNet::forward(const at::Tensor& sample, const at::Tensor& timesteps,
                         const TextConditioning& conditioning, const std::stop_token& stop) const
{
    stopIfAsked(stop);
    return forward(sample, timesteps, prepare(conditioning), stop);
}

} // namespace unfog
