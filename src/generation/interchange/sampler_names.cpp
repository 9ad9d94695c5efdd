#include "generation/interchange/sampler_names.h"

#include <algorithm>

namespace unfog {
namespace {

constexpr SamplerName kSchedulers[] = {
    {"dpmpp-2m", "DPM++ 2M", "DPM++ 2M"},
    {"dpmpp-2m-heun", "DPM++ 2M Heun", ""},
    {"dpmpp-3m", "DPM++ 3M", "DPM++ 3M"},
    {"dpmpp-1", "DPM++ 1", ""},
    {"dpmpp-2m-sde", "DPM++ 2M SDE", "DPM++ 2M SDE"},
    {"dpmpp-1-sde", "DPM++ 1 SDE", ""},
    {"dpm-1", "DPM-Solver 1", ""},
    {"dpm-2", "DPM-Solver 2M", ""},
    {"dpm-3", "DPM-Solver 3M", ""},
    {"dpm-2-sde", "DPM-Solver 2M SDE", ""},
    {"dpmpp-2s", "DPM++ 2S", "DPM++ 2S"},
    {"dpmpp-3s", "DPM++ 3S", ""},
    {"unipc", "UniPC", "UniPC"},
    {"unipc-bh1", "UniPC bh1", ""},
    {"deis", "DEIS", "DEIS"},
    {"euler", "Euler", "Euler"},
    {"euler-ancestral", "Euler ancestral", "Euler a"},
    {"heun", "Heun", "Heun"},
    {"dpm2", "DPM2", "DPM2"},
    {"dpm2-ancestral", "DPM2 ancestral", "DPM2 a"},
    {"lms", "LMS", "LMS"},
    {"ddim", "DDIM", "DDIM"},
    {"ddpm", "DDPM", "DDPM"},
    {"pndm", "PNDM", "PLMS"},
    {"pndm-rk", "PNDM Runge-Kutta", ""},
    {"lcm", "LCM", "LCM"},
    {"tcd", "TCD", "TCD"},
    {"flow-euler", "Flow Euler", ""},
    {"flow-euler-stochastic", "Flow Euler stochastic", ""},
    {"flow-heun", "Flow Heun", ""},
};

constexpr SamplerName kSpacings[] = {
    {"linspace", "Linspace", "Uniform"},
    {"leading", "Leading", "DDIM"},
    {"trailing", "Trailing", "SGM Uniform"},
    {"karras", "Karras", "Karras"},
    {"exponential", "Exponential", "Exponential"},
    {"beta", "Beta", "Beta"},
    {"lu", "Lu", ""},
    {"flow", "Flow", ""},
};

constexpr SamplerName kPredictions[] = {
    {"epsilon", "Noise ε", ""},
    {"v_prediction", "Velocity v", ""},
    {"sample", "Clean image x₀", ""},
    {"flow_prediction", "Flow velocity", ""},
};

const SamplerName* find(std::span<const SamplerName> rows, std::string_view name)
{
    const auto found =
        std::find_if(rows.begin(), rows.end(), [&](const SamplerName& row) { return row.name == name; });
    return found == rows.end() ? nullptr : &*found;
}

std::string titleIn(std::span<const SamplerName> rows, std::string_view name)
{
    const SamplerName* row = find(rows, name);
    return std::string(row ? row->title : name);
}

std::string displayNameIn(std::span<const SamplerName> rows, std::string_view name)
{
    const SamplerName* row = find(rows, name);
    std::string text = titleIn(rows, name);
    if (row && !row->a1111.empty() && row->a1111 != row->title)
        text += " (" + std::string(row->a1111) + ")";
    return text;
}

} // namespace

std::span<const SamplerName> schedulerNames()
{
    return kSchedulers;
}

std::span<const SamplerName> spacingNames()
{
    return kSpacings;
}

std::span<const SamplerName> predictionNames()
{
    return kPredictions;
}

std::string schedulerTitle(std::string_view scheduler)
{
    return titleIn(kSchedulers, scheduler);
}

std::string spacingTitle(std::string_view spacing)
{
    return titleIn(kSpacings, spacing);
}

std::string predictionTitle(std::string_view prediction)
{
    return titleIn(kPredictions, prediction);
}

std::string schedulerDisplayName(std::string_view scheduler)
{
    return displayNameIn(kSchedulers, scheduler);
}

std::string spacingDisplayName(std::string_view spacing)
{
    return displayNameIn(kSpacings, spacing);
}

} // namespace unfog
