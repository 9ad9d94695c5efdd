#pragma once

#include <cstddef>
#include <optional>
#include <string>

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

} // namespace unfog::cuda
