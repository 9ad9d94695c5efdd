// Vectors of one width and the functions of numbers that the kernels are made of. See kernels_simd.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "networks/kernels/kernels.h"
#if UNFOG_VECTOR_BYTES >= 32
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

} // namespace
} // namespace unfog::kernels
