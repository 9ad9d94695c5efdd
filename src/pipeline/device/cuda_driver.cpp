#include "pipeline/device/cuda_driver.h"

#include <array>
#include <fstream>
#include <regex>

#include <dlfcn.h>

namespace unfog::cuda {

namespace {

/// Functions of the CUDA driver API and of NVML by their documented signatures; both have kept them since
/// CUDA 3.2.
class SharedLibrary {
public:
    explicit SharedLibrary(const char* name) : m_handle(dlopen(name, RTLD_NOW | RTLD_LOCAL)) {}
    // Never closed: drivers start threads.
    explicit operator bool() const { return m_handle != nullptr; }

    template <class... Arguments>
    int call(const char* name, Arguments... arguments) const
    {
        using Function = int (*)(Arguments...);
        const auto function = reinterpret_cast<Function>(dlsym(m_handle, name));
        return function != nullptr ? function(arguments...) : missingSymbol;
    }

    static constexpr int missingSymbol = 500; ///< CUDA_ERROR_NOT_FOUND

private:
    void* m_handle;
};

constexpr int capabilityMajor = 75; // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR
constexpr int capabilityMinor = 76;

std::string driverVersion()
{
    if (const SharedLibrary nvml("libnvidia-ml.so.1"); nvml && nvml.call("nvmlInit_v2") == 0) {
        std::array<char, 80> text{};
        const bool told =
            nvml.call("nvmlSystemGetDriverVersion", text.data(), static_cast<unsigned int>(text.size())) == 0;
        nvml.call("nvmlShutdown");
        if (told)
            return text.data();
    }
    std::ifstream file("/proc/driver/nvidia/version");
    static const std::regex number(R"(\b(\d{3,}\.\d+(\.\d+)?)\b)");
    std::smatch found;
    std::string line;
    return std::getline(file, line) && std::regex_search(line, found, number) ? found[1].str() : "";
}

} // namespace

DriverFacts readDriver(const char* library)
{
    DriverFacts facts;
    const SharedLibrary driver(library);
    if (!driver)
        return facts;
    facts.isInstalled = true;
    facts.version = driverVersion();
    if (driver.call("cuDriverGetVersion", &facts.cuda) != 0)
        facts.cuda = 0;
    facts.status = driver.call("cuInit", 0U);
    if (facts.status != 0) {
        const char* name = nullptr;
        if (driver.call("cuGetErrorName", facts.status, &name) == 0 && name != nullptr)
            facts.statusName = name;
        return facts;
    }
    int count = 0;
    if (driver.call("cuDeviceGetCount", &count) != 0)
        return facts;
    for (int i = 0; i < count; ++i) {
        int device = 0;
        std::array<char, 256> name{};
        std::size_t total = 0;
        DriverCard card;
        if (driver.call("cuDeviceGet", &device, i) != 0)
            continue;
        if (driver.call("cuDeviceGetName", name.data(), static_cast<int>(name.size()), device) == 0)
            card.name = name.data();
        driver.call("cuDeviceGetAttribute", &card.major, capabilityMajor, device);
        driver.call("cuDeviceGetAttribute", &card.minor, capabilityMinor, device);
        if (driver.call("cuDeviceTotalMem_v2", &total, device) == 0)
            card.totalBytes = static_cast<std::int64_t>(total);
        facts.cards.push_back(std::move(card));
    }
    return facts;
}

} // namespace unfog::cuda
