// Products with panels, the softmax between two of them, and the transformations of a Winograd convolution.
#pragma once

#include "networks/kernels/kernels_simd_vectors.h"

namespace unfog::kernels {
namespace {

/// The columns of a panel that one tile is multiplied with.
struct Strip {
    const float* data;
    int64_t stride; ///< from one row to the next
};

/// Asks for what the tile at `row` begins with; the rest of a row the processor sees coming by itself.
template <int Rows, bool AlongDepth>
UNFOG_INLINE void prefetchTile(const Product& p, int64_t row, int64_t column)
{
    constexpr int64_t cacheLine = 16;
    if constexpr (AlongDepth)
#pragma GCC unroll 16
        for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 4
            for (int line = 0; line < 3; ++line)
                __builtin_prefetch(p.left + (row + r) * p.rowStride + line * cacheLine);
    if (p.addend)
#pragma GCC unroll 16
        for (int r = 0; r < Rows; ++r)
            __builtin_prefetch(p.addend + (row + r) * p.addendStride + column);
}

template <int Rows, int Vectors, bool AlongDepth>
void productTile(const Product& p, const Strip& strip, int64_t row, int64_t column)
{
    Vector sums[Rows][Vectors];
    Vector start[Vectors] = {};
    if (p.bias)
#pragma GCC unroll 4
        for (int v = 0; v < Vectors; ++v)
            start[v] = load(p.bias + column + v * lanes);
    if (p.addend) {
        const float* addend = p.addend + row * p.addendStride + column;
#pragma GCC unroll 16
        for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 4
            for (int v = 0; v < Vectors; ++v)
                sums[r][v] = load(addend + r * p.addendStride + v * lanes) + start[v];
    } else {
#pragma GCC unroll 16
        for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 4
            for (int v = 0; v < Vectors; ++v)
                sums[r][v] = start[v];
    }

    prefetchTile<Rows, AlongDepth>(p, row + Rows, column);

    const float* right = strip.data;
    const int64_t rightStride = strip.stride;
    const auto addProducts = [&](auto left) __attribute__((always_inline))
    {
        Vector b[Vectors];
#pragma GCC unroll 4
        for (int v = 0; v < Vectors; ++v)
            b[v] = load(right + v * lanes);
#pragma GCC unroll 16
        for (int r = 0; r < Rows; ++r) {
            const Vector a = broadcast(left(r));
#pragma GCC unroll 4
            for (int v = 0; v < Vectors; ++v)
                sums[r][v] += a * b[v];
        }
        right += rightStride;
    };
    if constexpr (AlongDepth) {
        // A pointer to every third row: with the row stride as index register, x86 reaches the two rows after
        // it.
        constexpr int pointers = (Rows + 2) / 3;
        const int64_t stride = p.rowStride;
        const float* left[pointers];
#pragma GCC unroll 16
        for (int i = 0; i < pointers; ++i)
            left[i] = p.left + (row + int64_t{3} * i) * stride;
        int64_t k = 0;
#pragma GCC unroll 1
        for (; k + 2 <= p.depth; k += 2) {
            addProducts([&](int r) __attribute__((always_inline)) { return left[r / 3][r % 3 * stride]; });
            addProducts([&](int r)
                            __attribute__((always_inline)) { return left[r / 3][r % 3 * stride + 1]; });
#pragma GCC unroll 16
            for (int i = 0; i < pointers; ++i) {
                left[i] += 2;
                asm("" : "+r"(left[i])); // keeps the compiler from recomputing the pointers
            }
        }
        if (k < p.depth)
            addProducts([&](int r) __attribute__((always_inline)) { return left[r / 3][r % 3 * stride]; });
    } else {
        const float* left = p.left + row;
#pragma GCC unroll 1
        for (int64_t k = 0; k < p.depth; ++k, left += p.depthStride)
            addProducts([&](int r) __attribute__((always_inline)) { return left[r]; });
    }

    float* result = p.result + row * p.resultStride + column;
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 4
        for (int v = 0; v < Vectors; ++v)
            store(result + r * p.resultStride + v * lanes, sums[r][v]);
}

template <int Rows, int Vectors>
void productRows(int rows, const Product& p, const Strip& strip, int64_t row, int64_t column)
{
    if constexpr (Rows > 0) {
        if (rows != Rows)
            return productRows<Rows - 1, Vectors>(rows, p, strip, row, column);
        if (p.depthStride == 1)
            productTile<Rows, Vectors, true>(p, strip, row, column);
        else
            productTile<Rows, Vectors, false>(p, strip, row, column);
    }
}

template <int MaxRows, int Vectors>
void productOfColumns(const Product& p, int64_t column)
{
    // Every fourth line of a deep panel falls into so few sets of the first-level cache that the tiles would
    // push it out again and again; a copy stays.
    constexpr int64_t width = Vectors * lanes, leastDepth = 64, mostDepth = 384,
                      leastRows = int64_t{10} * MaxRows;
    alignas(64) float copy[width < panelColumns ? mostDepth * width : 1];
    Strip strip = {p.panel + column, panelColumns};
    if (width < panelColumns && p.depth > leastDepth && p.depth <= mostDepth && p.rows >= leastRows) {
        for (int64_t k = 0; k < p.depth; ++k)
#pragma GCC unroll 4
            for (int v = 0; v < Vectors; ++v)
                store(copy + k * width + v * lanes, load(strip.data + k * panelColumns + v * lanes));
        strip = {copy, width};
    }
    const int64_t tiles = (p.rows + MaxRows - 1) / MaxRows;
    for (int64_t tile = 0, row = 0; tile < tiles; ++tile) {
        // Tiles of equal height: a last tile of one or two rows would wait for its own sums.
        const int64_t end = p.rows * (tile + 1) / tiles;
        productRows<MaxRows, Vectors>(static_cast<int>(end - row), p, strip, row, column);
        row = end;
    }
}

/// All columns that `p.columns` reaches into, in steps of two vectors.
void productOfWholeVectors(const Product& p)
{
    constexpr int64_t wide = UNFOG_TILE_VECTORS * lanes, narrow = 2 * lanes;
    int64_t column = 0;
    for (; column + wide - narrow < p.columns; column += wide)
        productOfColumns<UNFOG_TILE_ROWS, UNFOG_TILE_VECTORS>(p, column);
    for (; column < p.columns; column += narrow)
        productOfColumns<UNFOG_NARROW_TILE_ROWS, 2>(p, column);
}

void product(const Product& p)
{
    if (p.columns == panelColumns)
        return productOfWholeVectors(p);
    constexpr int64_t rowsAtOnce = 84; // whole tiles of 6 and of 14
    float bias[panelColumns] = {};
    float block[rowsAtOnce * panelColumns] = {};
    if (p.bias)
        for (int64_t j = 0; j < p.columns; ++j)
            bias[j] = p.bias[j];
    for (int64_t row = 0; row < p.rows; row += rowsAtOnce) {
        const int64_t rows = p.rows - row < rowsAtOnce ? p.rows - row : rowsAtOnce;
        if (p.addend)
            for (int64_t r = 0; r < rows; ++r)
                for (int64_t j = 0; j < p.columns; ++j)
                    block[r * panelColumns + j] = p.addend[(row + r) * p.addendStride + j];
        Product part = p;
        part.rows = rows;
        part.left = p.left + row * p.rowStride;
        part.bias = p.bias ? bias : nullptr;
        part.addend = p.addend ? block : nullptr;
        part.addendStride = panelColumns;
        part.result = block;
        part.resultStride = panelColumns;
        productOfWholeVectors(part);
        for (int64_t r = 0; r < rows; ++r)
            for (int64_t j = 0; j < p.columns; ++j)
                p.result[(row + r) * p.resultStride + j] = block[r * panelColumns + j];
    }
}

void softmaxColumns(const SoftmaxColumns& s)
{
    // The scores are scaled into powers of two; what the product with log2 e rounds off is common to a
    // column.
    const float scale = s.scale * 1.44269504F;
    constexpr int vectors = 4;
    for (int64_t column = 0; column < panelColumns; column += vectors * lanes) {
        float* scores = s.scores + column;
        Vector highest[vectors], sum[vectors] = {};
        for (int v = 0; v < vectors; ++v)
            highest[v] = load(scores + v * lanes);
        for (int64_t row = 1; row < s.rows; ++row)
#pragma GCC unroll 4
            for (int v = 0; v < vectors; ++v) {
                const Vector score = load(scores + row * panelColumns + v * lanes);
                highest[v] = highest[v] > score ? highest[v] : score;
            }
        for (int v = 0; v < vectors; ++v) {
            const int64_t at = column + v * lanes;
            const Vector before = load(s.maxima + at), scaled = highest[v] * scale;
            highest[v] = scaled > before ? scaled : before;
            store(s.maxima + at, highest[v]);
            store(s.rescale + at, powerOfTwo(before - highest[v]));
        }
        for (int64_t row = 0; row < s.rows; ++row)
#pragma GCC unroll 4
            for (int v = 0; v < vectors; ++v) {
                float* at = scores + row * panelColumns + v * lanes;
                const Vector e = powerOfTwo(load(at) * scale - highest[v]);
                store(at, e);
                sum[v] += e;
            }
        for (int v = 0; v < vectors; ++v) {
            const int64_t at = column + v * lanes;
            store(s.sums + at, load(s.sums + at) * load(s.rescale + at) + sum[v]);
        }
    }
}

void scaleColumns(int64_t rows, const float* factors, float* data)
{
    for (int64_t row = 0; row < rows; ++row)
        for (int64_t column = 0; column < panelColumns; column += lanes) {
            float* at = data + row * panelColumns + column;
            store(at, load(at) * load(factors + column));
        }
}

void winogradInput(int64_t count, const float* const* pixels, float* planes, int64_t planeStride)
{
    forEachVector(count, [&](int64_t c, auto loadPart, auto storePart) {
        Vector t[4][4];
#pragma GCC unroll 4
        for (int j = 0; j < 4; ++j) {
            const Vector d0 = loadPart(pixels[j] + c), d1 = loadPart(pixels[4 + j] + c);
            const Vector d2 = loadPart(pixels[8 + j] + c), d3 = loadPart(pixels[12 + j] + c);
            t[0][j] = d0 - d2;
            t[1][j] = d1 + d2;
            t[2][j] = d2 - d1;
            t[3][j] = d1 - d3;
        }
        float* to = planes + c;
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i, to += 4 * planeStride) {
            storePart(to, t[i][0] - t[i][2]);
            storePart(to + planeStride, t[i][1] + t[i][2]);
            storePart(to + 2 * planeStride, t[i][2] - t[i][1]);
            storePart(to + 3 * planeStride, t[i][1] - t[i][3]);
        }
    });
}

void winogradWeights(int64_t count, const float* taps, int64_t tapStride, float* planes, int64_t planeStride)
{
    forEachVector(count, [&](int64_t c, auto loadPart, auto storePart) {
        Vector t[4][3];
#pragma GCC unroll 3
        for (int j = 0; j < 3; ++j) {
            const Vector g0 = loadPart(taps + j * tapStride + c),
                         g1 = loadPart(taps + (3 + j) * tapStride + c);
            const Vector g2 = loadPart(taps + (6 + j) * tapStride + c);
            const Vector sum = (g0 + g2) * 0.5F, half = g1 * 0.5F;
            t[0][j] = g0;
            t[1][j] = sum + half;
            t[2][j] = sum - half;
            t[3][j] = g2;
        }
        float* to = planes + c;
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i, to += 4 * planeStride) {
            const Vector sum = (t[i][0] + t[i][2]) * 0.5F, half = t[i][1] * 0.5F;
            storePart(to, t[i][0]);
            storePart(to + planeStride, sum + half);
            storePart(to + 2 * planeStride, sum - half);
            storePart(to + 3 * planeStride, t[i][2]);
        }
    });
}

void winogradOutput(int64_t count, const float* planes, int64_t planeStride, const float* bias,
                    const float* const* addends, float* const* results)
{
    forEachVector(count, [&](int64_t c, auto loadPart, auto storePart) {
        Vector t[2][4];
#pragma GCC unroll 4
        for (int j = 0; j < 4; ++j) {
            const float* from = planes + j * planeStride + c;
            const Vector m0 = loadPart(from), m1 = loadPart(from + 4 * planeStride);
            const Vector m2 = loadPart(from + 8 * planeStride), m3 = loadPart(from + 12 * planeStride);
            t[0][j] = m0 + m1 + m2;
            t[1][j] = m1 - m2 - m3;
        }
        const Vector start = bias ? loadPart(bias + c) : Vector{};
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i) {
            if (!results[i])
                continue;
            const Vector* row = t[i / 2];
            Vector sum = i % 2 == 0 ? row[0] + row[1] + row[2] : row[1] - row[2] - row[3];
            sum += start;
            if (addends[i])
                sum += loadPart(addends[i] + c);
            storePart(results[i] + c, sum);
        }
    });
}

} // namespace
} // namespace unfog::kernels
