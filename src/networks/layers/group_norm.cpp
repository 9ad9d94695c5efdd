#include <algorithm>
#include <cmath>
#include <vector>

#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>

#include "networks/kernels/kernels.h"
#include "networks/kernels/kernels_threads.h"
#include "networks/layers/layers.h"
#include "networks/layers/tensor_ops.h"

namespace unfog {

namespace {

/// Floats that one task of a pass over memory reads: enough to outweigh its start, few enough for the cache.
constexpr int64_t grain = 1 << 16;

struct GroupNormShape {
    int64_t groups;
    double eps;
    bool silu;
};

/// One image's statistics, by channel: (x − mean) · inverse is normalised, x · scale + offset is the result.
struct ChannelMap {
    explicit ChannelMap(int64_t channels)
        : mean(static_cast<size_t>(channels)), inverse(mean), scale(mean), offset(mean)
    {
    }
    std::vector<float> mean, inverse, scale, offset;
};

/// Sums are taken by parts of this fixed size and added in order, so the number of threads changes no bit.
int64_t partPixels(int64_t channels)
{
    return std::max<int64_t>(grain / 4 / channels, 1);
}

ChannelMap normalisation(const GroupNormShape& shape, const float* weight, const float* bias, int64_t pixels,
                         int64_t channels, const float* x)
{
    // Sums of differences to the first pixel lose nothing where the mean is large against the deviation.
    const int64_t step = partPixels(channels), parts = (pixels + step - 1) / step;
    std::vector<float> moments(static_cast<size_t>(parts * 2 * channels), 0.0F);
    kernels::forEachTask(parts, [&](int64_t part) {
        const int64_t begin = part * step, end = std::min(begin + step, pixels);
        float* sums = moments.data() + part * 2 * channels;
        kernels::table().channelMoments(end - begin, channels, x + begin * channels, x, sums,
                                        sums + channels);
    });

    ChannelMap map(channels);
    const int64_t groupChannels = channels / shape.groups;
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
        const double inverse = 1.0 / std::sqrt(variance + shape.eps);
        for (int64_t c = first; c < first + groupChannels; ++c) {
            const auto i = static_cast<size_t>(c);
            map.mean[i] = static_cast<float>(mean + x[first]);
            map.inverse[i] = static_cast<float>(inverse);
            map.scale[i] = static_cast<float>(inverse * weight[c]);
            map.offset[i] = static_cast<float>(bias[c] - (mean + x[first]) * inverse * weight[c]);
        }
    }
    return map;
}

at::Tensor normalised(const GroupNormShape& shape, at::Tensor x, const at::Tensor& weight,
                      const at::Tensor& bias)
{
    x = channelsLast(x);
    at::Tensor y = mayOverwrite(x) ? x : at::empty_like(x, at::MemoryFormat::ChannelsLast);
    const int64_t channels = x.size(1), pixels = x.size(2) * x.size(3);
    const auto normaliseImage = [&](int64_t image) {
        const float* from = x.data_ptr<float>() + image * pixels * channels;
        float* to = y.data_ptr<float>() + image * pixels * channels;
        const ChannelMap map =
            normalisation(shape, weight.data_ptr<float>(), bias.data_ptr<float>(), pixels, channels, from);
        kernels::forEachRange(
            pixels, std::max<int64_t>(grain / channels, 1), [&](int64_t begin, int64_t end) {
                kernels::table().scaleChannels(end - begin, channels, from + begin * channels,
                                               map.scale.data(), map.offset.data(), shape.silu,
                                               to + begin * channels);
            });
    };
    // Small images go to a thread each; inside of that, everything runs on it alone.
    if (channels * pixels <= grain)
        kernels::forEachTask(x.size(0), normaliseImage);
    else
        for (int64_t image = 0; image < x.size(0); ++image)
            normaliseImage(image);
    return y;
}

/// One image. `dx` is written, `weightGradient` and `biasGradient` are added to.
///
/// With x̂ normalised, g = dy · activation'(x̂ w + b) and means over a group:
/// dx = (g w − mean(g w) − x̂ mean(g w x̂)) / σ.
void imageGradient(const GroupNormShape& shape, const float* weight, const float* bias, int64_t pixels,
                   int64_t channels, const float* x, const float* dy, float* dx, double* weightGradient,
                   double* biasGradient)
{
    const ChannelMap map = normalisation(shape, weight, bias, pixels, channels, x);
    const int64_t step = partPixels(channels), parts = (pixels + step - 1) / step;
    std::vector<float> sums(static_cast<size_t>(parts * 2 * channels), 0.0F);
    kernels::forEachTask(parts, [&](int64_t part) {
        kernels::ChannelGradients piece;
        piece.pixels = std::min(step, pixels - part * step);
        piece.channels = channels;
        piece.x = x + part * step * channels;
        piece.outputGradient = dy + part * step * channels;
        piece.scale = map.scale.data();
        piece.offset = map.offset.data();
        piece.mean = map.mean.data();
        piece.silu = shape.silu;
        piece.gradient = dx + part * step * channels;
        piece.sums = sums.data() + part * 2 * channels;
        piece.products = piece.sums + channels;
        kernels::table().channelGradients(piece);
    });

    std::vector<float> ofGradient(static_cast<size_t>(channels)), ofInput(ofGradient), constant(ofGradient);
    const int64_t groupChannels = channels / shape.groups;
    const double values = static_cast<double>(pixels) * static_cast<double>(groupChannels);
    for (int64_t first = 0; first < channels; first += groupChannels) {
        double mean = 0, product = 0;
        const double inverse = map.inverse[static_cast<size_t>(first)];
        for (int64_t c = first; c < first + groupChannels; ++c) {
            double sum = 0, withInput = 0;
            for (int64_t part = 0; part < parts; ++part) {
                sum += sums[static_cast<size_t>(part * 2 * channels + c)];
                withInput += sums[static_cast<size_t>((part * 2 + 1) * channels + c)];
            }
            biasGradient[c] += sum;
            weightGradient[c] += withInput * inverse;
            mean += sum * weight[c] / values;
            product += withInput * inverse * weight[c] / values;
        }
        for (int64_t c = first; c < first + groupChannels; ++c) {
            const auto i = static_cast<size_t>(c);
            ofGradient[i] = map.scale[i];
            ofInput[i] = static_cast<float>(-inverse * inverse * product);
            constant[i] = static_cast<float>(inverse * (inverse * product * map.mean[i] - mean));
        }
    }
    kernels::forEachRange(pixels, std::max<int64_t>(grain / channels, 1), [&](int64_t begin, int64_t end) {
        kernels::table().mixChannels(end - begin, channels, x + begin * channels, ofInput.data(),
                                     ofGradient.data(), constant.data(), dx + begin * channels);
    });
}

/// The same with a gradient: backwards the statistics are computed again instead of kept.
struct DifferentiableGroupNorm final : torch::autograd::Function<DifferentiableGroupNorm> {
    static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x,
                              const at::Tensor& weight, const at::Tensor& bias, int64_t groups, double eps,
                              bool silu)
    {
        context->save_for_backward({x, weight, bias});
        context->saved_data["groups"] = groups;
        context->saved_data["eps"] = eps;
        context->saved_data["silu"] = silu;
        return normalised({groups, eps, silu}, x, weight, bias);
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                   const torch::autograd::variable_list& gradients)
    {
        const torch::autograd::variable_list saved = context->get_saved_variables();
        const GroupNormShape shape = {context->saved_data["groups"].toInt(),
                                      context->saved_data["eps"].toDouble(),
                                      context->saved_data["silu"].toBool()};
        const at::Tensor x = channelsLast(saved[0]), dy = channelsLast(gradients[0]);
        const int64_t channels = x.size(1), pixels = x.size(2) * x.size(3);
        at::Tensor dx = at::empty_like(x, at::MemoryFormat::ChannelsLast);
        std::vector<double> weightGradient(static_cast<size_t>(channels), 0.0), biasGradient(weightGradient);
        for (int64_t image = 0; image < x.size(0); ++image) {
            const int64_t at = image * pixels * channels;
            imageGradient(shape, saved[1].data_ptr<float>(), saved[2].data_ptr<float>(), pixels, channels,
                          x.data_ptr<float>() + at, dy.data_ptr<float>() + at, dx.data_ptr<float>() + at,
                          weightGradient.data(), biasGradient.data());
        }
        const auto tensor = [&](const std::vector<double>& values) {
            return at::tensor(values, at::kDouble).to(at::kFloat);
        };
        return {dx, tensor(weightGradient), tensor(biasGradient), {}, {}, {}};
    }
};

} // namespace

GroupNorm::GroupNorm(const Parameters& parameters, int64_t channels, int64_t groups, double eps)
    : weight(computable(parameters("weight", {channels}))), bias(computable(parameters("bias", {channels}))),
      groups(groups), eps(eps)
{
}

at::Tensor GroupNorm::operator()(at::Tensor x, Activation activation) const
{
    RECORD_USER_SCOPE("unfog::group_norm");
    const bool silu = activation == Activation::Silu;
    if (kernels::canRun(x) && kernels::canRun(weight) && kernels::canRun(bias))
        return normalised({groups, eps, silu}, std::move(x), weight, bias);
    if (kernels::canCompute(x) && kernels::canCompute(weight) && kernels::canCompute(bias))
        return DifferentiableGroupNorm::apply(x, weight, bias, groups, eps, silu);
    at::Tensor y = at::group_norm(x, groups, weight, bias, eps);
    if (!silu)
        return y;
    return recordsGradient(y) ? at::silu(y) : at::silu_(y);
}

} // namespace unfog
