#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "diffusion/catalogue/scheduler_config.h"
#include "diffusion/dpm/dpm_update.h"

/// Reading and checking the configuration keys that DPM-Solver, UniPC and DEIS share. Every failure is
/// Unsupported (a value that is not known) or InvalidRequest (keys that exclude each other) and names key,
/// value and what is known.
namespace unfog {

Result<void> checkName(std::string_view key, const std::string& value, const std::vector<std::string>& known);

/// `solver_type`. A name in `foreign` belongs to one of the other solver classes; the reference puts
/// `standard` in its place, so that a model's scheduler can be exchanged with all other keys kept.
Result<std::string> readSolverType(const SchedulerConfig& config, const std::vector<std::string>& known,
                                   const std::string& standard, const std::vector<std::string>& foreign);

/// Checks `solver_order` (1 … largestOrder, 0 = no limit), `prediction_type` (flow only where `data` is
/// integrated), `final_sigmas_type` and that at most one of the Karras, exponential and beta spacings is
/// chosen.
Result<void> checkSolverConfig(const SchedulerConfig& config, int largestOrder, bool data);

struct DpmChoice {
    DpmAlgorithm algorithm = DpmAlgorithm::Data;
    FirstDerivativeWeight weight = FirstDerivativeWeight::Midpoint;
};

/// Everything that multistep and singlestep DPM-Solver check alike, with `algorithms` the names they know
/// ("deis" is taken as dpmsolver++, see readSolverType).
Result<DpmChoice> readDpmChoice(const SchedulerConfig& config, const std::vector<std::string>& algorithms);

/// ᾱ of the training schedule in float32 accuracy. `rescales`: the class heeds `rescale_betas_zero_snr`, and
/// then puts 2⁻²⁴ in the place of its last ᾱ = 0.
Result<std::vector<double>> solverAlphasCumprod(const SchedulerConfig& config, bool rescales);

} // namespace unfog
