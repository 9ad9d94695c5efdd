#pragma once

#include <cmath>
#include <limits>

#include <torch/version.h>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

/// The differences between the LibTorch versions that the networks are built with (1.13 … 2.11), in one
/// place.
namespace unfog {

#define UNFOG_TORCH_AT_LEAST(major, minor)                                                                   \
    (TORCH_VERSION_MAJOR > (major) || (TORCH_VERSION_MAJOR == (major) && TORCH_VERSION_MINOR >= (minor)))

/// float16 or bfloat16; c10::isReducedFloatingType is not in 1.13.
inline bool isReducedFloat(const at::Tensor& x)
{
    return x.scalar_type() == at::kHalf || x.scalar_type() == at::kBFloat16;
}

/// LibTorch's fused attention. query [batch, heads, queries, features], key and value [batch, heads, keys,
/// features]. Not before 2.0: there, the batched products that it consists of.
inline at::Tensor fusedAttention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                                 bool causal)
{
#if UNFOG_TORCH_AT_LEAST(2, 0)
    return at::scaled_dot_product_attention(query, key, value, {}, 0.0, causal);
#else
    at::Tensor scores =
        at::matmul(query * (1.0 / std::sqrt(static_cast<double>(query.size(3)))), key.transpose(2, 3));
    if (causal) {
        const at::Tensor hidden =
            at::ones({query.size(2), key.size(2)}, query.options().dtype(at::kBool)).triu(1);
        scores = scores.masked_fill(hidden, -std::numeric_limits<double>::infinity());
    }
    return at::matmul(at::softmax(scores, -1), value);
#endif
}

} // namespace unfog
