#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <ATen/ATen.h>

/// The one place that needs CUDA headers. Compiled against them only where LibTorch has CUDA.
namespace unfog::cuda {

/// Whether LibTorch has CUDA and a usable card is there.
bool isAvailable();
/// Why not, in words for a person; empty where it is available.
std::string whyUnavailable();
/// "NVIDIA H200" and the like; empty without a card.
std::string deviceName();
bool supportsBfloat16();
struct Memory {
    std::size_t freeBytes = 0;
    std::size_t totalBytes = 0;
};
std::optional<Memory> memory();
/// Gives cached blocks back to the driver, before a retry after running out of memory.
void releaseCachedMemory();
/// Tensors on the card may take no more than this.
void limitMemory(std::int64_t bytes);

/// Work on the card that was recorded once and is started again as a whole: hundreds of kernels for the price
/// of one launch.
class RecordedWork {
public:
    virtual ~RecordedWork() = default;
    /// Starts it; returns at once. The result is overwritten by the next call.
    virtual const at::Tensor& run() = 0;
};

/// Runs `work` once so that everything it needs is chosen and allocated, then records it. It must not wait
/// for the card, and what it reads must stay where it is. Throws c10::Error where it cannot be recorded; null
/// without CUDA.
std::unique_ptr<RecordedWork> record(const std::function<at::Tensor()>& work);

/// A copy of a tensor on its way to the host, on a stream of its own: it begins when all that was asked of
/// the card so far is done, and holds up nothing that is asked later. A tensor of the CPU is there at once.
class HostCopy final {
public:
    explicit HostCopy(const at::Tensor& source);
    HostCopy(HostCopy&&) noexcept;
    HostCopy& operator=(HostCopy&&) noexcept;
    ~HostCopy();

    /// The copy, waited for; the source itself where it is on the CPU.
    const at::Tensor& wait();

private:
    struct OnItsWay;
    at::Tensor m_host;
    std::unique_ptr<OnItsWay> m_onItsWay; ///< null: it is there
};

} // namespace unfog::cuda
