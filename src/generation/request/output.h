#pragma once

#include <cstdint>

namespace unfog {

/// Which images a run makes.
struct Output {
    std::uint64_t seed = 0;   ///< of the first image; image i uses seed + i
    int count = 1;            ///< images per request, 1 … 1000
    bool tiledDecode = false; ///< less memory; slightly different at the seams

    bool operator==(const Output&) const = default;
};

} // namespace unfog
