#include "networks/layers.h"

namespace unfog {

Linear::Linear(const Parameters& parameters, int64_t in, int64_t out, bool withBias)
    : weight(parameters("weight", {out, in}))
{
    if (withBias)
        bias = parameters("bias", {out});
}

at::Tensor Linear::operator()(const at::Tensor& x) const
{
    return at::linear(x, weight, bias);
}

Conv2d::Conv2d(const Parameters& parameters, int64_t in, int64_t out, int64_t kernel, int64_t stride,
               int64_t padding)
    : weight(parameters("weight", {out, in, kernel, kernel}).contiguous(at::MemoryFormat::ChannelsLast)),
      bias(parameters("bias", {out})), stride(stride), padding(padding)
{
}

at::Tensor Conv2d::operator()(const at::Tensor& x) const
{
    return at::conv2d(x, weight, bias, stride, padding);
}

GroupNorm::GroupNorm(const Parameters& parameters, int64_t channels, int64_t groups, double eps)
    : weight(parameters("weight", {channels})), bias(parameters("bias", {channels})), groups(groups), eps(eps)
{
}

at::Tensor GroupNorm::operator()(const at::Tensor& x, Activation activation) const
{
    at::Tensor y = at::group_norm(x, groups, weight, bias, eps);
    return activation == Activation::Silu ? at::silu(y) : y;
}

LayerNorm::LayerNorm(const Parameters& parameters, int64_t features, double eps)
    : weight(parameters("weight", {features})), bias(parameters("bias", {features})), eps(eps)
{
}

at::Tensor LayerNorm::operator()(const at::Tensor& x) const
{
    return at::layer_norm(x, weight.sizes(), weight, bias, eps);
}

} // namespace unfog
