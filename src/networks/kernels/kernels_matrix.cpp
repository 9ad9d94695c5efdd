#include "networks/kernels/kernels_matrix.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <vector>

#include "networks/kernels/kernels.h"
#include "networks/kernels/kernels_threads.h"
#include "networks/layers/torch_compat.h"

namespace unfog::kernels {

namespace {

// A panel of this depth (96 KiB) and the rows of a product (375 KiB) stay in the second-level cache while
// they pass each other; every pass over the results is paid for with this much depth.
constexpr int64_t maxDepth = 384;
constexpr int64_t maxRows = 240;
constexpr int64_t rowStride = maxDepth + 16; // no power of two: neighbouring rows fall into other cache sets
constexpr int64_t maxBlockInputs = 384;

/// Neighbouring inputs of one tap of the convolution's kernel.
struct Run {
    int64_t ky, kx, channel, length;
};

/// What the rows [begin, end) of a part are multiplied with.
std::vector<Run> runsOf(const PackedMatrix& weights, int64_t block, int64_t begin, int64_t end)
{
    const int64_t first = weights.blockBegin(block), inputs = weights.blockBegin(block + 1) - first;
    std::vector<Run> runs;
    for (int64_t at = begin; at < end;) {
        const int64_t tap = at / inputs, input = at % inputs, length = std::min(end - at, inputs - input);
        runs.push_back({tap / weights.kernel(), tap % weights.kernel(), first + input, length});
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
            if (p.has(inLine, inColumn))
                std::memcpy(to, x + p.pixelAt(image, inLine, inColumn) * in + run.channel, bytes);
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
    assert(weight.device().is_cpu() && (weight.scalar_type() == at::kFloat || isReducedFloat(weight)));
    assert(!m_isConvolution || weight.size(2) == weight.size(3));
    const at::Tensor source = weight.detach().contiguous();
    m_parts = at::empty({panels() * panelColumns * m_in * taps()}, source.options());
    isNarrow() ? pack<uint16_t>(source) : pack<float>(source);
}

template <typename Bits>
void PackedMatrix::pack(const at::Tensor& weight)
{
    const auto* const from = static_cast<const Bits*>(weight.data_ptr());
    auto* const data = static_cast<Bits*>(m_parts.data_ptr());
    forEachTask(blocks() * panels(), [&](int64_t task) {
        const int64_t block = task / panels(), panel = task % panels();
        Bits* to = data + partBegin(block, panel);
        for (int64_t tap = 0; tap < taps(); ++tap)
            for (int64_t input = blockBegin(block); input < blockBegin(block + 1); ++input)
                for (int64_t j = 0; j < panelColumns; ++j) {
                    const int64_t output = panel * panelColumns + j;
                    *to++ = output < m_out ? from[(output * m_in + input) * taps() + tap] : Bits{0};
                }
    });
}

template <typename Bits>
void PackedMatrix::unpack(at::Tensor& weight) const
{
    auto* const to = static_cast<Bits*>(weight.data_ptr());
    for (int64_t block = 0; block < blocks(); ++block)
        for (int64_t panel = 0; panel < panels(); ++panel) {
            const Bits* from = static_cast<const Bits*>(m_parts.data_ptr()) + partBegin(block, panel);
            for (int64_t tap = 0; tap < taps(); ++tap)
                for (int64_t input = blockBegin(block); input < blockBegin(block + 1); ++input)
                    for (int64_t j = 0; j < panelColumns; ++j, ++from)
                        if (const int64_t output = panel * panelColumns + j; output < m_out)
                            to[(output * m_in + input) * taps() + tap] = *from;
        }
}

int64_t PackedMatrix::panels() const
{
    return divideUp(m_out, panelColumns);
}

int64_t PackedMatrix::blocks() const
{
    return divideUp(m_in, maxBlockInputs);
}

int64_t PackedMatrix::blockBegin(int64_t block) const
{
    return m_in * block / blocks();
}

int64_t PackedMatrix::partBegin(int64_t block, int64_t panel) const
{
    const int64_t begin = blockBegin(block), end = blockBegin(block + 1);
    return (begin * panels() + panel * (end - begin)) * taps() * panelColumns;
}

const float* PackedMatrix::rows(int64_t block, int64_t panel, int64_t begin, int64_t end, float* room) const
{
    const int64_t first = partBegin(block, panel) + begin * panelColumns;
    if (!isNarrow())
        return m_parts.data_ptr<float>() + first;
    table().widen((end - begin) * panelColumns, static_cast<const uint16_t*>(m_parts.data_ptr()) + first,
                  m_parts.scalar_type() == at::kBFloat16, room);
    return room;
}

at::Tensor PackedMatrix::plain() const
{
    at::Tensor weight = m_isConvolution ? at::empty({m_out, m_in, m_kernel, m_kernel}, m_parts.options())
                                        : at::empty({m_out, m_in}, m_parts.options());
    isNarrow() ? unpack<uint16_t>(weight) : unpack<float>(weight);
    return weight;
}

void PackedMatrix::multiply(const Picture& p, const float* x, const float* bias, const float* addend,
                            float* y) const
{
    const Table& kernels = table();
    forEachProductPart(p.batch * p.outHeight * p.outWidth, maxRows, panels(), [&](const ProductPart& task) {
        const auto [rowBegin, rowEnd, panelBegin, panelEnd] = task;
        float* const packed = scratch(Scratch::Rows, maxRows * rowStride);
        float* const widened = isNarrow() ? scratch(Scratch::Widened, maxDepth * panelColumns) : nullptr;
        for (int64_t block = 0; block < blocks(); ++block) {
            const int64_t depth = (blockBegin(block + 1) - blockBegin(block)) * taps();
            const int64_t slices = divideUp(depth, maxDepth);
            for (int64_t slice = 0; slice < slices; ++slice) {
                const int64_t begin = depth * slice / slices, end = depth * (slice + 1) / slices;
                gatherRows(p, x, m_in, runsOf(*this, block, begin, end), rowBegin, rowEnd, packed);
                const bool isFirst = block == 0 && slice == 0;
                Product product;
                product.rows = rowEnd - rowBegin;
                product.depth = end - begin;
                product.left = packed;
                product.rowStride = rowStride;
                product.resultStride = m_out;
                product.addendStride = m_out;
                for (int64_t panel = panelBegin; panel < panelEnd; ++panel) {
                    const int64_t column = panel * panelColumns, offset = rowBegin * m_out + column;
                    product.panel = rows(block, panel, begin, end, widened);
                    product.columns = std::min(panelColumns, m_out - column);
                    product.result = y + offset;
                    product.bias = isFirst && bias ? bias + column : nullptr;
                    product.addend = !isFirst ? product.result : addend ? addend + offset : nullptr;
                    kernels.product(product);
                }
            }
        }
    });
}

} // namespace unfog::kernels
