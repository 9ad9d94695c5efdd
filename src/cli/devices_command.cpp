#include <cstdio>

#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "cli/commands.h"
#include "cli/report.h"
#include "pipeline/device/device_report.h"

namespace unfog::cli {

int runDevices(const DevicesArguments& arguments)
{
    const DeviceReport report = reportDevices();
    if (!arguments.json) {
        for (const auto& [label, text] : rowsOf(report))
            std::printf("%-14s %s\n", label.c_str(), printableLine(text).c_str());
        return kDone;
    }
    using Json = nlohmann::ordered_json;
    Json cards = Json::array();
    for (const CardReport& card : report.cards)
        cards.push_back({{"id", card.id()},
                         {"name", card.name},
                         {"total_bytes", card.totalBytes},
                         {"free_bytes", card.freeBytes < 0 ? Json() : Json(card.freeBytes)},
                         {"compute_capability",
                          std::to_string(card.capabilityMajor) + "." + std::to_string(card.capabilityMinor)},
                         {"usable", card.problem.empty()},
                         {"problem", card.problem}});
    printJson(Json{{"processor",
                    {{"name", report.processor},
                     {"cores", report.cores},
                     {"threads", report.threads},
                     {"kernels", report.kernels},
                     {"total_bytes", report.totalBytes},
                     {"free_bytes", report.freeBytes}}},
                   {"cards", cards},
                   {"libtorch",
                    {{"version", report.libtorchVersion},
                     {"cuda", report.libtorchCuda},
                     {"folder", report.libtorchFolder}}},
                   {"driver", {{"version", report.driverVersion}, {"cuda", report.driverCuda}}},
                   {"cuda_is_off", report.whyNoCuda},
                   {"advice", report.advice}});
    return kDone;
}

} // namespace unfog::cli
