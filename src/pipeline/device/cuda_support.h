#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <ATen/ATen.h>

#include "generation/engine/device_report.h"

/// NVIDIA cards, for the rest of the engine. The first call of any function asks the driver and, where it can
/// serve this LibTorch, loads LibTorch's part for cards (pipeline/device/cuda_library.h); so it must come
/// before LibTorch is asked for its devices. Any thread. `card` counts as CUDA does.
namespace unfog::cuda {

/// Whether that card can compute.
bool isAvailable(int card = 0);
/// The first card that can compute; none = no card can.
std::optional<int> firstCard();
/// Why no card can, a clause; empty where one can.
std::string whyUnavailable();
/// Why that one can't: whyUnavailable(), or what is known of this card alone.
std::string whyUnavailable(int card);
/// "NVIDIA H200" and the like; empty without that card.
std::string deviceName(int card);
bool supportsBfloat16(int card);
struct Memory {
    std::size_t freeBytes = 0;
    std::size_t totalBytes = 0;
};
std::optional<Memory> memory(int card);
/// Gives cached blocks back to the driver, before a retry after running out of memory.
void releaseCachedMemory();
/// Tensors on the card may take no more than this; what LibTorch's allocator keeps beside them (it takes
/// memory in pieces of 2 to 20 MB) may be up to 128 MB more.
void limitMemory(std::int64_t bytes, int card);
/// The most that tensors took on the card since the program's start; 0 without it.
std::int64_t peakBytes(int card);

/// Cards, driver and reasons; what the processor is stays empty.
DeviceReport report();

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
std::unique_ptr<RecordedWork> record(const std::function<at::Tensor()>& work, int card);

class PendingCopy;

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
    at::Tensor m_host;
    std::unique_ptr<PendingCopy> m_pending; ///< null: it is there
};

} // namespace unfog::cuda
