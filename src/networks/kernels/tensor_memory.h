#pragma once

#include <cstdint>

/// The memory of tensors on the CPU. A run takes and gives back the same large blocks at every step; the
/// system would hand out fresh pages each time, which it has to clear first.
namespace unfog {

struct TensorMemory {
    std::int64_t inUseBytes = 0;     ///< of all tensors
    std::int64_t peakBytes = 0;      ///< largest inUseBytes since `resetPeakTensorMemory`
    std::int64_t keptBytes = 0;      ///< free blocks that wait for the next tensor of their size
    std::int64_t systemRequests = 0; ///< blocks asked of the system so far, small ones not counted
};

/// From now on LibTorch's tensors on the CPU live in blocks that are kept for the next tensor of the same
/// size. Once for the whole process, from any thread; a second call does nothing.
void keepTensorMemory();

/// All zero before `keepTensorMemory`. Any thread.
TensorMemory tensorMemory();
void resetPeakTensorMemory();

/// Tensors on the CPU may not need more than this at once: beyond it LibTorch throws as when the system has
/// no more. 0: as much as the system has. Small blocks are not counted, and none are before
/// `keepTensorMemory`. Any thread.
void limitTensorMemory(std::int64_t bytes);

/// Gives the free blocks back to the system: at the end of a run. Any thread.
void releaseKeptTensorMemory();

} // namespace unfog
