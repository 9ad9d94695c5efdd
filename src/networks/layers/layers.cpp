#include "networks/layers/layers.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include <ATen/record_function.h>

#include "networks/kernels/arithmetic.h"
#include "networks/kernels/kernels.h"
#include "networks/kernels/kernels_switches.h"
#include "networks/kernels/kernels_threads.h"
#include "networks/kernels/kernels_winograd.h"
#include "networks/layers/tensor_ops.h"

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
    return weight.is_cpu() && (weight.scalar_type() == at::kFloat || isReducedFloat(weight)) &&
           !weight.requires_grad() && kernels::isOn(kernels::FastPath::Kernels);
}

bool carriesGradient(const at::Tensor& x)
{
    return at::GradMode::is_enabled() && x.defined() && x.requires_grad();
}

} // namespace

Linear::Linear(const Parameters& parameters, int64_t in, int64_t out, bool withBias)
{
    const at::Tensor weight = parameters("weight", {out, in});
    if (canPack(weight))
        m_packed = kernels::PackedMatrix(weight);
    else
        m_weight = computable(weight);
    if (withBias)
        m_bias = computable(parameters("bias", {out}));
}

at::Tensor Linear::weight() const
{
    return m_packed.defined() ? computable(m_packed.plain()) : m_weight;
}

at::Tensor Linear::operator()(const at::Tensor& x) const
{
    return (*this)(x, {});
}

at::Tensor Linear::operator()(const at::Tensor& x, at::Tensor addend) const
{
    RECORD_USER_SCOPE("unfog::linear");
    at::Tensor y = multiplied(x, std::move(addend));
    countArithmetic(2.0 * static_cast<double>(y.numel() * x.size(-1)));
    return y;
}

at::Tensor Linear::multiplied(const at::Tensor& x, at::Tensor addend) const
{
    if (!m_packed.defined() || !kernels::canRun(x) || carriesGradient(addend) || carriesGradient(m_bias)) {
        const at::Tensor y = at::linear(x, weight(), m_bias);
        return addend.defined() ? addInto(y, addend) : y;
    }
    assert(x.size(-1) == m_packed.in());
    const at::Tensor source = x.contiguous();
    if (addend.defined())
        addend = addend.contiguous();
    std::vector<int64_t> sizes = x.sizes().vec();
    sizes.back() = m_packed.out();
    assert(!addend.defined() || addend.sizes() == at::IntArrayRef(sizes));
    at::Tensor y = addend.defined() && mayOverwrite(addend) ? addend : at::empty(sizes, x.options());
    kernels::Picture rows;
    rows.height = rows.outHeight = source.numel() / m_packed.in();
    m_packed.multiply(rows, source.data_ptr<float>(), dataOrNull(m_bias), dataOrNull(addend),
                      y.data_ptr<float>());
    return y;
}

namespace {

/// The tensors of all parts, one behind the other.
class Joined final : public ParameterSource {
public:
    Joined(const std::vector<Parameters>& parts, int64_t in, int64_t out) : m_parts(parts)
    {
        m_weights = ofAll("weight", {out, in});
    }

    bool carriesGradient() const { return m_weights.front().requires_grad(); }

    at::Tensor tensor(const std::string& name, at::IntArrayRef shape) override
    {
        if (name == "weight")
            return at::cat(std::exchange(m_weights, {}));
        std::vector<int64_t> sizes = shape.vec();
        sizes.front() /= static_cast<int64_t>(m_parts.size());
        return at::cat(ofAll(name, sizes));
    }
    bool has(const std::string& name) const override { return m_parts.front().has(name); }

private:
    std::vector<at::Tensor> ofAll(const std::string& name, at::IntArrayRef shape) const
    {
        std::vector<at::Tensor> tensors;
        for (const Parameters& part : m_parts)
            tensors.push_back(part(name, shape));
        return tensors;
    }

    const std::vector<Parameters>& m_parts;
    std::vector<at::Tensor> m_weights;
};

} // namespace

JointLinear::JointLinear(const std::vector<Parameters>& parts, int64_t in, int64_t out, bool withBias)
    : m_out(out)
{
    Joined joined(parts, in, out);
    if (!joined.carriesGradient()) {
        m_linears.emplace_back(Parameters(joined), in, out * static_cast<int64_t>(parts.size()), withBias);
        return;
    }
    for (const Parameters& part : parts)
        m_linears.emplace_back(part, in, out, withBias);
}

