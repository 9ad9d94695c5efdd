#pragma once

#include <functional>
#include <ostream>

/// Where the time of a run goes, by LibTorch's own record of its operations; the networks' kernels report to
/// it too.
namespace unfog::benchmarks {

/// Runs once and prints a table: operation, calls, its own seconds (what it called not counted), share of the
/// whole.
void printProfile(std::ostream& out, const std::function<void()>& run);

} // namespace unfog::benchmarks
