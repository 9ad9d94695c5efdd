#include "generation/a1111_names.h"

#include <algorithm>
#include <span>

#include "generation/sampler_names.h"

namespace unfog {
namespace {

/// Further names of the web UI that are read, never written.
struct Alias {
    std::string_view theirs;
    std::string_view ours;
};
constexpr Alias kSamplerAliases[] = {{"PNDM", "pndm"}};
constexpr Alias kScheduleAliases[] = {{"Normal", "linspace"}, {"Simple", "trailing"}, {"Automatic", ""}};

std::string theirs(std::span<const SamplerName> rows, std::string_view ours)
{
    const auto found =
        std::find_if(rows.begin(), rows.end(), [&](const SamplerName& row) { return row.name == ours; });
    return std::string(found == rows.end() || found->a1111.empty() ? ours : found->a1111);
}

std::optional<std::string> ours(std::span<const SamplerName> rows, std::span<const Alias> aliases,
                                std::string_view theirs)
{
    for (const SamplerName& row : rows)
        if (!row.a1111.empty() && row.a1111 == theirs)
            return std::string(row.name);
    for (const Alias& alias : aliases)
        if (alias.theirs == theirs)
            return std::string(alias.ours);
    const bool ownStyle = !theirs.empty() && std::all_of(theirs.begin(), theirs.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
    return ownStyle ? std::optional(std::string(theirs)) : std::nullopt;
}

} // namespace

std::string a1111SamplerName(std::string_view scheduler)
{
    return theirs(schedulerNames(), scheduler);
}

std::string a1111ScheduleName(std::string_view spacing)
{
    return spacing.empty() ? std::string("Automatic") : theirs(spacingNames(), spacing);
}

std::optional<std::string> schedulerOfA1111(std::string_view sampler)
{
    return ours(schedulerNames(), kSamplerAliases, sampler);
}

std::optional<std::string> spacingOfA1111(std::string_view scheduleType)
{
    return ours(spacingNames(), kScheduleAliases, scheduleType);
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
