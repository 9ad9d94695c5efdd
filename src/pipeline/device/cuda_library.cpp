#include "pipeline/device/cuda_library.h"

#include <algorithm>
#include <optional>
#include <vector>

#include <ATen/Context.h>
#include <ATen/cuda/CUDAEvent.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>

namespace unfog::cuda {

namespace {

constexpr std::int64_t allocatorReserve = std::int64_t{128} << 20;

class RecordedGraph final : public RecordedWork {
public:
    RecordedGraph(const std::function<at::Tensor()>& work, int card) : m_card(card)
    {
        const c10::cuda::CUDAGuard onCard(static_cast<c10::DeviceIndex>(card));
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
        const c10::cuda::CUDAGuard onCard(static_cast<c10::DeviceIndex>(m_card));
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

    int m_card;
    at::cuda::CUDAGraph m_graph;
    at::Tensor m_result;
};

class CopyToHost final : public PendingCopy {
public:
    explicit CopyToHost(const at::Tensor& source)
    {
        const c10::cuda::CUDAGuard onCard(source.device().index());
        const c10::cuda::CUDAStream side = sideStream(source.device().index());
        m_ready.record(c10::cuda::getCurrentCUDAStream());
        m_ready.block(side);
        const c10::cuda::CUDAStreamGuard onSide(side);
        m_host = at::empty(source.sizes(), source.options().device(at::kCPU).pinned_memory(true));
        m_host.copy_(source, /*non_blocking=*/true);
        // The source may be freed before it was read.
        source.record_stream(side.unwrap());
        m_arrived.record(side);
    }

    const at::Tensor& wait() override
    {
        m_arrived.synchronize();
        return m_host;
    }

private:
    static c10::cuda::CUDAStream sideStream(c10::DeviceIndex card)
    {
        static thread_local std::vector<std::optional<c10::cuda::CUDAStream>> streams;
        const auto index = static_cast<std::size_t>(card);
        if (streams.size() <= index)
            streams.resize(index + 1);
        if (!streams[index])
            streams[index] = c10::cuda::getStreamFromPool(/*isHighPriority=*/false, card);
        return *streams[index];
    }

    at::Tensor m_host;
    at::cuda::CUDAEvent m_ready;
    at::cuda::CUDAEvent m_arrived;
};

class LinkedCudaLibrary final : public CudaLibrary {
public:
    int cardCount() override
    {
        int count = 0;
        if (cudaGetDeviceCount(&count) != cudaSuccess) {
            cudaGetLastError(); // the failed call must not surface in the next kernel launch
            return 0;
        }
        return count;
    }

    std::string tryCard(int card) override
    {
        if (!at::hasCUDA())
            return "LibTorch was asked for its devices before the part for cards was loaded";
        try {
            const auto options = at::TensorOptions(at::kFloat).device(at::kCUDA, card);
            return (at::ones({1}, options) + 1.0).item<float>() == 2.0f ? "" : "1 + 1 is not 2 there";
        } catch (const c10::Error& error) {
            cudaGetLastError();
            return error.what_without_backtrace();
        }
    }

    std::optional<Memory> memory(int card) override
    {
        Memory found;
        int before = 0;
        if (cudaGetDevice(&before) != cudaSuccess || cudaSetDevice(card) != cudaSuccess ||
            cudaMemGetInfo(&found.freeBytes, &found.totalBytes) != cudaSuccess) {
            cudaGetLastError();
            return std::nullopt;
        }
        cudaSetDevice(before);
        return found;
    }

    void releaseCachedMemory() override { c10::cuda::CUDACachingAllocator::emptyCache(); }

    void limitMemory(std::int64_t bytes, int card) override
    {
        if (const auto found = memory(card))
            c10::cuda::CUDACachingAllocator::setMemoryFraction(
                std::min(1.0, static_cast<double>(bytes + allocatorReserve) /
                                  static_cast<double>(found->totalBytes)),
                static_cast<c10::DeviceIndex>(card));
    }

    std::int64_t peakBytes(int card) override
    {
        const auto stats =
            c10::cuda::CUDACachingAllocator::getDeviceStats(static_cast<c10::DeviceIndex>(card));
        return stats.allocated_bytes[0].peak;
    }

    std::unique_ptr<RecordedWork> record(const std::function<at::Tensor()>& work, int card) override
    {
        return std::make_unique<RecordedGraph>(work, card);
    }

    std::unique_ptr<PendingCopy> copyToHost(const at::Tensor& source) override
    {
        return std::make_unique<CopyToHost>(source);
    }
};

} // namespace

} // namespace unfog::cuda

extern "C" __attribute__((visibility("default"))) unfog::cuda::CudaLibrary& unfogCudaLibrary()
{
    static unfog::cuda::LinkedCudaLibrary library;
    return library;
}
