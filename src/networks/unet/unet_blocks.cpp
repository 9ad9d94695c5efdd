#include "networks/unet/unet_blocks.h"

#include <algorithm>

#include "base/stop.h"
#include "networks/layers/tensor_ops.h"

namespace unfog {

namespace {

ResnetShape resnetShape(const UNetConfig& config, int64_t in, int64_t out)
{
    return {in, out, config.normGroups, config.normEps, config.timeEmbeddingFeatures};
}

TransformerShape transformerShape(const UNetConfig& config, const UNetLevel& level, int64_t depth)
{
    return {level.channels,    config.crossAttentionFeatures, level.heads, depth,
            config.normGroups, config.linearProjection};
}

void prepareAll(const std::vector<Transformer2d>& transformers, const at::Tensor& text,
                PreparedConditioning& prepared)
{
    for (const Transformer2d& transformer : transformers)
        transformer.prepare(text, prepared);
}

at::Tensor layer(std::size_t i, const std::vector<ResnetBlock>& resnets,
                 const std::vector<Transformer2d>& transformers, at::Tensor x, const UNetContext& context)
{
    stopIfAsked(context.stop);
    at::Tensor hidden = resnets[i](std::move(x), context.activatedTime);
    return transformers.empty() ? hidden
                                : transformers[i](std::move(hidden), context.conditioning, context.stop);
}

} // namespace

UNetDownBlock::UNetDownBlock(const UNetConfig& config, std::size_t level, std::size_t& layerCounter,
                             const Parameters& parameters)
{
    const UNetLevel& shape = config.levels[level];
    const int64_t entering = config.levels[level == 0 ? 0 : level - 1].channels;
    for (int64_t i = 0; i < shape.layers; ++i) {
        const int index = static_cast<int>(i);
        m_resnets.emplace_back(resnetShape(config, i == 0 ? entering : shape.channels, shape.channels),
                               parameters / "resnets" / index);
        if (shape.downAttention)
            m_transformers.emplace_back(transformerShape(config, shape, shape.downTransformerLayers.at(i)),
                                        layerCounter, parameters / "attentions" / index);
    }
    if (level + 1 < config.levels.size())
        m_downsampler.emplace(shape.channels, config.downsamplePadding, parameters / "downsamplers" / 0);
}

void UNetDownBlock::prepare(const at::Tensor& text, PreparedConditioning& prepared) const
{
    prepareAll(m_transformers, text, prepared);
}

at::Tensor UNetDownBlock::operator()(at::Tensor x, const UNetContext& context,
                                     std::vector<at::Tensor>& skips) const
{
    for (std::size_t i = 0; i < m_resnets.size(); ++i) {
        x = layer(i, m_resnets, m_transformers, std::move(x), context);
        skips.push_back(x);
    }
    if (m_downsampler) {
        x = (*m_downsampler)(x);
        skips.push_back(x);
    }
    return x;
}

UNetMiddle::UNetMiddle(const UNetConfig& config, std::size_t& layerCounter, const Parameters& parameters)
{
    if (config.midBlock == UNetMidBlock::None)
        return;
    const UNetLevel& deepest = config.levels.back();
    const ResnetShape shape = resnetShape(config, deepest.channels, deepest.channels);
    m_resnets.emplace_back(shape, parameters / "resnets" / 0);
    if (config.midBlock == UNetMidBlock::Resnet)
        return;
    m_transformer.emplace(transformerShape(config, deepest, config.midTransformerLayers), layerCounter,
                          parameters / "attentions" / 0);
    m_resnets.emplace_back(shape, parameters / "resnets" / 1);
}

void UNetMiddle::prepare(const at::Tensor& text, PreparedConditioning& prepared) const
{
    if (m_transformer)
        m_transformer->prepare(text, prepared);
}

at::Tensor UNetMiddle::operator()(at::Tensor x, const UNetContext& context) const
{
    for (const ResnetBlock& resnet : m_resnets) {
        stopIfAsked(context.stop);
        if (m_transformer && &resnet != &m_resnets.front())
            x = (*m_transformer)(std::move(x), context.conditioning, context.stop);
        x = resnet(std::move(x), context.activatedTime);
    }
    return x;
}

UNetUpBlock::UNetUpBlock(const UNetConfig& config, std::size_t level, std::size_t& layerCounter,
                         const Parameters& parameters)
{
    const UNetLevel& shape = config.levels[level];
    const int64_t entering = config.levels[std::min(level + 1, config.levels.size() - 1)].channels;
    const int64_t above = config.levels[level == 0 ? 0 : level - 1].channels;
    for (int64_t i = 0; i <= shape.layers; ++i) {
        const int index = static_cast<int>(i);
        // The last skip of a level is what entered it on the way down, with the channels of the level above.
        const int64_t skip = i == shape.layers ? above : shape.channels;
        m_resnets.emplace_back(
            resnetShape(config, (i == 0 ? entering : shape.channels) + skip, shape.channels),
            parameters / "resnets" / index);
        if (shape.upAttention)
            m_transformers.emplace_back(transformerShape(config, shape, shape.upTransformerLayers.at(i)),
                                        layerCounter, parameters / "attentions" / index);
    }
    if (level > 0)
        m_upsampler.emplace(shape.channels, parameters / "upsamplers" / 0);
}

void UNetUpBlock::prepare(const at::Tensor& text, PreparedConditioning& prepared) const
{
    prepareAll(m_transformers, text, prepared);
}

at::Tensor UNetUpBlock::operator()(at::Tensor x, const UNetContext& context,
                                   std::vector<at::Tensor>& skips) const
{
    for (std::size_t i = 0; i < m_resnets.size(); ++i) {
        x = concatenated(x, skips.back());
        skips.pop_back();
        x = layer(i, m_resnets, m_transformers, std::move(x), context);
    }
    if (m_upsampler) {
        stopIfAsked(context.stop);
        // Sizes that were rounded up on the way down come back as the skip has them.
        x = (*m_upsampler)(x, skips.back().size(2), skips.back().size(3));
    }
    return x;
}

} // namespace unfog
