// The kernels themselves, for one width of vector: included by one source file per instruction set, which
// defines UNFOG_VECTOR_BYTES and UNFOG_TILE_ROWS (rows of a product kept in registers, two vectors wide).
#pragma once

#include <cstddef>
#include <cstdint>

#include "networks/kernels.h"
#if UNFOG_VECTOR_BYTES == 64
#include <immintrin.h> // its functions are always inlined, and so harmless here
#endif

namespace unfog::kernels {
namespace {

constexpr int64_t lanes = UNFOG_VECTOR_BYTES / 4;
using Vector = float __attribute__((vector_size(UNFOG_VECTOR_BYTES)));
using Integers = int32_t __attribute__((vector_size(UNFOG_VECTOR_BYTES)));
using VectorInMemory = float __attribute__((vector_size(UNFOG_VECTOR_BYTES), aligned(4), may_alias));

#define UNFOG_INLINE inline __attribute__((always_inline))

UNFOG_INLINE Vector load(const float* from)
{
    return *reinterpret_cast<const VectorInMemory*>(from);
}

UNFOG_INLINE void store(float* to, Vector value)
{
    *reinterpret_cast<VectorInMemory*>(to) = value;
}

UNFOG_INLINE Vector loadSome(const float* from, int64_t count)
{
    Vector value = {};
    __builtin_memcpy(&value, from, static_cast<size_t>(count) * sizeof(float));
    return value;
}

UNFOG_INLINE void storeSome(float* to, Vector value, int64_t count)
{
    __builtin_memcpy(to, &value, static_cast<size_t>(count) * sizeof(float));
}

// Not `Vector{} + value`: for −0 that is an addition which the compiler must keep.
UNFOG_INLINE Vector broadcast(float v)
{
#if UNFOG_VECTOR_BYTES == 64
    return Vector{v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v};
#elif UNFOG_VECTOR_BYTES == 32
    return Vector{v, v, v, v, v, v, v, v};
#else
    return Vector{v, v, v, v};
#endif
}

UNFOG_INLINE Integers broadcastInteger(int32_t v)
{
    return Integers{} + v;
}

UNFOG_INLINE float sumOfLanes(Vector value)
{
    float sum = 0;
    for (int64_t i = 0; i < lanes; ++i)
        sum += value[i];
    return sum;
}

constexpr float roundingMagic = 12582912.0F; // 1.5 · 2²³: adding it rounds to an integer in the low bits

/// value · 2ⁿ, n given as n + roundingMagic. A product, not an addition to the exponent's bits: NaN stays
/// NaN.
UNFOG_INLINE Vector timesPowerOfTwo(Vector value, Vector shiftedExponent)
{
    const Integers power = (reinterpret_cast<Integers>(shiftedExponent) << 23) + (127 << 23);
    return value * reinterpret_cast<Vector>(power);
}

// e^x by Cody–Waite reduction and a polynomial fitted at Chebyshev nodes: 1e-8 relative before rounding. Ends
// at the largest and smallest normal numbers instead of ∞ and 0; NaN stays NaN.
UNFOG_INLINE Vector exponential(Vector x)
{
    const Vector upper = broadcast(88.3F), lower = broadcast(-87.3F);
    x = x > upper ? upper : x;
    x = x < lower ? lower : x;
    const Vector shifted = x * 1.44269504F + roundingMagic;
    const Vector n = shifted - roundingMagic;
    Vector r = x - n * 0.693359375F;
    r = r - n * -2.12194440e-4F;
    Vector p = broadcast(0.00139261835877F);
    p = p * r + 0.00836317905272F;
    p = p * r + 0.0416665546172F;
    p = p * r + 0.166665769897F;
    p = p * r + 0.5F;
    p = p * (r * r) + r + 1.0F;
    return timesPowerOfTwo(p, shifted);
}

// 2^x for x ≤ 0, the polynomial fitted as above: 2e-7 relative before rounding.
UNFOG_INLINE Vector powerOfTwo(Vector x)
{
    const Vector lower = broadcast(-125.5F);
    x = x < lower ? lower : x;
    const Vector shifted = x + roundingMagic;
    const Vector r = x - (shifted - roundingMagic);
    Vector p = broadcast(0.00133813216689F);
    p = p * r + 0.0096663878545F;
    p = p * r + 0.0555038098988F;
    p = p * r + 0.240223487963F;
    p = p * r + 0.69314718056F;
    p = p * r + 1.0F;
    return timesPowerOfTwo(p, shifted);
}

// Φ(x), the normal distribution function: Φ(−a) = e^(−a²/2) t Q(t) with t = 1 / (1 + 0.3 a), Q fitted at
// Chebyshev nodes for a ≤ 13: 4e-9 relative before rounding.
UNFOG_INLINE Vector normalDistribution(Vector x)
{
    const Vector zero = {};
    const Vector a = x < zero ? -x : x;
    const Vector t = 1.0F / (a * 0.3F + 1.0F);
    Vector q = broadcast(-0.020783106713F);
    q = q * t + 0.113336038033F;
    q = q * t + -0.230407903F;
    q = q * t + 0.194808266721F;
    q = q * t + -0.0820119198085F;
    q = q * t + 0.097579603038F;
    q = q * t + 0.0778891884281F;
    q = q * t + 0.110343701416F;
    q = q * t + 0.119558776015F;
    q = q * t + 0.119687354198F;
    const Vector below = exponential(a * a * -0.5F) * (q * t);
    return x < zero ? below : 1.0F - below;
}

UNFOG_INLINE Vector siluOf(Vector x)
{
    return x / (exponential(-x) + 1.0F);
}

UNFOG_INLINE Vector geluOf(Vector x)
{
    return x * normalDistribution(x);
}

template <int Rows, int Vectors, bool AlongDepth>
void productTile(const Product& p, int64_t row, int64_t column)
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