std::vector<at::Tensor> JointLinear::operator()(const at::Tensor& x) const
{
    std::vector<at::Tensor> results;
    for (const Linear& linear : m_linears)
        for (const at::Tensor& part : linear(x).split(m_out, -1))
            results.push_back(part);
    return results;
}

Conv2d::Conv2d(const Parameters& parameters, int64_t in, int64_t out, int64_t kernel, int64_t stride,
               int64_t padding)
    : m_bias(computable(parameters("bias", {out}))), m_kernel(kernel), m_stride(stride), m_padding(padding)
{
    const at::Tensor weight = parameters("weight", {out, in, kernel, kernel});
    if (canPack(weight))
        m_packed = kernels::PackedMatrix(weight);
    else
        m_weight = channelsLast(computable(weight));
}

at::Tensor Conv2d::weight() const
{
    return m_packed.defined() ? computable(m_packed.plain()) : m_weight;
}

at::Tensor Conv2d::operator()(const at::Tensor& x) const
{
    return (*this)(x, {});
}

at::Tensor Conv2d::operator()(const at::Tensor& x, at::Tensor addend) const
{
    RECORD_USER_SCOPE("unfog::conv2d");
    if (!canUseKernels(x) || carriesGradient(addend))
        return convolvedByTorch(x, addend);
    kernels::Picture picture;
    picture.height = x.size(2);
    picture.width = x.size(3);
    return convolved(picture, x, std::move(addend));
}

at::Tensor Conv2d::ofEnlarged(const at::Tensor& x, int64_t height, int64_t width) const
{
    const bool isDoubled = (height + 1) / 2 == x.size(2) && (width + 1) / 2 == x.size(3);
    if (!canUseKernels(x) || !isDoubled)
        return (*this)(at::upsample_nearest2d(x, at::IntArrayRef({height, width})));
    RECORD_USER_SCOPE("unfog::conv2d");
    kernels::Picture picture;
    picture.height = height;
    picture.width = width;
    picture.doublings = 1;
    return convolved(picture, x, {});
}

bool Conv2d::canUseKernels(const at::Tensor& x) const
{
    return m_packed.defined() && kernels::canRun(x) && !carriesGradient(m_bias);
}

at::Tensor Conv2d::convolvedByTorch(const at::Tensor& x, const at::Tensor& addend) const
{
    const at::Tensor y = at::conv2d(x, weight(), m_bias, m_stride, m_padding);
    countArithmetic(2.0 * static_cast<double>(y.numel() * m_kernel * m_kernel * x.size(1)));
    return addend.defined() ? addInto(y, addend) : y;
}

at::Tensor Conv2d::convolved(kernels::Picture picture, const at::Tensor& x, at::Tensor addend) const
{
    assert(x.dim() == 4 && x.size(1) == m_packed.in());
    picture.batch = x.size(0);
    picture.stride = m_stride;
    picture.padding = m_padding;
    picture.outHeight = (picture.height + 2 * m_padding - m_kernel) / m_stride + 1;
    picture.outWidth = (picture.width + 2 * m_padding - m_kernel) / m_stride + 1;

    const at::Tensor source = channelsLast(x);
    if (addend.defined())
        addend = channelsLast(addend);
    at::Tensor y = addend.defined() && mayOverwrite(addend)
                       ? addend
                       : at::empty({picture.batch, m_packed.out(), picture.outHeight, picture.outWidth},
                                   x.options().memory_format(at::MemoryFormat::ChannelsLast));
    assert(!addend.defined() || addend.sizes() == y.sizes());
    countArithmetic(2.0 * static_cast<double>(y.numel() * m_packed.taps() * m_packed.in()));
    if (kernels::isForWinograd(m_packed, picture))
        kernels::multiplyWinograd(m_packed, picture, source.data_ptr<float>(), dataOrNull(m_bias),
                                  dataOrNull(addend), y.data_ptr<float>());
    else
        m_packed.multiply(picture, source.data_ptr<float>(), dataOrNull(m_bias), dataOrNull(addend),
                          y.data_ptr<float>());
    return y;
}

LayerNorm::LayerNorm(const Parameters& parameters, int64_t features, double eps)
    : weight(computable(parameters("weight", {features}))), bias(computable(parameters("bias", {features}))),
      eps(eps)
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
