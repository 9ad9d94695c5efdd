#pragma once

#include <optional>
#include <string>
#include <string_view>

/// What other programs call samplers and schedules, in our names: A1111 and Forge ("DPM++ 2M Karras"),
/// ComfyUI, SwarmUI and Fooocus ("dpmpp_2m_sde_gpu", "sgm_uniform"), InvokeAI ("dpmpp_2m_k"), NovelAI
/// ("k_euler_ancestral"), stable-diffusion.cpp ("euler_a karras"), Draw Things ("Euler A Trailing"),
/// diffusers
/// ("EulerDiscreteScheduler"). Capitals, spaces, dashes and underscores do not matter.
namespace unfog {

struct ForeignName {
    std::string name;      ///< ours; "" = the model's own
    std::string deviation; ///< in what it differs from the other program's; "" = in nothing
};

/// A name in our own style (small letters, digits, dashes) that the table lacks is given as it is: whether
/// there is such a scheduler is for the engine to say. None: not known.
std::optional<ForeignName> schedulerOfForeign(std::string_view sampler);
std::optional<ForeignName> spacingOfForeign(std::string_view schedule);

struct ForeignSampler {
    std::string_view sampler;
    std::string_view schedule; ///< "" none in the name
};

/// "DPM++ 2M Karras" → "DPM++ 2M", "Karras"; "dpmpp_2m_k" → "dpmpp_2m", "Karras".
ForeignSampler splitForeignSampler(std::string_view name);

/// Small letters and digits alone, "+" as "p": "DPM++ 2M" and "dpmpp_2m" → "dpmpp2m".
std::string foldedName(std::string_view name);

} // namespace unfog
