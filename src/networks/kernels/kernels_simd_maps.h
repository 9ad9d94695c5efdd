// Passes over memory: normalisations and their gradients, activations, wider numbers from narrow ones.
#pragma once

#include "networks/kernels/kernels_simd_vectors.h"

namespace unfog::kernels {
namespace {

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
#elif UNFOG_VECTOR_BYTES == 32
UNFOG_INLINE Vector widenHalf(Shorts shorts)
{
    return reinterpret_cast<Vector>(_mm256_cvtph_ps(reinterpret_cast<__m128i>(shorts)));
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

} // namespace
} // namespace unfog::kernels
