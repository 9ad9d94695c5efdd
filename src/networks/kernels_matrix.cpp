#include "networks/kernels_matrix.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <vector>

#include "networks/kernels.h"
#include "networks/kernels_threads.h"

namespace unfog::kernels {

namespace {

// A panel of this depth (96 KiB) and the rows of a block (375 KiB) stay in the second-level cache while they
// pass each other; every pass over the results is paid for with this much depth.
constexpr int64_t maxBlockDepth = 384;
constexpr int64_t maxBlockRows = 240;
constexpr int64_t rowStride =
    maxBlockDepth + 16; // no power of two: neighbouring rows fall into other cache sets

int64_t divideUp(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

/// A run of a depth block that lies in one tap of the convolution's kernel.
struct Run {
    int64_t ky, kx, channel, length;
};

std::vector<Run> runsOf(int64_t begin, int64_t end, int64_t in, int64_t kernel)
{
    std::vector<Run> runs;
    for (int64_t at = begin; at < end;) {
        const int64_t tap = at / in, channel = at % in, length = std::min(end - at, in - channel);
        runs.push_back({tap / kernel, tap % kernel, channel, length});
        at += length;
    }
    return runs;
}

void gatherRows(const Picture& p, const float* x, int64_t in, const std::vector<Run>& runs, int64_t begin,
                int64_t end, float* rows)
{
    int64_t column = begin % p.outWidth, line = begin / p.outWidth % p.outHeight;
    int64_t image = begin / (p.outWidth * p.outHeight);
    for (int64_t row = begin; row < end; ++row, rows += rowStride) {
        float* to = rows;
        for (const Run& run : runs) {
            const int64_t inLine = line * p.stride - p.padding + run.ky;
            const int64_t inColumn = column * p.stride - p.padding + run.kx;
            const size_t bytes = static_cast<size_t>(run.length) * sizeof(float);
            if (inLine >= 0 && inLine < p.height && inColumn >= 0 && inColumn < p.width)
                std::memcpy(to, x + ((image * p.height + inLine) * p.width + inColumn) * in + run.channel,
                            bytes);
            else
                std::memset(to, 0, bytes);
            to += run.length;
        }
        if (++column == p.outWidth) {
            column = 0;
            if (++line == p.outHeight) {
                line = 0;
                ++image;
            }
        }
    }
}

} // namespace

PackedMatrix::PackedMatrix(const at::Tensor& weight)
    : m_isConvolution(weight.dim() == 4), m_out(weight.size(0)), m_in(weight.size(1)),
      m_kernel(m_isConvolution ? weight.size(2) : 1)
{
    assert(weight.scalar_type() == at::kFloat && weight.device().is_cpu());
    assert(!m_isConvolution || weight.size(2) == weight.size(3));
    const at::Tensor source = weight.detach().contiguous();
    m_panels = at::empty({panels() * panelColumns * depth()}, source.options());
    const float* from = source.data_ptr<float>();
    float* to = m_panels.data_ptr<float>();
    const int64_t taps = m_kernel * m_kernel;
    forEachTask(blocks() * panels(), [&](int64_t task) {
        const int64_t block = task / panels(), panel = task % panels();
        const int64_t begin = blockBegin(block), end = blockBegin(block + 1);
        float* part = to + (begin * panels() + panel * (end - begin)) * panelColumns;
        for (int64_t k = begin; k < end; ++k)
            for (int64_t j = 0; j < panelColumns; ++j) {
                const int64_t column = panel * panelColumns + j;
                *part++ = column < m_out ? from[(column * m_in + k % m_in) * taps + k / m_in] : 0.0F;
            }
    });
}

int64_t PackedMatrix::panels() const
{
    return divideUp(m_out, panelColumns);
}

int64_t PackedMatrix::blocks() const
{
    return divideUp(depth(), maxBlockDepth);
}

int64_t PackedMatrix::blockBegin(int64_t block) const
{
    return depth() * block / blocks();
}

at::Tensor PackedMatrix::plain() const
{
    at::Tensor weight = m_isConvolution ? at::empty({m_out, m_in, m_kernel, m_kernel}, m_panels.options())
                                        : at::empty({m_out, m_in}, m_panels.options());
    const float* from = m_panels.data_ptr<float>();
    float* to = weight.data_ptr<float>();
    const int64_t taps = m_kernel * m_kernel;
    for (int64_t block = 0; block < blocks(); ++block) {
        const int64_t begin = blockBegin(block), end = blockBegin(block + 1);
        for (int64_t panel = 0; panel < panels(); ++panel)
            for (int64_t k = begin; k < end; ++k)
                for (int64_t j = 0; j < panelColumns; ++j, ++from)
                    if (const int64_t column = panel * panelColumns + j; column < m_out)
                        to[(column * m_in + k % m_in) * taps + k / m_in] = *from;
    }
    return weight;
}

void PackedMatrix::multiply(const Picture& p, const float* x, const float* bias, const float* addend,
                            float* y) const
{
    const int64_t rows = p.batch * p.outHeight * p.outWidth;
    const int64_t threads = at::get_num_threads();
    int64_t rowBlocks = divideUp(rows, maxBlockRows), columnBlocks = 1;
    if (rowBlocks < threads)
        columnBlocks = std::min(divideUp(threads, rowBlocks), panels());
    else if (rowBlocks < 4 * threads)
        rowBlocks = divideUp(rowBlocks, threads) * threads;

    const bool pointwise = m_kernel == 1 && p.stride == 1 && p.padding == 0;
    const float* panelData = m_panels.data_ptr<float>();
    const Table& kernels = table();
    forEachTask(rowBlocks * columnBlocks, [&](int64_t task) {
        const int64_t rowBegin = rows * (task / columnBlocks) / rowBlocks;
        const int64_t rowEnd = rows * (task / columnBlocks + 1) / rowBlocks;
        const int64_t panelBegin = panels() * (task % columnBlocks) / columnBlocks;
        const int64_t panelEnd = panels() * (task % columnBlocks + 1) / columnBlocks;
        float* const packed = scratch(Scratch::Rows, maxBlockRows * rowStride);
        for (int64_t block = 0; block < blocks(); ++block) {
            const int64_t begin = blockBegin(block), end = blockBegin(block + 1);
            Product product;
            product.rows = rowEnd - rowBegin;
            product.depth = end - begin;
            if (pointwise && false) {
                product.left = x + rowBegin * m_in + begin;
                product.rowStride = m_in;
            } else {
                gatherRows(p, x, m_in, runsOf(begin, end, m_in, m_kernel), rowBegin, rowEnd, packed);
                product.left = packed;
                product.rowStride = rowStride;
            }
            product.resultStride = m_out;
            product.addendStride = m_out;
            for (int64_t panel = panelBegin; panel < panelEnd; ++panel) {
                const int64_t column = panel * panelColumns, offset = rowBegin * m_out + column;
                product.panel = panelData + (begin * panels() + panel * (end - begin)) * panelColumns;
                product.columns = std::min(panelColumns, m_out - column);
                product.result = y + offset;
                product.bias = block == 0 && bias ? bias + column : nullptr;
                product.addend = block > 0 ? product.result : addend ? addend + offset : nullptr;
                kernels.product(product);
            }
        }
    });
}

} // namespace unfog::kernels
