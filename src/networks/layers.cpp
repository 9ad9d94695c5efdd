#include "networks/layers.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include <ATen/record_function.h>

#include "networks/kernels.h"
#include "networks/kernels_threads.h"
#include "networks/torch_compat.h"

namespace unfog {

namespace {

/// Floats that one task of a pass over memory reads: enough to outweigh its start, few enough for the cache.
constexpr int64_t grain = 1 << 16;

const float* dataOrNull(const at::Tensor& x)
{
    return x.defined() ? x.data_ptr<float>() : nullptr;
}

bool canPack(const at::Tensor& weight)
{
    return weight.device().is_cpu() && weight.scalar_type() == at::kFloat && !weight.requires_grad();
}

bool carriesGradient(const at::Tensor& x)
{
    return at::GradMode::is_enabled() && x.defined() && x.requires_grad();
}

at::Tensor channelsLast(const at::Tensor& x)
{
    return x.contiguous(at::MemoryFormat::ChannelsLast);
}

} // namespace

Linear::Linear(const Parameters& parameters, int64_t in, int64_t out, bool withBias)
{
    const at::Tensor weight = parameters("weight", {out, in});
    if (canPack(weight))
        m_packed = kernels::PackedMatrix(weight);
    else
        m_weight = weight;
    if (withBias)
        m_bias = parameters("bias", {out});
}

at::Tensor Linear::weight() const
{
    return m_packed.defined() ? m_packed.plain() : m_weight;
}

at::Tensor Linear::operator()(const at::Tensor& x) const
{
    return (*this)(x, {});
}

at::Tensor Linear::operator()(const at::Tensor& x, const at::Tensor& addend) const
{
    RECORD_USER_SCOPE("unfog::linear");
    if (!m_packed.defined() || !kernels::canRun(x) || carriesGradient(addend) || carriesGradient(m_bias)) {
        const at::Tensor y = at::linear(x, weight(), m_bias);
        return addend.defined() ? y + addend : y;
    }
    assert(x.size(-1) == m_packed.in());
    const at::Tensor source = x.contiguous();
    const at::Tensor added = addend.defined() ? addend.contiguous() : addend;
    std::vector<int64_t> sizes = x.sizes().vec();
    sizes.back() = m_packed.out();
    assert(!added.defined() || added.sizes() == at::IntArrayRef(sizes));
    at::Tensor y = at::empty(sizes, x.options());
    kernels::Picture rows;
    rows.height = rows.outHeight = source.numel() / m_packed.in();
    m_packed.multiply(rows, source.data_ptr<float>(), dataOrNull(m_bias), dataOrNull(added),
                      y.data_ptr<float>());
    return y;
}

Conv2d::Conv2d(const Parameters& parameters, int64_t in, int64_t out, int64_t kernel, int64_t stride,
               int64_t padding)
    : m_bias(parameters("bias", {out})), m_stride(stride), m_padding(padding)
{
    const at::Tensor weight = parameters("weight", {out, in, kernel, kernel});
    if (canPack(weight))
        m_packed = kernels::PackedMatrix(weight);
    else
        m_weight = channelsLast(weight);
}

at::Tensor Conv2d::weight() const
{
    return m_packed.defined() ? m_packed.plain() : m_weight;
}

at::Tensor Conv2d::operator()(const at::Tensor& x) const
{
    return (*this)(x, {});
}

at::Tensor Conv2d::operator()(const at::Tensor& x, const at::Tensor& addend) const
{
    RECORD_USER_SCOPE("unfog::conv2d");
    if (!m_packed.defined() || !kernels::canRun(x) || carriesGradient(addend) || carriesGradient(m_bias)) {
        const at::Tensor y = at::conv2d(x, weight(), m_bias, m_stride, m_padding);
        return addend.defined() ? y + addend : y;
    }
    assert(x.dim() == 4 && x.size(1) == m_packed.in());
    kernels::Picture picture;
    picture.batch = x.size(0);
    picture.height = x.size(2);
    picture.width = x.size(3);
    picture.stride = m_stride;
    picture.padding = m_padding;
    picture.outHeight = (x.size(2) + 2 * m_padding - m_packed.kernel()) / m_stride + 1;
    picture.outWidth = (x.size(3) + 2 * m_padding - m_packed.kernel()) / m_stride + 1;

    const at::Tensor source = channelsLast(x);
    const at::Tensor added = addend.defined() ? channelsLast(addend) : addend;
    at::Tensor y = at::empty({picture.batch, m_packed.out(), picture.outHeight, picture.outWidth},
                             x.options().memory_format(at::MemoryFormat::ChannelsLast));
    assert(!added.defined() || added.sizes() == y.sizes());
    m_packed.multiply(picture, source.data_ptr<float>(), dataOrNull(m_bias), dataOrNull(added),
                      y.data_ptr<float>());
    return y;
}

GroupNorm::GroupNorm(const Parameters& parameters, int64_t channels, int64_t groups, double eps)
    : weight(parameters("weight", {channels})), bias(parameters("bias", {channels})), groups(groups), eps(eps)
{
}

namespace {

/// Per channel of one image, what turns x into the normalised value: x · scale + offset.
struct ChannelMap {
    std::vector<float> scale;
    std::vector<float> offset;
};

ChannelMap normalisation(const GroupNorm& norm, int64_t pixels, int64_t channels, const float* x)
{
    // Sums of differences to the first pixel lose nothing where the mean is large against the deviation.
    // Parts are of fixed size and added in order, so the number of threads changes no bit.
    const int64_t partPixels = std::max<int64_t>(grain / 4 / channels, 1);
    const int64_t parts = (pixels + partPixels - 1) / partPixels;
    std::vector<float> moments(static_cast<size_t>(parts * 2 * channels), 0.0F);
    kernels::forEachTask(parts, [&](int64_t part) {
        const int64_t begin = part * partPixels, end = std::min(begin + partPixels, pixels);
        float* sums = moments.data() + part * 2 * channels;
        kernels::table().channelMoments(end - begin, channels, x + begin * channels, x, sums,
                                        sums + channels);
    });

    ChannelMap map{std::vector<float>(static_cast<size_t>(channels)),
                   std::vector<float>(static_cast<size_t>(channels))};
    const float* weight = norm.weight.data_ptr<float>();
    const float* bias = norm.bias.data_ptr<float>();
    const int64_t groupChannels = channels / norm.groups;
    const auto count = static_cast<double>(pixels);
    for (int64_t first = 0; first < channels; first += groupChannels) {
        double groupSum = 0, groupSquares = 0;
        for (int64_t c = first; c < first + groupChannels; ++c) {
            double sum = 0, squares = 0;
            for (int64_t part = 0; part < parts; ++part) {
                sum += moments[static_cast<size_t>(part * 2 * channels + c)];
                squares += moments[static_cast<size_t>((part * 2 + 1) * channels + c)];
            }
            // From differences to this channel's first pixel to differences to the group's first one.
            const double shift = static_cast<double>(x[c]) - x[first];
            groupSquares += squares + 2 * shift * sum + count * shift * shift;
            groupSum += sum + count * shift;
        }
        const double values = count * static_cast<double>(groupChannels);
        const double mean = groupSum / values;
        const double variance = std::max(groupSquares / values - mean * mean, 0.0);
        const double inverse = 1.0 / std::sqrt(variance + norm.eps);
        for (int64_t c = first; c < first + groupChannels; ++c) {
            map.scale[static_cast<size_t>(c)] = static_cast<float>(inverse * weight[c]);
            map.offset[static_cast<size_t>(c)] =
                static_cast<float>(bias[c] - (mean + x[first]) * inverse * weight[c]);
        }
    }
    return map;
}

} // namespace

at::Tensor GroupNorm::operator()(const at::Tensor& x, Activation activation) const
{
    RECORD_USER_SCOPE("unfog::group_norm");
    const bool silu = activation == Activation::Silu;
    if (!kernels::canRun(x) || !kernels::canRun(weight) || !kernels::canRun(bias)) {
        // LibTorch's CPU kernel adds up bfloat16 statistics in bfloat16 (1.13): at 64 × 64 they are off by
        // half.
        const bool upcast = x.is_cpu() && isReducedFloat(x);
        const at::Tensor y =
            upcast ? at::group_norm(x.to(at::kFloat), groups, weight.to(at::kFloat), bias.to(at::kFloat), eps)
                         .to(x.scalar_type())
                   : at::group_norm(x, groups, weight, bias, eps);
        return silu ? at::silu(y) : y;
    }
    const at::Tensor source = channelsLast(x);
    at::Tensor y = at::empty_like(source, at::MemoryFormat::ChannelsLast);
    const int64_t channels = x.size(1), pixels = x.size(2) * x.size(3);
    for (int64_t image = 0; image < x.size(0); ++image) {
        const float* from = source.data_ptr<float>() + image * pixels * channels;
        float* to = y.data_ptr<float>() + image * pixels * channels;
        const ChannelMap map = normalisation(*this, pixels, channels, from);
        kernels::forEachRange(
            pixels, std::max<int64_t>(grain / channels, 1), [&](int64_t begin, int64_t end) {
                kernels::table().scaleChannels(end - begin, channels, from + begin * channels,
                                               map.scale.data(), map.offset.data(), silu,
                                               to + begin * channels);
            });
    }
    return y;
}

LayerNorm::LayerNorm(const Parameters& parameters, int64_t features, double eps)
    : weight(parameters("weight", {features})), bias(parameters("bias", {features})), eps(eps)
{
}

at::Tensor LayerNorm::operator()(const at::Tensor& x) const
{
    RECORD_USER_SCOPE("unfog::layer_norm");
    if (!kernels::canRun(x) || !kernels::canRun(weight) || !kernels::canRun(bias))
        return at::layer_norm(x, weight.sizes(), weight, bias, eps);
    const at::Tensor source = x.contiguous();
    at::Tensor y = at::empty_like(source);
    const int64_t features = x.size(-1);
    const float* from = source.data_ptr<float>();
    float* to = y.data_ptr<float>();
    kernels::forEachRange(x.numel() / features, std::max<int64_t>(grain / features, 1),
                          [&](int64_t begin, int64_t end) {
                              kernels::table().layerNorm(end - begin, features, from + begin * features,
                                                         weight.data_ptr<float>(), bias.data_ptr<float>(),
                                                         static_cast<float>(eps), to + begin * features);
                          });
    return y;
}

} // namespace unfog
