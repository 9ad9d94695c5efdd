#pragma once

#include <optional>

#include <ATen/ATen.h>

/// Products with fixed weights, which are laid out once in the order in which the kernels read them.
namespace unfog::kernels {

/// What one product reads as its left side: the rows are the output pixels of a convolution over x, which is
/// [batch, height, width, channels] in memory. A Linear is the 1 × 1 case with all its rows in one column.
struct Picture {
    int64_t batch = 1;
    int64_t height = 1;
    int64_t width = 1;
    int64_t outHeight = 1;
    int64_t outWidth = 1;
    int64_t stride = 1;
    int64_t padding = 0;
};

/// The weights of a Linear [out, in] or of a convolution [out, in, kernel, kernel], float32 on the CPU.
class PackedMatrix final {
public:
    PackedMatrix() = default;
    explicit PackedMatrix(const at::Tensor& weight);

    bool defined() const { return m_panels.defined(); }
    int64_t out() const { return m_out; }
    int64_t in() const { return m_in; }
    int64_t kernel() const { return m_kernel; }

    /// A copy of the weights in the shape they came in.
    at::Tensor plain() const;

    /// y[row] = bias + addend[row] + Σ weights · x. `bias` [out] and `addend` (laid out as y) may be null.
    /// y: [rows, out], rows = batch · outHeight · outWidth.
    void multiply(const Picture& picture, const float* x, const float* bias, const float* addend,
                  float* y) const;

private:
    int64_t panels() const;
    int64_t depth() const { return m_in * m_kernel * m_kernel; }
    int64_t blocks() const;
    int64_t blockBegin(int64_t block) const;

    at::Tensor
        m_panels; ///< [block of depth][panel of columns][depth in block][panelColumns]; depth = (ky, kx, in)
    bool m_isConvolution = false;
    int64_t m_out = 0;
    int64_t m_in = 0;
    int64_t m_kernel = 1;
};

} // namespace unfog::kernels
