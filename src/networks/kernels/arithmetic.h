#pragma once

#include <atomic>

/// How much the networks have to compute, whatever computes it: multiplications and additions of the direct
/// form of convolutions, products with weights and attention, everything else being small. What a run took,
/// against what the processor could do, is then a number.
namespace unfog {

namespace detail {
inline std::atomic<double> arithmetic = 0;
}

/// Of the whole process so far. Any thread.
inline double arithmeticSoFar()
{
    return detail::arithmetic.load();
}

inline void countArithmetic(double operations)
{
    double before = detail::arithmetic.load();
    while (!detail::arithmetic.compare_exchange_weak(before, before + operations)) {
    }
}

} // namespace unfog
