#pragma once

#include <array>

#include <ATen/ATen.h>

namespace unfog {

/// What flows back through softmax(q kᵀ / √d) v to query, key and value, from `outputGradient`; the
/// probabilities are computed again, one tile of queries after another, instead of kept (Dao et al. 2022,
/// appendix B.2). float32 on the CPU, shapes as in `attention`; the order of sums depends on the shapes
/// alone.
std::array<at::Tensor, 3> attentionGradient(const at::Tensor& query, const at::Tensor& key,
                                            const at::Tensor& value, const at::Tensor& outputGradient,
                                            int64_t heads, bool causal);

} // namespace unfog
