#pragma once

#include <cstdint>

/// The inner loops of the networks on the CPU, float32, written once and compiled per instruction set; the
/// best set that this processor has is chosen when the program runs. Everything here works on plain memory in
/// the calling thread, allocates nothing and knows no tensor. The order of every sum depends on the shapes
/// alone.
namespace unfog::kernels {

/// The right side of a product comes in panels of this many columns, row after row: [depth][panelColumns].
inline constexpr int64_t panelColumns = 64;

/// result[r][j] = bias[j] + addend[r][j] + Σ_k left(r, k) · panel[k][j], j < columns.
struct Product {
    int64_t rows = 0;
    int64_t depth = 0;
    const float* left =
        nullptr; ///< left(r, k) is at r·rowStride + k·depthStride; one of the two strides is 1
    int64_t rowStride = 0;
    int64_t depthStride = 1;
    const float* panel = nullptr;
    int64_t columns = panelColumns;
    const float* bias = nullptr;   ///< [columns], or none
    const float* addend = nullptr; ///< [rows][addendStride], or none; may be `result`
    int64_t addendStride = 0;
    float* result = nullptr;
    int64_t resultStride = 0;
};

/// One step of a softmax over rows that come tile by tile (Milakov & Gimelshein 2018, alg. 3), for 32 columns
/// at once.
struct SoftmaxColumns {
    int64_t rows = 0;
    float scale = 1;          ///< of the scores
    float* scores = nullptr;  ///< [rows][panelColumns] → 2^(scale · log2 e · score − maximum)
    float* maxima = nullptr;  ///< [panelColumns], of the exponents so far; −∞ before the first tile
    float* sums = nullptr;    ///< [panelColumns], of the exponentials so far
    float* rescale = nullptr; ///< [panelColumns] → what earlier sums have to be multiplied by
};

/// The first pass of a channel normalisation backwards, over [pixels][channels].
struct ChannelGradients {
    int64_t pixels = 0;
    int64_t channels = 0;
    const float* x = nullptr;
    const float* outputGradient = nullptr;
    const float* scale = nullptr; ///< [channels]; the activation saw x · scale + offset
    const float* offset = nullptr;
    const float* mean = nullptr; ///< [channels]
    bool silu = false;
    float* gradient = nullptr; ///< → g = output gradient · activation'(x · scale + offset)
    float* sums = nullptr;     ///< [channels], Σ g is added
    float* products = nullptr; ///< [channels], Σ g (x − mean) is added
};

/// The functions of one instruction set. Elementwise ones allow `x` = `y`.
struct Table {
    const char* name;

    void (*product)(const Product&);
    void (*softmaxColumns)(const SoftmaxColumns&);
    /// data[r][j] *= factors[j] for the columns of a panel.
    void (*scaleColumns)(int64_t rows, const float* factors, float* data);

    // The three transformations of a convolution F(2 × 2, 3 × 3) (Lavin & Gray 2016, section 4.1), each on
    // vectors of `count` channels.

    /// Bᵀ d B of 4 × 4 pixels, row by row → 16 planes, `planeStride` apart.
    void (*winogradInput)(int64_t count, const float* const* pixels, float* planes, int64_t planeStride);
    /// G g Gᵀ of 3 × 3 taps, `tapStride` apart → 16 planes.
    void (*winogradWeights)(int64_t count, const float* taps, int64_t tapStride, float* planes,
                            int64_t planeStride);
    /// Aᵀ m A of 16 planes, plus bias and addend → 2 × 2 results; those that are null are left out.
    void (*winogradOutput)(int64_t count, const float* planes, int64_t planeStride, const float* bias,
                           const float* const* addends, float* const* results);

    /// Adds Σ (x − shift) and Σ (x − shift)² of each channel over `pixels` to `sums`, `squares`. x:
    /// [pixels][channels].
    void (*channelMoments)(int64_t pixels, int64_t channels, const float* x, const float* shift, float* sums,
                           float* squares);
    /// y = x · scale[channel] + offset[channel], then SiLU if asked.
    void (*scaleChannels)(int64_t pixels, int64_t channels, const float* x, const float* scale,
                          const float* offset, bool silu, float* y);
    void (*channelGradients)(const ChannelGradients&);
    /// y = y · yFactor[channel] + x · xFactor[channel] + constant[channel]
    void (*mixChannels)(int64_t pixels, int64_t channels, const float* x, const float* xFactor,
                        const float* yFactor, const float* constant, float* y);
    /// y = (x − mean) / √(variance + eps) · weight + bias over each row of `features`.
    void (*layerNorm)(int64_t rows, int64_t features, const float* x, const float* weight, const float* bias,
                      float eps, float* y);

    /// float16, or bfloat16 if `brain`, bit for bit → float32; exact.
    void (*widen)(int64_t count, const uint16_t* x, bool brain, float* y);
    void (*silu)(int64_t count, const float* x, float* y);      ///< x / (1 + e^−x)
    void (*quickGelu)(int64_t count, const float* x, float* y); ///< x / (1 + e^−1.702x)
    void (*gelu)(int64_t count, const float* x, float* y);      ///< x Φ(x), exact
    /// y = x[0 … features) · gelu(x[features … 2·features)) for each row of 2·features.
    void (*geglu)(int64_t rows, int64_t features, const float* x, float* y);
};

/// The best set for this processor.
const Table& table();

/// Fills in the sets that this processor can run, best first, and returns how many.
int usableTables(const Table* (&tables)[3]);

} // namespace unfog::kernels
