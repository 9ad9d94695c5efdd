#include "pipeline/cuda_support.h"

#include <algorithm>

#include <ATen/Context.h>
#include <ATen/cuda/CUDAEvent.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>

namespace unfog::cuda {

namespace {

std::optional<cudaDeviceProp> properties()
{
    cudaDeviceProp found{};
    int count = 0;
    if (cudaGetDeviceCount(&count) != cudaSuccess || count < 1 ||
        cudaGetDeviceProperties(&found, 0) != cudaSuccess) {
        cudaGetLastError(); // the failed call must not surface in the next kernel launch
        return std::nullopt;
    }
    return found;
}

class RecordedGraph final : public RecordedWork {
public:
    explicit RecordedGraph(const std::function<at::Tensor()>& work)
    {
        c10::cuda::getCurrentCUDAStream().synchronize();
        const c10::cuda::CUDAStream side = c10::cuda::getStreamFromPool();
        const c10::cuda::CUDAStreamGuard onSide(side);
        work();
        side.synchronize();
        m_graph.capture_begin();
        try {
            m_result = work();
        } catch (...) {
            endUnfinished();
            throw;
        }
        m_graph.capture_end();
    }

    const at::Tensor& run() override
    {
        m_graph.replay();
        return m_result;
    }

private:
    /// The stream must not stay in recording; that the graph is of no use is known already.
    void endUnfinished()
    {
        try {
            m_graph.capture_end();
        } catch (const c10::Error&) {
        }
        cudaGetLastError();
    }

    at::cuda::CUDAGraph m_graph;
    at::Tensor m_result;
};

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

void limitMemory(std::int64_t bytes)
{
    if (const auto card = memory(); isAvailable() && card)
        c10::cuda::CUDACachingAllocator::setMemoryFraction(
            std::min(1.0, static_cast<double>(bytes) / static_cast<double>(card->totalBytes)), 0);
}

std::unique_ptr<RecordedWork> record(const std::function<at::Tensor()>& work)
{
    return std::make_unique<RecordedGraph>(work);
}

struct HostCopy::OnItsWay {
    at::cuda::CUDAEvent ready;
    at::cuda::CUDAEvent arrived;
};

HostCopy::HostCopy(const at::Tensor& source) : m_host(source)
{
    if (!source.is_cuda())
        return;
    static thread_local const c10::cuda::CUDAStream side = c10::cuda::getStreamFromPool();
    m_onItsWay = std::make_unique<OnItsWay>();
    m_onItsWay->ready.record(c10::cuda::getCurrentCUDAStream());
    m_onItsWay->ready.block(side);
    const c10::cuda::CUDAStreamGuard onSide(side);
    m_host = at::empty(source.sizes(), source.options().device(at::kCPU).pinned_memory(true));
    m_host.copy_(source, /*non_blocking=*/true);
    // The source may be freed before it was read.
    c10::cuda::CUDACachingAllocator::recordStream(source.storage().data_ptr(), side);
    m_onItsWay->arrived.record(side);
}

const at::Tensor& HostCopy::wait()
{
    if (m_onItsWay)
        m_onItsWay->arrived.synchronize();
    m_onItsWay.reset();
    return m_host;
}

HostCopy::HostCopy(HostCopy&&) noexcept = default;
HostCopy& HostCopy::operator=(HostCopy&&) noexcept = default;
HostCopy::~HostCopy() = default;

} // namespace unfog::cuda
