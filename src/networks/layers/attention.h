#pragma once

#include <ATen/ATen.h>

namespace unfog {

/// softmax(Q Kᵀ / √(features/heads)) V, heads split from the last dimension (Vaswani et al. 2017,
/// section 3.2). query [batch, queries, features], key and value [batch, keys, features] → [batch, queries,
/// features]. `causal`: query i sees keys 0 … i only.
///
/// float32 on the CPU: in tiles with a running softmax (Milakov & Gimelshein 2018; Dao et al. 2022), so that
/// memory beyond the result is a fixed tile a thread; gradients come the same way. Elsewhere LibTorch's own
/// fused form, and before 2.0 whole batched products.
at::Tensor attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value, int64_t heads,
                     bool causal = false);

} // namespace unfog
