#include "networks/kernels/kernels_threads.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <memory>
#include <new>

#include <ATen/Parallel.h>

#include <ATen/core/grad_mode.h>

#include "base/stop.h"
#include "networks/kernels/kernels_switches.h"

namespace unfog::kernels {

void forEachTask(int64_t tasks, const std::function<void(int64_t)>& task)
{
    std::atomic<int64_t> next = 0;
    const int64_t workers = std::min<int64_t>(tasks, at::get_num_threads());
    const std::stop_token* const stop = StopScope::current();
    at::parallel_for(0, workers, 1, [&](int64_t begin, int64_t end) {
        const StopScope scope(stop); // of the worker's own thread
        for (int64_t worker = begin; worker < end; ++worker)
            for (int64_t i = next++; i < tasks && !StopScope::isStopWanted(); i = next++)
                task(i);
    });
    if (StopScope::isStopWanted())
        throw Stopped{}; // what was left out makes the result worthless
}

void forEachRange(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& body)
{
    const int64_t parts = std::max<int64_t>(divideUp(count, grain), 1);
    forEachTask(parts, [&](int64_t part) { body(count * part / parts, count * (part + 1) / parts); });
}

namespace {

/// Into how many parts rows and panels are cut.
struct ProductCut {
    int64_t rowGroups, panelGroups;
};

/// Few rows: the cut whose busiest thread has least to do. Of equals, the one that cuts rows least: each of
/// their parts reads all weights again.
ProductCut cutForFewRows(int64_t rows, int64_t panels, int64_t threads, int64_t fewestGroups)
{
    constexpr int64_t fewestRows = 8; // in a part, or the products wait for their own sums
    ProductCut best = {fewestGroups, 1};
    int64_t least = std::numeric_limits<int64_t>::max();
    const int64_t mostGroups = std::max(fewestGroups, std::min(threads, rows / fewestRows));
    for (int64_t rowGroups = fewestGroups; rowGroups <= mostGroups; ++rowGroups) {
        const int64_t panelGroups = std::min(panels, divideUp(2 * threads, rowGroups));
        const int64_t rounds = divideUp(rowGroups * panelGroups, threads);
        const int64_t busiest = rounds * divideUp(rows, rowGroups) * divideUp(panels, panelGroups);
        if (busiest < least) {
            least = busiest;
            best = {rowGroups, panelGroups};
        }
    }
    return best;
}

} // namespace

void forEachProductPart(int64_t rows, int64_t mostRows, int64_t panels,
                        const std::function<void(const ProductPart&)>& body)
{
    const int64_t threads = at::get_num_threads();
    ProductCut cut = {divideUp(rows, mostRows), 1};
    if (cut.rowGroups < threads)
        cut = cutForFewRows(rows, panels, threads, cut.rowGroups);
    else if (cut.rowGroups < 16 * threads)
        cut.rowGroups = divideUp(cut.rowGroups, threads) * threads;
    forEachTask(cut.rowGroups * cut.panelGroups, [&](int64_t task) {
        const int64_t group = task / cut.panelGroups, panelGroup = task % cut.panelGroups;
        body({rows * group / cut.rowGroups, rows * (group + 1) / cut.rowGroups,
              panels * panelGroup / cut.panelGroups, panels * (panelGroup + 1) / cut.panelGroups});
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