    const float* panel = p.panel + column;
    const auto addProducts = [&](auto left) __attribute__((always_inline))
    {
        Vector b[Vectors];
#pragma GCC unroll 4
        for (int v = 0; v < Vectors; ++v)
            b[v] = load(panel + v * lanes);
#pragma GCC unroll 16
        for (int r = 0; r < Rows; ++r) {
            const Vector a = broadcast(left(r));
#pragma GCC unroll 4
            for (int v = 0; v < Vectors; ++v)
                sums[r][v] += a * b[v];
        }
        panel += panelColumns;
    };
    if constexpr (AlongDepth) {
        // A pointer to every third row: with the row stride as index register, x86 reaches the two rows after
        // it.
        constexpr int pointers = (Rows + 2) / 3;
        const int64_t stride = p.rowStride;
        const float* left[pointers];
#pragma GCC unroll 16
        for (int i = 0; i < pointers; ++i)
            left[i] = p.left + (row + 3 * i) * stride;
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
void productRows(int rows, const Product& p, int64_t row, int64_t column)
{
    if constexpr (Rows > 0) {
        if (rows != Rows)
            return productRows<Rows - 1, Vectors>(rows, p, row, column);
        if (p.depthStride == 1)
            productTile<Rows, Vectors, true>(p, row, column);
        else
            productTile<Rows, Vectors, false>(p, row, column);
    }
}

template <int MaxRows, int Vectors>
void productOfColumns(const Product& p, int64_t column)
{
    const int64_t tiles = (p.rows + MaxRows - 1) / MaxRows;
    for (int64_t tile = 0, row = 0; tile < tiles; ++tile) {
        // Tiles of equal height: a last tile of one or two rows would wait for its own sums.
        const int64_t end = p.rows * (tile + 1) / tiles;
        productRows<MaxRows, Vectors>(static_cast<int>(end - row), p, row, column);
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

/// `body(c, load, store)` for whole vectors of [0, count), then for the rest.
template <typename Body>
UNFOG_INLINE void forEachVector(int64_t count, Body body)
{
    int64_t c = 0;
    for (; c + lanes <= count; c += lanes)
        body(c, load, store);
    if (const int64_t rest = count - c; rest > 0)
        body(
            c, [rest](const float* from) { return loadSome(from, rest); },
            [rest](float* to, Vector value) { storeSome(to, value, rest); });
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

void channelMoments(int64_t pixels, int64_t channels, const float* x, const float* shift, float* sums,
                    float* squares)
{
    forEachVector(channels, [&](int64_t c, auto loadPart, auto storePart) {
        const Vector from = loadPart(shift + c);
        Vector sum = loadPart(sums + c), square = loadPart(squares + c);
        for (int64_t pixel = 0; pixel < pixels; ++pixel) {
            const Vector difference = loadPart(x + pixel * channels + c) - from;
            sum += difference;
            square += difference * difference;
        }
        storePart(sums + c, sum);
        storePart(squares + c, square);
    });
}

void scaleChannels(int64_t pixels, int64_t channels, const float* x, const float* scale, const float* offset,
                   bool silu, float* y)
{
    for (int64_t pixel = 0; pixel < pixels; ++pixel, x += channels, y += channels) {
        int64_t c = 0;
        for (; c + lanes <= channels; c += lanes) {
            const Vector value = load(x + c) * load(scale + c) + load(offset + c);
            store(y + c, silu ? siluOf(value) : value);
        }
        if (const int64_t rest = channels - c; rest > 0) {
            const Vector value =
                loadSome(x + c, rest) * loadSome(scale + c, rest) + loadSome(offset + c, rest);
            storeSome(y + c, silu ? siluOf(value) : value, rest);
        }
    }
}

void channelGradients(const ChannelGradients& p)
{
    const Vector one = broadcast(1.0F);
    forEachVector(p.channels, [&](int64_t c, auto loadPart, auto storePart) {
        const Vector scale = loadPart(p.scale + c), offset = loadPart(p.offset + c),
                     mean = loadPart(p.mean + c);
        Vector sum = loadPart(p.sums + c), product = loadPart(p.products + c);
        for (int64_t pixel = 0; pixel < p.pixels; ++pixel) {
            const int64_t at = pixel * p.channels + c;
            const Vector x = loadPart(p.x + at);
            Vector g = loadPart(p.outputGradient + at);
            if (p.silu) {
                const Vector n = x * scale + offset;
                const Vector sigmoid = one / (exponential(-n) + 1.0F);
                g *= sigmoid * (n * (one - sigmoid) + 1.0F);
            }
            storePart(p.gradient + at, g);
            sum += g;
            product += g * (x - mean);
        }
        storePart(p.sums + c, sum);
        storePart(p.products + c, product);
    });
}

void mixChannels(int64_t pixels, int64_t channels, const float* x, const float* xFactor, const float* yFactor,
                 const float* constant, float* y)
{
    for (int64_t pixel = 0; pixel < pixels; ++pixel, x += channels, y += channels) {
        int64_t c = 0;
        for (; c + lanes <= channels; c += lanes)
            store(y + c,
                  load(y + c) * load(yFactor + c) + load(x + c) * load(xFactor + c) + load(constant + c));
        for (; c < channels; ++c)
            y[c] = y[c] * yFactor[c] + x[c] * xFactor[c] + constant[c];
    }
}

void layerNorm(int64_t rows, int64_t features, const float* x, const float* weight, const float* bias,
               float eps, float* y)
{
    const int64_t whole = features - features % lanes, rest = features - whole;
    for (int64_t row = 0; row < rows; ++row, x += features, y += features) {
        Vector sum = {};
        for (int64_t c = 0; c < whole; c += lanes)
            sum += load(x + c);
        sum += loadSome(x + whole, rest);
        const float mean = sumOfLanes(sum) / static_cast<float>(features);
        Vector square = {};
        for (int64_t c = 0; c < whole; c += lanes) {
            const Vector difference = load(x + c) - mean;
            square += difference * difference;
        }
        for (int64_t c = whole; c < features; ++c)
            square[c - whole] += (x[c] - mean) * (x[c] - mean);
        const float scale = 1.0F / __builtin_sqrtf(sumOfLanes(square) / static_cast<float>(features) + eps);
        for (int64_t c = 0; c < whole; c += lanes)
            store(y + c, (load(x + c) - mean) * scale * load(weight + c) + load(bias + c));
        for (int64_t c = whole; c < features; ++c)
            y[c] = (x[c] - mean) * scale * weight[c] + bias[c];
    }
}

using Shorts = uint16_t __attribute__((vector_size(UNFOG_VECTOR_BYTES / 2)));

UNFOG_INLINE Vector widenBrain(Shorts shorts)
{
    const Integers bits = __builtin_convertvector(shorts, Integers);
    return reinterpret_cast<Vector>(bits << 16);
}

#if UNFOG_VECTOR_BYTES == 64
UNFOG_INLINE Vector widenHalf(Shorts shorts)
{
    // Masked with all lanes: GCC 12 takes the plain form for a use of an uninitialised value.
    return reinterpret_cast<Vector>(_mm512_maskz_cvtph_ps(0xffff, reinterpret_cast<__m256i>(shorts)));
}
#else
// Subnormal numbers are made from a normal one and its difference, so that no setting of the processor drops
// them.
UNFOG_INLINE Vector widenHalf(Shorts shorts)
{
    const Integers bits = __builtin_convertvector(shorts, Integers);
    const Integers magnitude = (bits & 0x7fff) << 13, exponent = magnitude & 0x0f800000;
    const Integers normal = magnitude + (112 << 23);
    const Integers infinite = magnitude + (224 << 23);
    const Integers smallest = broadcastInteger(113 << 23);
    const Integers subnormal = reinterpret_cast<Integers>(reinterpret_cast<Vector>(magnitude + smallest) -
                                                          reinterpret_cast<Vector>(smallest));
    const Integers value = exponent == 0x0f800000 ? infinite : exponent == 0 ? subnormal : normal;
    return reinterpret_cast<Vector>(value | ((bits & 0x8000) << 16));
}
#endif

template <typename Function>
UNFOG_INLINE void widenAll(int64_t count, const uint16_t* x, float* y, Function function)
{
    Shorts shorts = {};
    int64_t i = 0;
    for (; i + lanes <= count; i += lanes) {
        __builtin_memcpy(&shorts, x + i, sizeof shorts);
        store(y + i, function(shorts));
    }
    if (const int64_t rest = count - i; rest > 0) {
        __builtin_memcpy(&shorts, x + i, static_cast<size_t>(rest) * sizeof(uint16_t));
        storeSome(y + i, function(shorts), rest);
    }
}

void widen(int64_t count, const uint16_t* x, bool brain, float* y)
{
    brain ? widenAll(count, x, y, widenBrain) : widenAll(count, x, y, widenHalf);
}

template <typename Function>
UNFOG_INLINE void mapAll(int64_t count, const float* x, float* y, Function function)
{
    int64_t i = 0;
    for (; i + lanes <= count; i += lanes)
        store(y + i, function(load(x + i)));
    if (const int64_t rest = count - i; rest > 0)
        storeSome(y + i, function(loadSome(x + i, rest)), rest);
}

void silu(int64_t count, const float* x, float* y)
{
    mapAll(count, x, y, siluOf);
}

void quickGelu(int64_t count, const float* x, float* y)
{
    mapAll(count, x, y, [](Vector v) { return v / (exponential(v * -1.702F) + 1.0F); });
}

void gelu(int64_t count, const float* x, float* y)
{
    mapAll(count, x, y, geluOf);
}

void geglu(int64_t rows, int64_t features, const float* x, float* y)
{
    for (int64_t row = 0; row < rows; ++row, x += 2 * features, y += features) {
        int64_t c = 0;
        for (; c + lanes <= features; c += lanes)
            store(y + c, load(x + c) * geluOf(load(x + features + c)));
        if (const int64_t rest = features - c; rest > 0)
            storeSome(y + c, loadSome(x + c, rest) * geluOf(loadSome(x + features + c, rest)), rest);
    }
}

constexpr Table makeTable(const char* name)
{
    return {name,           product,
            softmaxColumns, scaleColumns,
            winogradInput,  winogradWeights,
            winogradOutput, channelMoments,
            scaleChannels,  channelGradients,
            mixChannels,    layerNorm,
            widen,          silu,
            quickGelu,      gelu,
            geglu};
}

} // namespace
} // namespace unfog::kernels
