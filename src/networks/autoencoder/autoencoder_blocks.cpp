#include "networks/autoencoder/autoencoder_blocks.h"

#include "base/stop.h"
#include "networks/layers/tensor_ops.h"

namespace unfog {

namespace {

constexpr double eps = 1e-6;

ResnetShape resnetShape(const VaeConfig& config, int64_t in, int64_t out)
{
    return {in, out, config.normGroups, eps, 0};
}

Parameters either(const Parameters& parameters, const char* name, const char* formerName)
{
    return (parameters / formerName).has("weight") ? parameters / formerName : parameters / name;
}

} // namespace

PictureAttention::PictureAttention(int64_t channels, int64_t groups, const Parameters& parameters)
    : m_norm(parameters / "group_norm", channels, groups, eps),
      m_queryKeyValue({either(parameters, "to_q", "query"), either(parameters, "to_k", "key"),
                       either(parameters, "to_v", "value")},
                      channels, channels, true),
      m_out(either(parameters, "to_out.0", "proj_attn"), channels, channels)
{
}

at::Tensor PictureAttention::operator()(const at::Tensor& x) const
{
    const std::vector<at::Tensor> parts = m_queryKeyValue(tokensOf(m_norm(x)));
    const at::Tensor attended = attention(parts[0], parts[1], parts[2], 1);
    return pictureOf(m_out(attended, tokensOf(x)), x.size(2), x.size(3));
}

AutoencoderMiddle::AutoencoderMiddle(const VaeConfig& config, const Parameters& parameters)
    : m_first(resnetShape(config, config.channels.back(), config.channels.back()),
              parameters / "resnets" / 0),
      m_second(resnetShape(config, config.channels.back(), config.channels.back()),
               parameters / "resnets" / 1)
{
    if (config.midAttention)
        m_attention.emplace(config.channels.back(), config.normGroups, parameters / "attentions" / 0);
}

at::Tensor AutoencoderMiddle::operator()(const at::Tensor& x, const std::stop_token& stop) const
{
    stopIfAsked(stop);
    at::Tensor hidden = m_first(x);
    if (m_attention) {
        stopIfAsked(stop);
        hidden = (*m_attention)(hidden);
    }
    stopIfAsked(stop);
    return m_second(std::move(hidden));
}

Encoder::Encoder(const VaeConfig& config, const Parameters& parameters)
    : m_convIn(parameters / "conv_in", config.inChannels, config.channels.front(), 3, 1, 1),
      m_middle(config, parameters / "mid_block"),
      m_normOut(parameters / "conv_norm_out", config.channels.back(), config.normGroups, eps),
      m_convOut(parameters / "conv_out", config.channels.back(), 2 * config.latentChannels, 3, 1, 1)
{
    int64_t entering = config.channels.front();
    for (std::size_t i = 0; i < config.channels.size(); ++i) {
        const Parameters block = parameters / "down_blocks" / static_cast<int>(i);
        const int64_t channels = config.channels[i];
        Level& level = m_levels.emplace_back();
        for (int64_t j = 0; j < config.layers; ++j, entering = channels)
            level.resnets.emplace_back(resnetShape(config, entering, channels),
                                       block / "resnets" / static_cast<int>(j));
        if (i + 1 < config.channels.size())
            level.downsampler.emplace(channels, 0, block / "downsamplers" / 0);
    }
}

at::Tensor Encoder::operator()(const at::Tensor& picture, const std::stop_token& stop) const
{
    stopIfAsked(stop);
    at::Tensor x = m_convIn(picture);
    for (const Level& level : m_levels) {
        for (const ResnetBlock& resnet : level.resnets) {
            stopIfAsked(stop);
            x = resnet(std::move(x));
        }
        if (level.downsampler)
            x = (*level.downsampler)(x);
    }
    x = m_middle(x, stop);
    return m_convOut(m_normOut(std::move(x), Activation::Silu));
}

Decoder::Decoder(const VaeConfig& config, const Parameters& parameters)
    : m_convIn(parameters / "conv_in", config.latentChannels, config.channels.back(), 3, 1, 1),
      m_middle(config, parameters / "mid_block"),
      m_normOut(parameters / "conv_norm_out", config.channels.front(), config.normGroups, eps),
      m_convOut(parameters / "conv_out", config.channels.front(), config.outChannels, 3, 1, 1)
{
    const std::size_t count = config.channels.size();
    int64_t entering = config.channels.back();
    for (std::size_t i = 0; i < count; ++i) {
        const Parameters block = parameters / "up_blocks" / static_cast<int>(i);
        const int64_t channels = config.channels[count - 1 - i];
        Level& level = m_levels.emplace_back();
        for (int64_t j = 0; j <= config.layers; ++j, entering = channels)
            level.resnets.emplace_back(resnetShape(config, entering, channels),
                                       block / "resnets" / static_cast<int>(j));
        if (i + 1 < count)
            level.upsampler.emplace(channels, block / "upsamplers" / 0);
    }
}

at::Tensor Decoder::operator()(const at::Tensor& latent, const std::stop_token& stop) const
{
    stopIfAsked(stop);
    at::Tensor x = m_middle(m_convIn(latent), stop);
    for (const Level& level : m_levels) {
        for (const ResnetBlock& resnet : level.resnets) {
            stopIfAsked(stop);
            x = resnet(std::move(x));
        }
        if (level.upsampler) {
            stopIfAsked(stop);
            x = (*level.upsampler)(x, 2 * x.size(2), 2 * x.size(3));
        }
    }
    stopIfAsked(stop);
    return m_convOut(m_normOut(std::move(x), Activation::Silu));
}

} // namespace unfog
