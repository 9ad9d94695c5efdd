#include "pipeline/device/compute_threads.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include <ATen/Parallel.h>
#ifdef __linux__
#include <dlfcn.h>
#include <sched.h>
#endif

namespace unfog {

namespace {

std::atomic<int> chosenThreads = 0;

/// OpenBLAS built with OpenMP follows at::set_num_threads; built with pthreads, it has a number of its own.
void applyToOpenBlas(int threads)
{
#ifdef __linux__
    constexpr int kPthreads = 1;
    using GetParallel = int (*)();
    using SetThreads = void (*)(int);
    static const auto kind = reinterpret_cast<GetParallel>(::dlsym(RTLD_DEFAULT, "openblas_get_parallel"));
    static const auto set = reinterpret_cast<SetThreads>(::dlsym(RTLD_DEFAULT, "openblas_set_num_threads"));
    if (kind && set && kind() == kPthreads)
        set(threads);
#else
    (void)threads;
#endif
}

} // namespace

int usableCores()
{
    int cores = static_cast<int>(std::thread::hardware_concurrency());
#ifdef __linux__
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0)
        cores = CPU_COUNT(&allowed);
#endif
    return std::clamp(cores, 1, kMaxComputeThreads);
}

void setComputeThreads(int threads)
{
    chosenThreads = std::clamp(threads, 0, kMaxComputeThreads);
}

int computeThreads()
{
    const int chosen = chosenThreads;
    return chosen > 0 ? chosen : usableCores();
}

void applyThreadCount(int threads)
{
    const int count = threads > 0 ? std::min(threads, kMaxComputeThreads) : computeThreads();
    // LibTorch 1.13 starts with one thread.
    at::set_num_threads(count);
    applyToOpenBlas(count);
}

} // namespace unfog
