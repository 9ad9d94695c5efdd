#pragma once

#include <span>
#include <string>
#include <string_view>

/// What schedulers, spacings and predictions are called for people. The only source of these names: forms,
/// lists, details, the command line, messages and the texts exchanged with AUTOMATIC1111's web UI take them
/// from here.
namespace unfog {

struct SamplerName {
    std::string_view name;  ///< as it stands in a SamplerSettings, e.g. "dpm2-ancestral"
    std::string_view title; ///< for people, e.g. "DPM2 ancestral"
    std::string_view a1111; ///< the web UI's name, e.g. "DPM2 a"; "" where it has none
};

/// In the order of the catalogue.
std::span<const SamplerName> schedulerNames();
std::span<const SamplerName> spacingNames();
std::span<const SamplerName> predictionNames();

/// "dpm2-ancestral" → "DPM2 ancestral". A name that is not in the table is given as it is.
std::string schedulerTitle(std::string_view scheduler);
std::string spacingTitle(std::string_view spacing);
std::string predictionTitle(std::string_view prediction);

/// The title with the web UI's name in brackets where that differs: "DPM2 ancestral (DPM2 a)", "DPM++ 2M".
std::string schedulerDisplayName(std::string_view scheduler);
std::string spacingDisplayName(std::string_view spacing);

} // namespace unfog
