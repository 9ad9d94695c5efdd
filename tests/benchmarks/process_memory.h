#pragma once

#include <cstdint>

namespace unfog::benchmarks {

/// Largest resident memory of this process since its start or the last reset, in bytes; 0 where the system
/// does not say.
std::int64_t peakResidentBytes();

/// Starts the search for the peak again from what is resident now; false where the system cannot.
bool resetPeakResidentBytes();

} // namespace unfog::benchmarks
