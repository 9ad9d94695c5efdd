#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "generation/interchange/imported_parameters.h"

/// JSON that other programs write into images, told apart by its keys: SwarmUI, InvokeAI, Fooocus, NovelAI,
/// Draw Things, Easy Diffusion, ComfyUI.
namespace unfog {

struct ForeignJson {
    std::string program; ///< "SwarmUI", "ComfyUI", …; "another program" when the keys say nothing
    std::string what;    ///< for people: "SwarmUI's parameters", "a ComfyUI graph", "damaged JSON"
    /// Prompts, seed, steps, guidance, size, sampler, schedule, CLIP skip, where they stand as plain fields;
    /// the other fields are told as ignored. None: not read (a graph), damaged, or without a single setting.
    std::optional<ImportedParameters> parameters;
};

/// None: the text is no JSON, and no torn piece of one. Any size and depth.
std::optional<ForeignJson> readForeignJson(std::string_view text);

} // namespace unfog
