#pragma once

#include <functional>
#include <string>
#include <vector>

#include <ATen/ATen.h>

/// What is measured, whoever runs the loop.
namespace unfog::benchmarks {

struct BenchmarkCase {
    std::string name; ///< "network/…" or "layer/…"
    double flop = 0;  ///< arithmetic of one run, 0 where nobody counted it
    /// Builds what the run needs (weights may take seconds) and returns the run itself.
    std::function<std::function<void()>()> prepare;
};

struct BenchmarkOptions {
    at::Device device = at::kCPU;
    at::ScalarType dtype = at::kFloat;
    std::vector<int64_t> sidesPx = {256, 512}; ///< of the square pictures
};

/// A guided step, text encoding and decoding with random weights in the full-size layout of Stable
/// Diffusion 1.5. The networks are built when first asked for and shared by the cases.
std::vector<BenchmarkCase> networkCases(const BenchmarkOptions& options);

/// Single layers in the shapes in which that network uses them most at 512 × 512.
std::vector<BenchmarkCase> layerCases(const BenchmarkOptions& options);

} // namespace unfog::benchmarks
