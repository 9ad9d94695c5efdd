#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "networks/unet/unet_config.h"

/// What is measured, whoever runs the loop.
namespace unfog::benchmarks {

struct BenchmarkCase {
    std::string name; ///< "network/…", "layer/…", "load/…" or "model/…"
    /// Builds what the run needs (weights may take seconds) and returns the run itself.
    std::function<std::function<void()>()> prepare;
};

struct BenchmarkOptions {
    at::Device device = at::kCPU;
    at::ScalarType dtype = at::kFloat;
    std::vector<int64_t> sidesPx = {256, 512}; ///< of the square pictures
    int64_t batch = 1;                         ///< pictures at once
    std::filesystem::path model;               ///< of the cases "model/…"; empty: none
    std::string layout = "sd15";  ///< of the cases "network/…": "sd15", "xl", or a model folder
    std::filesystem::path folder; ///< for the files that "load/…" writes and reads; empty: no such cases

    /// The CPU computes in float32, whatever the weights are kept in.
    at::ScalarType computedIn() const { return device.is_cpu() ? at::kFloat : dtype; }
};

/// A guided step, text encoding and decoding with random weights in the layout chosen (the text encoder of XL
/// is its first). Of a model folder its configurations alone are read. The networks are built when first
/// asked for and shared by the cases.
std::vector<BenchmarkCase> networkCases(const BenchmarkOptions& options);

/// Loading all networks of that layout from float16 files, the page cache being warm; and with a model named,
/// loading it, its guided step and its decoding at its own size.
std::vector<BenchmarkCase> modelCases(const BenchmarkOptions& options);

/// The configuration of Stable Diffusion 1.5's UNet.
UNetConfig stableDiffusion15();

/// Single layers in the shapes in which that network uses them most at 512 × 512.
std::vector<BenchmarkCase> layerCases(const BenchmarkOptions& options);

} // namespace unfog::benchmarks
