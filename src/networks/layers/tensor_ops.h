#pragma once

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "networks/layers/torch_compat.h"

/// Small operations that the networks share. Pictures are channels-last in memory, so that a picture and its
/// tokens are two views of the same numbers.
namespace unfog {

/// Whether a gradient will flow through `x`; if not, memory of intermediate results may be reused.
inline bool recordsGradient(const at::Tensor& x)
{
    return at::GradMode::is_enabled() && x.requires_grad();
}

/// Whether a result may be written over `x`: it is the caller's last handle on memory that nobody else sees.
inline bool mayOverwrite(const at::Tensor& x)
{
    return x.use_count() == 1 && x.storage().use_count() == 1 && !recordsGradient(x);
}

/// A weight as sums with it need it: on the CPU everything is computed in float32, whatever the width that
/// weights are kept in.
inline at::Tensor computable(const at::Tensor& weight)
{
    return weight.is_cpu() && isReducedFloat(weight) ? weight.to(at::kFloat) : weight;
}

/// a + b, into the memory of `a` where no gradient needs it. `a` must be a fresh result that nobody else
/// reads, of the sum's shape and dtype.
inline at::Tensor addInto(const at::Tensor& a, const at::Tensor& b)
{
    return recordsGradient(a) || recordsGradient(b) ? a + b : a.add_(b);
}

inline at::Tensor channelsLast(const at::Tensor& picture)
{
    return picture.contiguous(at::MemoryFormat::ChannelsLast);
}

/// [batch, channels, height, width] → [batch, height · width, channels]
inline at::Tensor tokensOf(const at::Tensor& picture)
{
    return picture.permute({0, 2, 3, 1}).reshape({picture.size(0), picture.size(2) * picture.size(3), -1});
}

/// [batch, height · width, channels] → [batch, channels, height, width]
inline at::Tensor pictureOf(const at::Tensor& tokens, int64_t height, int64_t width)
{
    return tokens.reshape({tokens.size(0), height, width, -1}).permute({0, 3, 1, 2});
}

/// Along the channels.
inline at::Tensor concatenated(const at::Tensor& a, const at::Tensor& b)
{
    return at::cat({a.permute({0, 2, 3, 1}), b.permute({0, 2, 3, 1})}, 3).permute({0, 3, 1, 2});
}

} // namespace unfog
