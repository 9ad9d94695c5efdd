#include "generation/a1111_names.h"

#include <algorithm>
#include <span>
#include <utility>

namespace unfog {
namespace {

using Row = std::pair<std::string_view, std::string_view>;

// Where several rows share a name of ours, the first is the one that is written.
constexpr Row samplers[] = {
    {"ddim", "DDIM"},
    {"ddpm", "DDPM"},
    {"pndm", "PNDM"},
    {"pndm", "PLMS"},
    {"lms", "LMS"},
    {"euler", "Euler"},
    {"euler-ancestral", "Euler a"},
    {"heun", "Heun"},
    {"dpm2", "DPM2"},
    {"dpm2-ancestral", "DPM2 a"},
    {"dpmpp-2m", "DPM++ 2M"},
    {"dpmpp-2m-sde", "DPM++ 2M SDE"},
    {"dpmpp-3m", "DPM++ 3M"},
    {"dpmpp-2s", "DPM++ 2S"},
    {"unipc", "UniPC"},
    {"deis", "DEIS"},
    {"lcm", "LCM"},
    {"tcd", "TCD"},
};

constexpr Row schedules[] = {
    {"karras", "Karras"},   {"exponential", "Exponential"}, {"beta", "Beta"},       {"linspace", "Uniform"},
    {"linspace", "Normal"}, {"trailing", "SGM Uniform"},    {"trailing", "Simple"}, {"leading", "DDIM"},
    {"", "Automatic"},
};

std::string theirs(std::span<const Row> rows, std::string_view ours)
{
    const auto found =
        std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.first == ours; });
    return std::string(found == rows.end() ? ours : found->second);
}

std::optional<std::string> ours(std::span<const Row> rows, std::string_view theirs)
{
    for (const auto& [own, other] : rows)
        if (other == theirs)
            return std::string(own);
    const bool ownStyle = !theirs.empty() && std::all_of(theirs.begin(), theirs.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
    return ownStyle ? std::optional(std::string(theirs)) : std::nullopt;
}

} // namespace

std::string a1111SamplerName(std::string_view scheduler)
{
    return theirs(samplers, scheduler);
}

std::string a1111ScheduleName(std::string_view spacing)
{
    return theirs(schedules, spacing);
}

std::optional<std::string> schedulerOfA1111(std::string_view sampler)
{
    return ours(samplers, sampler);
}

std::optional<std::string> spacingOfA1111(std::string_view scheduleType)
{
    return ours(schedules, scheduleType);
}

A1111Sampler splitA1111Sampler(std::string_view name)
{
    for (const std::string_view schedule : {"Karras", "Exponential"})
        if (name.size() > schedule.size() + 1 && name.ends_with(schedule) &&
            name[name.size() - schedule.size() - 1] == ' ')
            return {name.substr(0, name.size() - schedule.size() - 1), schedule};
    return {name, ""};
}

} // namespace unfog
