#pragma once

#include <optional>

#include <ATen/ATen.h>

/// Products with fixed weights, which are laid out once in the order in which the kernels read them.
namespace unfog::kernels {

/// What one product reads as its left side: the rows are the output pixels of a convolution over x, which is
/// [batch, height, width, channels] in memory, or half as high and wide (rounded up) where the convolution
/// sees it enlarged. A Linear is the 1 × 1 case with all its rows in one column.
struct Picture {
    int64_t batch = 1;
    int64_t height = 1;
    int64_t width = 1;
    int64_t outHeight = 1;
    int64_t outWidth = 1;
    int64_t stride = 1;
    int64_t padding = 0;
    int64_t doublings = 0; ///< 0, or 1: enlarged by nearest neighbours

    bool has(int64_t line, int64_t column) const
    {
        return line >= 0 && line < height && column >= 0 && column < width;
    }
    /// Which of the pixels in memory stands at that place.
    int64_t pixelAt(int64_t image, int64_t line, int64_t column) const
    {
        const int64_t lines = (height + doublings) >> doublings, columns = (width + doublings) >> doublings;
        return (image * lines + (line >> doublings)) * columns + (column >> doublings);
    }
};

/// The weights of a Linear [out, in] or of a convolution [out, in, kernel, kernel], on the CPU, kept as they
/// come: in float32, float16 or bfloat16. Sums are float32 in any case.
class PackedMatrix final {
public:
    PackedMatrix() = default;
    explicit PackedMatrix(const at::Tensor& weight);

    bool defined() const { return m_parts.defined(); }
    int64_t out() const { return m_out; }
    int64_t in() const { return m_in; }
    int64_t kernel() const { return m_kernel; }
    int64_t taps() const { return m_kernel * m_kernel; }

    /// The inputs are cut into blocks, the outputs into panels of `panelColumns`, the last one filled up with
    /// zeros.
    int64_t blocks() const;
    int64_t blockBegin(int64_t block) const; ///< first input of it; in() for block = blocks()
    int64_t panels() const;
    /// Rows [begin, end) of a part, which is [tap = (ky, kx)][input][panelColumns]: where they are kept, or
    /// widened into `room`.
    const float* rows(int64_t block, int64_t panel, int64_t begin, int64_t end, float* room) const;
    bool isNarrow() const { return m_parts.scalar_type() != at::kFloat; }

    /// A copy of the weights in the shape they came in.
    at::Tensor plain() const;

    /// y[row] = bias + addend[row] + Σ weights · x. `bias` [out] and `addend` (laid out as y) may be null.
    /// y: [rows, out], rows = batch · outHeight · outWidth.
    void multiply(const Picture& picture, const float* x, const float* bias, const float* addend,
                  float* y) const;

private:
    int64_t partBegin(int64_t block, int64_t panel) const;
    template <typename Bits>
    void pack(const at::Tensor& weight);
    template <typename Bits>
    void unpack(at::Tensor& weight) const;

    at::Tensor m_parts; ///< [block][panel][tap][input][panelColumns]
    bool m_isConvolution = false;
    int64_t m_out = 0;
    int64_t m_in = 0;
    int64_t m_kernel = 1;
};

} // namespace unfog::kernels
