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

void limitMemory(std::int64_t) {}

std::unique_ptr<RecordedWork> record(const std::function<at::Tensor()>&)
{
    return nullptr;
}

struct HostCopy::OnItsWay {};

HostCopy::HostCopy(const at::Tensor& source) : m_host(source) {}
HostCopy::HostCopy(HostCopy&&) noexcept = default;
HostCopy& HostCopy::operator=(HostCopy&&) noexcept = default;
HostCopy::~HostCopy() = default;

const at::Tensor& HostCopy::wait()
{
    return m_host;
}

} // namespace unfog::cuda
