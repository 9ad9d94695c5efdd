#include "networks/layers.h"

#include <cmath>

namespace unfog {

at::Tensor attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value, int64_t heads,
                     bool causal)
{
    const int64_t batch = query.size(0), queries = query.size(1), features = query.size(2);
    const int64_t keys = key.size(1), headFeatures = features / heads;
    const auto split = [&](const at::Tensor& x, int64_t tokens) {
        return x.view({batch, tokens, heads, headFeatures}).transpose(1, 2);
    };
    at::Tensor scores = at::matmul(split(query, queries), split(key, keys).transpose(2, 3)) /
                        std::sqrt(static_cast<double>(headFeatures));
    if (causal) {
        const at::Tensor hidden = at::ones({queries, keys}, query.options().dtype(at::kBool)).triu(1);
        scores = scores.masked_fill(hidden, -INFINITY);
    }
    return at::matmul(at::softmax(scores, -1), split(value, keys))
        .transpose(1, 2)
        .reshape({batch, queries, features});
}

} // namespace unfog
