#pragma once

#include <vector>

#include <ATen/ATen.h>

#include "networks/kernels/kernels_matrix.h"
#include "networks/layers/attention.h"
#include "weights/parameters/parameters.h"

/// The few building blocks of all three networks, as values that hold their weights. Pictures are
/// channels-last in memory throughout; shapes below are logical.
///
/// Weights on the CPU that no gradient is asked for are laid out for the kernels when the layer is built, in
/// the width they come in, and the kernels compute in float32; where the input carries a gradient
/// (`at::GradMode` on), or on other devices, LibTorch's own differentiable operations do, but for group norm
/// and attention, whose gradients on the CPU come from kernels as well. The kernels give the same bits
/// whatever the number of threads.
///
/// An argument that is taken by value and was given away (moved, and held by nobody else) lends its memory to
/// the result where it can: pictures are the largest things in memory.
namespace unfog {

/// y = x Wᵀ + b. x: […, in] → […, out].
class Linear final {
public:
    Linear() = default;
    /// Asks for "weight" [out, in] and "bias" [out].
    Linear(const Parameters& parameters, int64_t in, int64_t out, bool withBias = true);

    at::Tensor operator()(const at::Tensor& x) const;
    /// The same plus `addend` [..., out], in one pass.
    at::Tensor operator()(const at::Tensor& x, at::Tensor addend) const;

    at::Tensor weight() const; ///< [out, in]; a copy where the kernels hold it

private:
    at::Tensor multiplied(const at::Tensor& x, at::Tensor addend) const;

    at::Tensor m_weight; ///< undefined where m_packed holds it
    kernels::PackedMatrix m_packed;
    at::Tensor m_bias; ///< undefined: none
};

/// Several Linears of one shape that read the same input, computed as one; apart where a gradient is asked
/// for.
class JointLinear final {
public:
    JointLinear(const std::vector<Parameters>& parts, int64_t in, int64_t out, bool withBias);

    /// x: […, in] → a view […, out] for each part.
    std::vector<at::Tensor> operator()(const at::Tensor& x) const;

private:
    int64_t m_out;
    std::vector<Linear> m_linears; ///< one a part, or one for all
};

/// x: [batch, in, height, width] → [batch, out, …], channels-last.
class Conv2d final {
public:
    Conv2d() = default;
    /// Asks for "weight" [out, in, kernel, kernel] and "bias" [out].
    Conv2d(const Parameters& parameters, int64_t in, int64_t out, int64_t kernel, int64_t stride = 1,
           int64_t padding = 0);

    at::Tensor operator()(const at::Tensor& x) const;
    /// The same plus `addend` of the result's shape, in one pass.
    at::Tensor operator()(const at::Tensor& x, at::Tensor addend) const;
    /// The convolution of x enlarged to `height` × `width` by nearest neighbours. Where that is by two, or to
    /// an odd size one short of it, the kernels do it without the enlarged picture.
    at::Tensor ofEnlarged(const at::Tensor& x, int64_t height, int64_t width) const;

    at::Tensor weight() const; ///< [out, in, kernel, kernel]; a copy where the kernels hold it

private:
    bool canUseKernels(const at::Tensor& x) const;
    /// `picture`: batch, height and width as the convolution sees them, and how much x is enlarged for that.
    at::Tensor convolved(kernels::Picture picture, const at::Tensor& x, at::Tensor addend) const;
    at::Tensor convolvedByTorch(const at::Tensor& x, const at::Tensor& addend) const;

    at::Tensor m_weight; ///< undefined where m_packed holds it
    kernels::PackedMatrix m_packed;
    at::Tensor m_bias;
    int64_t m_kernel = 1;
    int64_t m_stride = 1;
    int64_t m_padding = 0;
};

enum class Activation { None, Silu };

/// Wu & He 2018. x: [batch, channels, height, width] → activation(normalised), channels-last.
struct GroupNorm {
    at::Tensor weight;
    at::Tensor bias;
    int64_t groups = 32;
    double eps = 1e-5;

    GroupNorm() = default;
    GroupNorm(const Parameters& parameters, int64_t channels, int64_t groups, double eps);
    at::Tensor operator()(at::Tensor x, Activation activation = Activation::None) const;
};

/// Ba et al. 2016, over the last dimension.
struct LayerNorm {
    at::Tensor weight;
    at::Tensor bias;
    double eps = 1e-5;

    LayerNorm() = default;
    LayerNorm(const Parameters& parameters, int64_t features, double eps = 1e-5);
    at::Tensor operator()(const at::Tensor& x) const;
};

} // namespace unfog
