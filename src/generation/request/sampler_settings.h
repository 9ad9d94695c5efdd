#pragma once

#include <optional>
#include <string>

namespace unfog {

/// How the noise is taken away. Empty texts mean "as the model's own scheduler_config.json says".
struct SamplerSettings {
    std::string scheduler;     ///< a name that `unfog-cli schedulers` lists, e.g. "dpmpp-2m"
    std::string spacing;       ///< "linspace", "leading", "trailing", "karras", "exponential", "beta", "lu"
    std::string prediction;    ///< "epsilon", "v_prediction", "sample"
    int steps = 20;            ///< 1 … 1000
    std::optional<double> eta; ///< DDIM and TCD stochasticity, 0 … 1; none = the scheduler's default
    /// Largest noise level σ = √((1 − ᾱ)/ᾱ) that the run visits, 0.5 … 1e6; 0 = where the model's schedule
    /// ends; none = there too, except for combinations that can't use so high an end
    /// (diffusion/schedule/sigma_ceiling.h). A finished image's request states the number.
    std::optional<double> sigmaMax = {};

    bool operator==(const SamplerSettings&) const = default;
};

} // namespace unfog
