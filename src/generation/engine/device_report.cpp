#include "generation/engine/device_report.h"

#include <algorithm>
#include <cstdio>

namespace unfog {

namespace {

std::string gigabytes(std::int64_t bytes)
{
    char text[32];
    std::snprintf(text, sizeof(text), "%.1f GB", static_cast<double>(bytes) / 1e9);
    return text;
}

std::string memoryText(std::int64_t total, std::int64_t free)
{
    return gigabytes(total) + (free >= 0 ? ", " + gigabytes(free) + " free" : "");
}

} // namespace

int DeviceReport::firstUsableCard() const
{
    const auto found =
        std::ranges::find_if(cards, [](const CardReport& card) { return card.problem.empty(); });
    return found == cards.end() ? -1 : found->index;
}

std::vector<std::pair<std::string, std::string>> rowsOf(const DeviceReport& report)
{
    std::vector<std::pair<std::string, std::string>> rows;
    rows.emplace_back("cpu", report.processor + ", " + std::to_string(report.cores) +
                                 (report.cores == 1 ? " core, " : " cores, ") +
                                 memoryText(report.totalBytes, report.freeBytes));
    rows.emplace_back("Computing", std::to_string(report.threads) +
                                       (report.threads == 1 ? " thread, " : " threads, ") + report.kernels);
    for (const CardReport& card : report.cards) {
        const std::string capability =
            std::to_string(card.capabilityMajor) + "." + std::to_string(card.capabilityMinor);
        rows.emplace_back(card.id(), card.name + ", " + memoryText(card.totalBytes, card.freeBytes) +
                                         ", compute capability " + capability +
                                         (card.problem.empty() ? "" : "; not usable: " + card.problem));
    }
    rows.emplace_back(
        "LibTorch",
        report.libtorchVersion +
            (report.libtorchCuda.empty() ? ", without CUDA" : ", with CUDA " + report.libtorchCuda) +
            (report.libtorchFolder.empty() ? " (the system's)" : " (in " + report.libtorchFolder + ")"));
    if (!report.driverVersion.empty() || !report.driverCuda.empty())
        rows.emplace_back("NVIDIA driver",
                          (report.driverVersion.empty() ? "version unknown" : report.driverVersion) +
                              (report.driverCuda.empty() ? "" : ", serves CUDA " + report.driverCuda));
    if (!report.whyNoCuda.empty())
        rows.emplace_back("CUDA is off",
                          report.whyNoCuda + "." + (report.advice.empty() ? "" : " " + report.advice));
    return rows;
}

} // namespace unfog
