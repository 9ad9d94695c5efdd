#include "networks/layers/resnet_block.h"

#include "networks/layers/tensor_ops.h"

namespace unfog {

ResnetBlock::ResnetBlock(const ResnetShape& shape, const Parameters& parameters)
    : m_norm1(parameters / "norm1", shape.in, shape.groups, shape.eps),
      m_conv1(parameters / "conv1", shape.in, shape.out, 3, 1, 1),
      m_norm2(parameters / "norm2", shape.out, shape.groups, shape.eps),
      m_conv2(parameters / "conv2", shape.out, shape.out, 3, 1, 1)
{
    if (shape.timeFeatures > 0)
        m_timeProjection.emplace(parameters / "time_emb_proj", shape.timeFeatures, shape.out);
    if (shape.in != shape.out)
        m_shortcut.emplace(parameters / "conv_shortcut", shape.in, shape.out, 1);
}

at::Tensor ResnetBlock::operator()(at::Tensor x, const at::Tensor& activatedTime) const
{
    at::Tensor shortcut = m_shortcut ? (*m_shortcut)(x) : x;
    at::Tensor hidden = m_conv1(m_norm1(std::move(x), Activation::Silu));
    if (m_timeProjection)
        hidden = addInto(hidden, (*m_timeProjection)(activatedTime).unsqueeze(-1).unsqueeze(-1));
    return m_conv2(m_norm2(std::move(hidden), Activation::Silu), std::move(shortcut));
}

Downsampler::Downsampler(int64_t channels, int64_t padding, const Parameters& parameters)
    : m_padsRightAndBottom(padding == 0), m_conv(parameters / "conv", channels, channels, 3, 2, padding)
{
}

at::Tensor Downsampler::operator()(const at::Tensor& x) const
{
    return m_conv(m_padsRightAndBottom ? channelsLast(at::constant_pad_nd(x, {0, 1, 0, 1})) : x);
}

Upsampler::Upsampler(int64_t channels, const Parameters& parameters)
    : m_conv(parameters / "conv", channels, channels, 3, 1, 1)
{
}

at::Tensor Upsampler::operator()(const at::Tensor& x, int64_t height, int64_t width) const
{
    return m_conv.ofEnlarged(x, height, width);
}

} // namespace unfog
