#include "pipeline/device/cuda_problem.h"

#include <algorithm>
#include <cstdlib>

namespace unfog::cuda {

namespace {

constexpr int noDevice = 100;           // CUDA_ERROR_NO_DEVICE
constexpr int driverMismatch = 803;     // CUDA_ERROR_SYSTEM_DRIVER_MISMATCH
constexpr int unsupportedForward = 804; // CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE

const char* const getCudaBuild = "Start packaging/run.sh --cuda, which fetches a LibTorch with CUDA, or set "
                                 "UNFOG_LIBTORCH to a folder of one.";

std::string driverText(const DriverFacts& driver)
{
    return driver.version.empty() ? "the NVIDIA driver" : "the NVIDIA driver " + driver.version;
}

std::string libtorchText(const Facts& facts)
{
    return "this LibTorch (" + facts.libtorchVersion +
           (facts.libtorchCuda.empty() ? ")" : ", CUDA " + facts.libtorchCuda + ")");
}

/// "libcudnn.so.9: cannot open shared object file: No such file or directory" names a library; other errors
/// are told as they are.
std::string missingLibrary(const std::string& loadError)
{
    const std::size_t colon = loadError.find(':');
    const bool isMissing = loadError.find("cannot open shared object file") != std::string::npos;
    return isMissing && colon != std::string::npos ? loadError.substr(0, colon) : std::string();
}

} // namespace

std::string cudaText(int version)
{
    return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

std::string oldestDriver(int cudaMajor)
{
    return cudaMajor >= 13 ? "580" : cudaMajor == 12 ? "525.60.13" : "450.80.02";
}

std::optional<Problem> problemBeforeLoading(const Facts& facts)
{
    const DriverFacts& driver = facts.driver;
    if (!driver.isInstalled)
        return Problem{
            "no NVIDIA driver was found (libcuda.so.1 could not be loaded)" +
                (facts.libtorchCuda.empty() ? ", and " + libtorchText(facts) + " was built without CUDA"
                                            : std::string()),
            "With an NVIDIA card, install the driver (Debian: nvidia-driver) and start Unfog again."};
    if (facts.libtorchCuda.empty())
        return Problem{libtorchText(facts) + " was built without CUDA", getCudaBuild};
    const int wanted = std::atoi(facts.libtorchCuda.c_str());
    if (driver.cuda > 0 && driver.cuda / 1000 < wanted)
        return Problem{
            driverText(driver) + " serves CUDA " + cudaText(driver.cuda) + " at most, and " +
                libtorchText(facts) + " needs driver " + oldestDriver(wanted) + " or newer",
            "Install a newer driver, or start packaging/run.sh --cuda, which fetches a LibTorch that "
            "this driver can serve."};
    if (driver.status == noDevice || (driver.status == 0 && driver.cards.empty()))
        return Problem{driverText(driver) + " finds no card",
                       std::getenv("CUDA_VISIBLE_DEVICES") != nullptr
                           ? "CUDA_VISIBLE_DEVICES is set and may hide it."
                           : "See whether nvidia-smi lists it."};
    if (driver.status == driverMismatch || driver.status == unsupportedForward)
        return Problem{driverText(driver) + " and its kernel module are of different versions (error " +
                           std::to_string(driver.status) + ")",
                       "Restart the computer after an update of the driver."};
    if (driver.status != 0)
        return Problem{
            driverText(driver) +
                " could not start: " + (driver.statusName.empty() ? "error" : driver.statusName) + " (" +
                std::to_string(driver.status) + ")",
            "See whether nvidia-smi lists the card; restart the computer after an update of the driver."};
    return std::nullopt;
}

std::optional<Problem> problem(const Facts& facts)
{
    if (auto before = problemBeforeLoading(facts))
        return before;
    if (!facts.loadError.empty()) {
        const std::string missing = missingLibrary(facts.loadError);
        return missing.empty()
                   ? Problem{"the part of LibTorch for cards could not be loaded: " + facts.loadError, ""}
                   : Problem{"the library " + missing + ", which " + libtorchText(facts) +
                                 " needs, could not be found",
                             "Fetch LibTorch anew: remove its folder and start packaging/run.sh --cuda."};
    }
    if (facts.cardErrors.empty())
        return Problem{"CUDA finds no card, though " + driverText(facts.driver) + " does", ""};
    if (std::ranges::any_of(facts.cardErrors, &std::string::empty))
        return std::nullopt;
    const DriverCard card = facts.driver.cards.empty() ? DriverCard{} : facts.driver.cards.front();
    const std::string reason = cardProblem(card, facts.cardErrors.front(), facts);
    return Problem{(card.name.empty() ? "the card" : card.name) + " can't be used: " + reason,
                   reason.find("older than") == std::string::npos
                       ? std::string()
                       : "Start packaging/run.sh --cuda, which fetches a LibTorch for this card."};
}

std::string cardProblem(const DriverCard& card, const std::string& error, const Facts& facts)
{
    if (error.empty())
        return {};
    const std::string capability = std::to_string(card.major) + "." + std::to_string(card.minor);
    if (error.find("no kernel image") != std::string::npos)
        return "its compute capability " + capability + " is older than any that " + libtorchText(facts) +
               " was built for";
    return error.substr(0, error.find('\n'));
}

} // namespace unfog::cuda
