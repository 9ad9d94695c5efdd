#include "pipeline/cuda_support.h"

#include <ATen/Context.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <cuda_runtime_api.h>

namespace unfog::cuda {

namespace {

std::optional<cudaDeviceProp> properties()
{
    cudaDeviceProp found{};
    int count = 0;
    if (cudaGetDeviceCount(&count) != cudaSuccess || count < 1 || cudaGetDeviceProperties(&found, 0) != cudaSuccess) {
        cudaGetLastError(); // the failed call must not surface in the next kernel launch
        return std::nullopt;
    }
    return found;
}

} // namespace

bool isAvailable()
{
    return at::hasCUDA() && properties().has_value();
}

std::string whyUnavailable()
{
    return isAvailable() ? std::string() : "no usable NVIDIA card or driver was found";
}

std::string deviceName()
{
    const auto card = properties();
    return card ? std::string(card->name) : std::string();
}

bool supportsBfloat16()
{
    const auto card = properties();
    return card && card->major >= 8;
}

std::optional<Memory> memory()
{
    Memory found;
    if (cudaMemGetInfo(&found.freeBytes, &found.totalBytes) != cudaSuccess) {
        cudaGetLastError();
        return std::nullopt;
    }
    return found;
}

void releaseCachedMemory()
{
    c10::cuda::CUDACachingAllocator::emptyCache();
}

} // namespace unfog::cuda
