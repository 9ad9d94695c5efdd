#include "networks/kernels_threads.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <new>

#include <ATen/Parallel.h>

#include <ATen/core/grad_mode.h>

#include "networks/kernels_switches.h"

namespace unfog::kernels {

void forEachTask(int64_t tasks, const std::function<void(int64_t)>& task)
{
    std::atomic<int64_t> next = 0;
    const int64_t workers = std::min<int64_t>(tasks, at::get_num_threads());
    at::parallel_for(0, workers, 1, [&](int64_t begin, int64_t end) {
        for (int64_t worker = begin; worker < end; ++worker)
            for (int64_t i = next++; i < tasks; i = next++)
                task(i);
    });
}

void forEachRange(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& body)
{
    const int64_t parts = std::max<int64_t>(divideUp(count, grain), 1);
    forEachTask(parts, [&](int64_t part) { body(count * part / parts, count * (part + 1) / parts); });
}

void forEachProductPart(int64_t rows, int64_t mostRows, int64_t panels,
                        const std::function<void(const ProductPart&)>& body)
{
    const int64_t threads = at::get_num_threads();
    int64_t rowGroups = divideUp(rows, mostRows), panelGroups = 1;
    if (rowGroups < threads)
        panelGroups = std::min(divideUp(threads, rowGroups), panels);
    else if (rowGroups < 4 * threads)
        rowGroups = divideUp(rowGroups, threads) * threads;
    forEachTask(rowGroups * panelGroups, [&](int64_t task) {
        const int64_t group = task / panelGroups, panelGroup = task % panelGroups;
        body({rows * group / rowGroups, rows * (group + 1) / rowGroups, panels * panelGroup / panelGroups,
              panels * (panelGroup + 1) / panelGroups});
    });
}

float* scratch(Scratch slot, int64_t floats)
{
    struct Release {
        void operator()(float* memory) const { ::operator delete[](memory, std::align_val_t(64)); }
    };
    struct Buffer {
        std::unique_ptr<float[], Release> memory;
        int64_t floats = 0;
    };
    thread_local std::array<Buffer, static_cast<size_t>(Scratch::Count)> buffers;
    Buffer& buffer = buffers[static_cast<size_t>(slot)];
    if (buffer.floats < floats) {
        buffer.memory.reset();
        buffer.memory.reset(new (std::align_val_t(64)) float[static_cast<size_t>(floats)]);
        buffer.floats = floats;
    }
    return buffer.memory.get();
}

bool canCompute(const at::Tensor& x)
{
    return x.device().is_cpu() && x.scalar_type() == at::kFloat && x.layout() == at::kStrided &&
           isOn(FastPath::Kernels);
}

bool canRun(const at::Tensor& x)
{
    return canCompute(x) && !(at::GradMode::is_enabled() && x.requires_grad());
}

} // namespace unfog::kernels
