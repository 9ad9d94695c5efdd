#pragma once

#include <optional>

#include <ATen/ATen.h>

#include "weights/parameters.h"

/// The few building blocks of all three networks, as values that hold their weights. Inference paths may be
/// fused; where a gradient is asked for (`at::GradMode` on and an input or weight that requires it) the plain,
/// differentiable path runs. Pictures are channels-last in memory throughout; shapes below are logical.
namespace unfog {

/// y = x Wᵀ + b, `weight` [out, in], `bias` [out] or none. x: […, in].
struct Linear {
    at::Tensor weight;
    at::Tensor bias;

    Linear() = default;
    Linear(const Parameters& parameters, int64_t in, int64_t out, bool withBias = true);
    at::Tensor operator()(const at::Tensor& x) const;
};

/// `weight` [out, in, kernel, kernel]; x: [batch, in, height, width].
struct Conv2d {
    at::Tensor weight;
    at::Tensor bias;
    int64_t stride = 1;
    int64_t padding = 0;

    Conv2d() = default;
    Conv2d(const Parameters& parameters, int64_t in, int64_t out, int64_t kernel, int64_t stride = 1,
           int64_t padding = 0);
    at::Tensor operator()(const at::Tensor& x) const;
};

enum class Activation { None, Silu };

/// x: [batch, channels, height, width] → activation(normalised).
struct GroupNorm {
    at::Tensor weight;
    at::Tensor bias;
    int64_t groups = 32;
    double eps = 1e-5;

    GroupNorm() = default;
    GroupNorm(const Parameters& parameters, int64_t channels, int64_t groups, double eps);
    at::Tensor operator()(const at::Tensor& x, Activation activation = Activation::None) const;
};

/// Over the last dimension.
struct LayerNorm {
    at::Tensor weight;
    at::Tensor bias;
    double eps = 1e-5;

    LayerNorm() = default;
    LayerNorm(const Parameters& parameters, int64_t features, double eps = 1e-5);
    at::Tensor operator()(const at::Tensor& x) const;
};

/// softmax(Q Kᵀ / √(features/heads)) V, heads split from the last dimension.
/// query [batch, queries, features], key and value [batch, keys, features] → [batch, queries, features].
/// `causal`: query i sees keys 0 … i only. Memory beyond the result stays bounded by a fixed tile size.
at::Tensor attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value, int64_t heads,
                     bool causal = false);

} // namespace unfog
