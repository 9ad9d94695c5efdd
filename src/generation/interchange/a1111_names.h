#pragma once

#include <string>
#include <string_view>

/// What samplers and schedules are called in the web UI. The way back is in foreign_names.h.
namespace unfog {

/// "dpmpp-2m" → "DPM++ 2M". Names that the web UI has no word for are given as they are.
std::string a1111SamplerName(std::string_view scheduler);
/// "karras" → "Karras".
std::string a1111ScheduleName(std::string_view spacing);

} // namespace unfog
