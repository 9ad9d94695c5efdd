#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// The NVIDIA driver itself, asked without LibTorch and without linking to anything: it tells why a card
/// can't be used also where LibTorch has no CUDA or doesn't fit.
namespace unfog::cuda {

struct DriverCard {
    std::string name;
    int major = 0; ///< of its compute capability
    int minor = 0;
    std::int64_t totalBytes = 0;

    bool operator==(const DriverCard&) const = default;
};

struct DriverFacts {
    bool isInstalled = false; ///< libcuda.so.1 could be loaded
    std::string version;      ///< "580.95.05", "" unknown
    int cuda = 0;             ///< newest CUDA that it serves, 1000 × major + 10 × minor; 0 unknown
    int status = 0;           ///< CUresult of cuInit; 0 = it works
    std::string statusName;   ///< "CUDA_ERROR_NO_DEVICE"
    std::vector<DriverCard> cards;

    bool operator==(const DriverFacts&) const = default;
};

/// Loads `library` by the usual rules of the dynamic linker (LD_LIBRARY_PATH, ldconfig); the version comes
/// from libnvidia-ml.so.1 or /proc/driver/nvidia/version. Any thread. The first call may take half a second
/// where a card is.
DriverFacts readDriver(const char* library = "libcuda.so.1");

} // namespace unfog::cuda
