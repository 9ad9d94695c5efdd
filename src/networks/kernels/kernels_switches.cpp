#include "networks/kernels/kernels_switches.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>

namespace unfog::kernels {

namespace {

constexpr std::array<const char*, 4> names = {"graph", "kernels", "memory", "winograd"};

std::array<bool, names.size()> readSwitches()
{
    std::array<bool, names.size()> on;
    on.fill(true);
    const char* const without = std::getenv("UNFOG_WITHOUT");
    std::istringstream list(without ? without : "");
    for (std::string name; std::getline(list, name, ',');) {
        bool known = false;
        for (std::size_t i = 0; i < names.size(); ++i)
            if (name == names[i]) {
                on[i] = false;
                known = true;
            }
        if (!known)
            std::fprintf(stderr,
                         "UNFOG_WITHOUT: unknown \"%s\"; expected graph, kernels, memory or winograd.\n",
                         name.c_str());
    }
    return on;
}

} // namespace

bool isOn(FastPath path)
{
    static const std::array<bool, names.size()> switches = readSwitches();
    return switches[static_cast<std::size_t>(path)];
}

} // namespace unfog::kernels
