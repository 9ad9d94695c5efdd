#include "pipeline/cuda_support.h"

namespace unfog::cuda {

bool isAvailable()
{
    return false;
}

std::string whyUnavailable()
{
    return "this LibTorch was built without CUDA";
}

std::string deviceName()
{
    return {};
}

bool supportsBfloat16()
{
    return false;
}

std::optional<Memory> memory()
{
    return std::nullopt;
}

void releaseCachedMemory() {}

} // namespace unfog::cuda
