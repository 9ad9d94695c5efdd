#include "generation/interchange/a1111_names.h"

#include <algorithm>
#include <span>

#include "generation/interchange/sampler_names.h"

namespace unfog {
namespace {

std::string theirs(std::span<const SamplerName> rows, std::string_view ours)
{
    const auto found =
        std::find_if(rows.begin(), rows.end(), [&](const SamplerName& row) { return row.name == ours; });
    return std::string(found == rows.end() || found->a1111.empty() ? ours : found->a1111);
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

} // namespace unfog
