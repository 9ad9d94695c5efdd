#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Names of samplers and schedules here and in the web UI.
namespace unfog {

/// "dpmpp-2m" → "DPM++ 2M". Names that the web UI has no word for are given as they are.
std::string a1111SamplerName(std::string_view scheduler);
/// "karras" → "Karras".
std::string a1111ScheduleName(std::string_view spacing);

/// "DPM++ 2M" → "dpmpp-2m". A name in our own style (small letters, digits, dashes) is given as it is. None:
/// not ours.
std::optional<std::string> schedulerOfA1111(std::string_view sampler);
/// "Karras" → "karras", "Automatic" → "". None: not ours.
std::optional<std::string> spacingOfA1111(std::string_view scheduleType);

struct A1111Sampler {
    std::string_view sampler;
    std::string_view scheduleType; ///< "" none in the name
};

/// "DPM++ 2M Karras" → "DPM++ 2M", "Karras".
A1111Sampler splitA1111Sampler(std::string_view name);

} // namespace unfog
