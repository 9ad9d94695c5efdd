#pragma once

#include <string>

#include <ATen/ATen.h>

#include "generation/generation_request.h"
#include "generation/result.h"

namespace unfog {

/// Where the networks run and in which number format. The CPU computes in float32 always; there the format is
/// the one that weights are kept in, and float32 leaves them as narrow as they are stored.
struct ComputeTarget {
    at::Device device = at::kCPU;
    at::ScalarType dtype = at::kFloat;

    std::string deviceText() const;    ///< "cpu", "cuda:0 (NVIDIA H200)"
    std::string precisionText() const; ///< "float32", "float16", "bfloat16"
    /// What may help where NaN or infinity came out: " Try precision float32." where the networks compute in
    /// less, else "".
    std::string precisionAdvice() const;
    bool operator==(const ComputeTarget&) const = default;
};

/// Auto device: CUDA when there, else CPU. Auto precision: float16 on CUDA, float32 on the CPU.
/// InvalidRequest when CUDA is asked for and absent (with the reason), or a format has no kernels there.
Result<ComputeTarget> chooseTarget(DeviceChoice device, Precision precision);

} // namespace unfog
