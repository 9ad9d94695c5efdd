#include "pipeline/device/device_report.h"

#include <fstream>
#include <string>

#include <unistd.h>

#include "networks/kernels/kernels.h"
#include "pipeline/device/compute_threads.h"
#include "pipeline/device/cuda_support.h"
#include "pipeline/model/memory_plan.h"

namespace unfog {

namespace {

std::string processorName()
{
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);)
        if (const std::size_t colon = line.find(": ");
            line.starts_with("model name") && colon != std::string::npos)
            return line.substr(colon + 2);
    return "processor";
}

} // namespace

DeviceReport reportDevices()
{
    DeviceReport report = cuda::report();
    report.processor = processorName();
    report.cores = usableCores();
    report.threads = computeThreads();
    report.totalBytes = static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGE_SIZE);
    report.freeBytes = freeMemoryBytes({});
    report.kernels = kernels::table().name;
    return report;
}

} // namespace unfog
