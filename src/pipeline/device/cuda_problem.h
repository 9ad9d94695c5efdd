#pragma once

#include <optional>
#include <string>
#include <vector>

#include "generation/engine/device_report.h"
#include "pipeline/device/cuda_driver.h"

/// Why CUDA can't be used, from facts alone: no call to driver or LibTorch.
namespace unfog::cuda {

struct Facts {
    std::string libtorchVersion;
    std::string libtorchCuda; ///< "13.2"; empty: this LibTorch has no CUDA
    DriverFacts driver;
    std::string loadError; ///< of libunfog_cuda.so, as dlerror tells it; empty: loaded, or not tried
    std::vector<std::string> cardErrors; ///< of each card that was tried; empty string: it computes
};

struct Problem {
    std::string reason; ///< a clause
    std::string advice; ///< a sentence
};

/// Whether loading the part for cards makes sense, going by LibTorch and driver alone.
std::optional<Problem> problemBeforeLoading(const Facts& facts);
/// The same, after loading and trying; none = at least one card can be used.
std::optional<Problem> problem(const Facts& facts);
/// Why one card can't be used, from what it answered; empty = it can.
std::string cardProblem(const DriverCard& card, const std::string& error, const Facts& facts);

/// 12080 → "12.8"
std::string cudaText(int version);
/// The oldest driver for a CUDA generation: "580" for 13, "525.60.13" for 12, "450.80.02" for 11
/// (NVIDIA, CUDA Compatibility, "minor version compatibility").
std::string oldestDriver(int cudaMajor);

} // namespace unfog::cuda
