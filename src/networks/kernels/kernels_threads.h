#pragma once

#include <cstdint>
#include <functional>

#include <ATen/ATen.h>

/// How the kernels share LibTorch's threads and memory.
namespace unfog::kernels {

/// Runs `task(0)` … `task(tasks − 1)`, each once, on at::get_num_threads() threads; a thread that is done
/// takes the next task, so one slow core does not hold up the rest. Returns when all are done; an exception
/// is passed on. Throws Stopped, with tasks left out, when the caller's StopScope asks.
void forEachTask(int64_t tasks, const std::function<void(int64_t)>& task);

/// The same over ranges: [0, count) cut into parts of about `grain`.
void forEachRange(int64_t count, int64_t grain, const std::function<void(int64_t begin, int64_t end)>& body);

inline int64_t divideUp(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

/// A product's rows and panels of columns, each cut so that a task has at most `mostRows` rows, no thread is
/// left without a task, and the last tasks are not uneven.
struct ProductPart {
    int64_t rowBegin, rowEnd, panelBegin, panelEnd;
};
void forEachProductPart(int64_t rows, int64_t mostRows, int64_t panels,
                        const std::function<void(const ProductPart&)>& body);

/// At least `floats` floats of this thread's own, aligned to a cache line, kept for the next call in `slot`.
enum class Scratch {
    Rows,
    Scores,
    Keys,
    Values,
    Queries,
    Outputs,
    Tiles,
    TileWeights,
    TileProducts,
    Widened,
    Count
};
float* scratch(Scratch slot, int64_t floats);

/// Whether the kernels can compute on `x`: float32 on the CPU.
bool canCompute(const at::Tensor& x);

/// The same, and nobody asked for its gradient.
bool canRun(const at::Tensor& x);

} // namespace unfog::kernels
