#include "benchmarks/process_memory.h"

#include <fstream>
#include <string>

namespace unfog::benchmarks {

std::int64_t peakResidentBytes()
{
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:"))
            return std::stoll(line.substr(6)) * 1024;
    return 0;
}

bool resetPeakResidentBytes()
{
    std::ofstream clear("/proc/self/clear_refs");
    clear << "5" << std::flush; // proc(5): 5 resets the high-water mark
    return clear.good();
}

} // namespace unfog::benchmarks
