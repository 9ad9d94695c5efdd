#include "generation/interchange/foreign_names.h"

#include "base/ascii_text.h"

#include <algorithm>
#include <array>
#include <span>

namespace unfog {
namespace {

struct Row {
    std::string_view theirs; ///< folded
    std::string_view ours;
    std::string_view deviation;
};

constexpr std::string_view onCpu = "its noise is drawn on the CPU here";
constexpr std::string_view noFreshNoise = "without the fresh noise of each step";
constexpr std::string_view secondOrderSde = "the nearest SDE solver here is DPM++ 2M SDE";
constexpr std::string_view midpoint = "the midpoint correction is used, not Heun's";

constexpr Row samplers[] = {
    {"default", "", ""},
    {"automatic", "", ""},
    {"ddim", "ddim", ""},
    {"ddimv3", "ddim", ""},
    {"ddpm", "ddpm", ""},
    {"pndm", "pndm", ""},
    {"plms", "pndm", ""},
    {"lms", "lms", ""},
    {"lmsd", "lms", ""},
    {"lmsdiscrete", "lms", ""},
    {"euler", "euler", ""},
    {"eulerdiscrete", "euler", ""},
    {"eulera", "euler-ancestral", ""},
    {"eulerancestral", "euler-ancestral", ""},
    {"eulerancestraldiscrete", "euler-ancestral", ""},
    {"heun", "heun", ""},
    {"heundiscrete", "heun", ""},
    {"dpm2", "dpm2", ""},
    {"kdpm2", "dpm2", ""},
    {"kdpm2discrete", "dpm2", ""},
    {"dpm2a", "dpm2-ancestral", ""},
    {"dpm2ancestral", "dpm2-ancestral", ""},
    {"kdpm2a", "dpm2-ancestral", ""},
    {"kdpm2ancestral", "dpm2-ancestral", ""},
    {"kdpm2ancestraldiscrete", "dpm2-ancestral", ""},
    {"dpmpp2m", "dpmpp-2m", ""},
    {"dpmpp2mv2", "dpmpp-2m", "the first variant of DPM++ 2M is used"},
    {"dpmsolvermultistep", "dpmpp-2m", ""},
    {"dpmpp2mheun", "dpmpp-2m-heun", ""},
    {"dpmpp3m", "dpmpp-3m", ""},
    {"dpmpp2msde", "dpmpp-2m-sde", ""},
    {"dpmpp2msdegpu", "dpmpp-2m-sde", onCpu},
    {"dpmpp2msdeheun", "dpmpp-2m-sde", midpoint},
    {"dpmpp2msdeheungpu", "dpmpp-2m-sde", midpoint},
    {"dpmpp3msde", "dpmpp-2m-sde", secondOrderSde},
    {"dpmpp3msdegpu", "dpmpp-2m-sde", secondOrderSde},
    {"dpmppsde", "dpmpp-2m-sde", secondOrderSde},
    {"dpmppsdegpu", "dpmpp-2m-sde", secondOrderSde},
    {"dpmpp2s", "dpmpp-2s", ""},
    {"dpmsolversinglestep", "dpmpp-2s", ""},
    {"dpmpp2sa", "dpmpp-2s", noFreshNoise},
    {"dpmpp2sancestral", "dpmpp-2s", noFreshNoise},
    {"unipc", "unipc", ""},
    {"unipcmultistep", "unipc", ""},
    {"unipcbh1", "unipc-bh1", ""},
    {"unipcbh2", "unipc", ""},
    {"deis", "deis", ""},
    {"deismultistep", "deis", ""},
    {"lcm", "lcm", ""},
    {"tcd", "tcd", ""},
};

constexpr Row schedules[] = {
    {"", "", ""},
    {"automatic", "", ""},
    {"auto", "", ""},
    {"default", "", ""},
    {"none", "", ""},
    {"native", "", ""},
    {"karras", "karras", ""},
    {"exponential", "exponential", ""},
    {"polyexponential", "exponential", "with the exponent 1"},
    {"beta", "beta", ""},
    {"beta57", "beta", "with α = β = 0.6"},
    {"uniform", "linspace", ""},
    {"normal", "linspace", ""},
    {"discrete", "linspace", ""},
    {"linspace", "linspace", ""},
    {"simple", "trailing", ""},
    {"sgmuniform", "trailing", ""},
    {"trailing", "trailing", ""},
    {"ddim", "leading", ""},
    {"ddimuniform", "leading", ""},
    {"leading", "leading", ""},
};

bool isOwnStyle(std::string_view name)
{
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

std::optional<ForeignName> lookUp(std::span<const Row> rows, std::string_view theirs)
{
    // "dpm-2" is ours, "dpm_2" ComfyUI's name of another one: ours come first.
    if (isOwnStyle(theirs) && theirs.find('-') != std::string_view::npos)
        return ForeignName{std::string(theirs), ""};
    const std::string folded = foldedName(theirs);
    for (const Row& row : rows)
        if (row.theirs == folded)
            return ForeignName{std::string(row.ours), std::string(row.deviation)};
    return isOwnStyle(theirs) ? std::optional(ForeignName{std::string(theirs), ""}) : std::nullopt;
}

bool endsWithWord(std::string_view text, std::string_view word)
{
    if (text.size() < word.size() + 2)
        return false;
    const std::string_view tail = text.substr(text.size() - word.size());
    const char before = text[text.size() - word.size() - 1];
    return (before == ' ' || before == '_') &&
           std::equal(tail.begin(), tail.end(), word.begin(),
                      [](char a, char b) { return asciiLower(a) == asciiLower(b); });
}

std::string_view withoutSeparators(std::string_view text)
{
    while (!text.empty() && (text.back() == ' ' || text.back() == '_'))
        text.remove_suffix(1);
    return text;
}

} // namespace

std::string foldedName(std::string_view name)
{
    std::string folded;
    for (const char c : name) {
        const char small = c == '+' ? 'p' : asciiLower(c);
        if ((small >= 'a' && small <= 'z') || (small >= '0' && small <= '9') || (c & 0x80) != 0)
            folded += small;
    }
    return folded;
}

std::optional<ForeignName> schedulerOfForeign(std::string_view sampler)
{
    if (sampler ==
        "uni_pc") // ComfyUI's, the bh1 variant; A1111's "UniPC" and diffusers' are told apart by spelling
        return ForeignName{"unipc-bh1", ""};
    if (sampler.starts_with("k_"))
        sampler.remove_prefix(2);
    if (auto found = lookUp(samplers, sampler))
        return found;
    std::string folded = foldedName(sampler);
    if (folded.ends_with("scheduler")) // a class of diffusers
        folded.resize(folded.size() - std::string_view("scheduler").size());
    if (folded.starts_with("dpmsolverpp"))
        folded.replace(0, std::string_view("dpmsolverpp").size(), "dpmpp");
    for (const Row& row : samplers)
        if (row.theirs == folded)
            return ForeignName{std::string(row.ours), std::string(row.deviation)};
    return std::nullopt;
}

std::optional<ForeignName> spacingOfForeign(std::string_view schedule)
{
    return lookUp(schedules, schedule);
}

ForeignSampler splitForeignSampler(std::string_view name)
{
    constexpr std::array<std::string_view, 15> endings = {
        "Karras",       "Polyexponential", "Exponential", "SGM Uniform", "sgm_uniform",
        "ddim_uniform", "Uniform",         "Simple",      "Normal",      "Beta",
        "Trailing",     "Discrete",        "AYS",         "KL Optimal",  "Align Your Steps"};
    for (const std::string_view ending : endings)
        if (endsWithWord(name, ending))
            return {withoutSeparators(name.substr(0, name.size() - ending.size())),
                    name.substr(name.size() - ending.size())};
    if (name.size() > 2 && name.ends_with("_k"))
        return {name.substr(0, name.size() - 2), "Karras"};
    return {name, ""};
}

} // namespace unfog
