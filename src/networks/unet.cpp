#include "networks/unet.h"

#include <cmath>

#include "networks/stop.h"
#include "networks/tensor_ops.h"

namespace unfog {

namespace {

constexpr int64_t sizeNumbers = 6;

std::vector<UNetDownBlock> downBlocks(const UNetConfig& config, std::size_t& layerCounter,
                                      const Parameters& parameters)
{
    std::vector<UNetDownBlock> blocks;
    for (std::size_t level = 0; level < config.levels.size(); ++level)
        blocks.emplace_back(config, level, layerCounter,
                            parameters / "down_blocks" / static_cast<int>(level));
    return blocks;
}

std::vector<UNetUpBlock> upBlocks(const UNetConfig& config, std::size_t& layerCounter,
                                  const Parameters& parameters)
{
    std::vector<UNetUpBlock> blocks;
    const std::size_t count = config.levels.size();
    for (std::size_t i = 0; i < count; ++i)
        blocks.emplace_back(config, count - 1 - i, layerCounter,
                            parameters / "up_blocks" / static_cast<int>(i));
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
    : m_config(config),
      m_convIn(parameters / "conv_in", config.inChannels, config.levels.front().channels, 3, 1, 1),
      m_timeEmbedding(parameters / "time_embedding", config.levels.front().channels,
                      config.timeEmbeddingFeatures),
      m_down(downBlocks(config, m_crossAttentions, parameters)),
      m_middle(config, m_crossAttentions, parameters / "mid_block"),
      m_up(upBlocks(config, m_crossAttentions, parameters)),
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
    for (const UNetDownBlock& block : m_down)
        block.prepare(text, prepared);
    m_middle.prepare(text, prepared);
    for (const UNetUpBlock& block : m_up)
        block.prepare(text, prepared);
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
    for (const UNetDownBlock& block : m_down)
        x = block(x, context, skips);
    x = m_middle(x, context);
    for (const UNetUpBlock& block : m_up)
        x = block(x, context, skips);
    stopIfAsked(stop);
    return m_convOut(m_normOut(x, Activation::Silu));
}

at::Tensor UNet::forward(const at::Tensor& sample, const at::Tensor& timesteps,
                         const TextConditioning& conditioning, const std::stop_token& stop) const
{
    stopIfAsked(stop);
    return forward(sample, timesteps, prepare(conditioning), stop);
}

} // namespace unfog
