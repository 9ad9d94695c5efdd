#pragma once

#include <string>

#include <ATen/ATen.h>

#include "base/result.h"
#include "generation/request/generation_request.h"

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

/// Auto device: the first card that can compute, else the processor; what it is stands in `device` from then
/// on. Auto precision: float16 on CUDA, float32 on the CPU. InvalidRequest when a card is asked for that
/// can't be used (with the reason), or a format has no kernels there.
Result<ComputeTarget> chooseTarget(DeviceChoice device, Precision precision);

} // namespace unfog
