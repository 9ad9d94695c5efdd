#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <ATen/ATen.h>

#include "pipeline/device/cuda_support.h"

/// What LibTorch's part for NVIDIA cards is asked, seen from programs that don't link to it: a library beside
/// the program (libunfog_cuda.so), built only where this LibTorch has that part, and loaded only where a
/// driver is.
namespace unfog::cuda {

/// A copy that a card is making.
class PendingCopy {
public:
    virtual ~PendingCopy() = default;
    virtual const at::Tensor& wait() = 0;
};

/// `card` counts as CUDA does: 0 … count − 1. Callable from any thread; work goes to the thread's current
/// stream.
class CudaLibrary {
public:
    virtual ~CudaLibrary() = default;

    virtual int cardCount() = 0;
    /// Computes one number there. Why it can't, in LibTorch's or CUDA's words; empty: it can.
    virtual std::string tryCard(int card) = 0;
    virtual std::optional<Memory> memory(int card) = 0;
    virtual void releaseCachedMemory() = 0;
    virtual void limitMemory(std::int64_t bytes, int card) = 0;
    virtual std::int64_t peakBytes(int card) = 0;
    virtual std::unique_ptr<RecordedWork> record(const std::function<at::Tensor()>& work, int card) = 0;
    virtual std::unique_ptr<PendingCopy> copyToHost(const at::Tensor& source) = 0;
};

/// The one symbol of the library, of type CudaLibrary& (). C linkage; never null.
inline constexpr const char* entryPoint = "unfogCudaLibrary";

} // namespace unfog::cuda
