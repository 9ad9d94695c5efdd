#pragma once

#include <vector>

#include "base/result.h"
#include "diffusion/catalogue/scheduler_config.h"

/// Which timesteps and noise levels DPM-Solver, UniPC and DEIS visit.
namespace unfog {

/// The last entry of the table of levels, where the run ends.
enum class FinalLevel {
    Zero,            ///< σ = 0
    TrainingMinimum, ///< σ of training timestep 0
    LastVisited,     ///< the last evaluation's level once more; TrainingMinimum where levels follow timesteps
};

/// Where the reference's solver classes differ in planning a run.
struct SolverPlan {
    FinalLevel finalLevel = FinalLevel::Zero;
    bool clipsLambda = false;     ///< heeds `lambda_min_clipped`
    bool allowsLuLambdas = false; ///< heeds `use_lu_lambdas`
    bool keepsCosineFractions =
        false;                    ///< Karras and Lu timesteps are cut, not rounded, for `squaredcos_cap_v2`
    bool alwaysLinspace = false;  ///< has no `timestep_spacing`
    bool thresholdsNoise = false; ///< heeds `thresholding` also where ε̂ is integrated
};

struct SolverLevels {
    std::vector<double> timesteps; ///< whole numbers, one per evaluation
    std::vector<double> sigmas;    ///< σ / α (flow models: σ) in float32 accuracy, one more than timesteps
};

/// Plans `stepCount` ≥ 1 steps. Rounds exactly where the reference does: timesteps come out as its integers,
/// which a network sees, and σ as its float32 values. `flowShift` stands in for the configuration's where it
/// is dynamic. InvalidRequest when `lambda_min_clipped` or the step count leaves no timestep to visit.
Result<SolverLevels> planSolverLevels(const SchedulerConfig& config, const SolverPlan& plan,
                                      const std::vector<double>& alphasCumprod, int stepCount,
                                      double flowShift);

} // namespace unfog
