#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "diffusion/catalogue/scheduler_registry.h"
#include "diffusion/schedule/sigma_ceiling.h"

namespace unfog {
namespace {

// Ends at σ = 20,291.
const std::string kCosine =
    R"({"_class_name": "DPMSolverMultistepScheduler", "beta_schedule": "squaredcos_cap_v2",
        "prediction_type": "v_prediction", "timestep_spacing": "linspace"})";
// Ends at σ = 14.6.
const std::string kStableDiffusion =
    R"({"_class_name": "DPMSolverMultistepScheduler", "beta_schedule": "scaled_linear", "beta_start": 0.00085,
        "beta_end": 0.012, "timestep_spacing": "linspace"})";

struct Plan {
    std::vector<double> timesteps;
    std::vector<double> levels;
};

Plan planOf(const std::string& model, const SamplerSettings& settings)
{
    const auto config = configFor(model, settings);
    EXPECT_TRUE(config) << config.error().message;
    const auto scheduler = config ? makeScheduler(*config) : tl::unexpected(config.error());
    if (!scheduler || !(*scheduler)->setTimesteps(settings.steps)) {
        ADD_FAILURE() << settings.scheduler << " × " << settings.spacing;
        return {};
    }
    Plan plan;
    plan.timesteps = (*scheduler)->timesteps();
    for (int i = 0; i < (*scheduler)->evaluationCount(); ++i)
        plan.levels.push_back((*scheduler)->noiseLevel(i));
    return plan;
}

SamplerSettings settingsOf(const std::string& scheduler, const std::string& spacing,
                           std::optional<double> sigmaMax = std::nullopt)
{
    SamplerSettings settings;
    settings.scheduler = scheduler;
    settings.spacing = spacing;
    settings.sigmaMax = sigmaMax;
    settings.steps = 20;
    return settings;
}

struct Row {
    const char* scheduler;
    const char* spacing;
    double begins;    ///< σ of the first evaluation where the request says nothing, on the cosine schedule
    double tolerance; ///< relative: timestep spacings begin at the timestep below the ceiling
};

constexpr Row kRows[] = {
    {"dpmpp-2m", "", 20291.0, 1e-3}, // as the model's own configuration
    {"dpmpp-2m", "karras", 80.0, 1e-6},
    {"dpmpp-2m", "exponential", 80.0, 1e-6},
    {"dpmpp-2m", "lu", 80.0, 1e-6},
    {"dpmpp-2m", "beta", 15.0, 1e-6},
    {"dpmpp-2m", "trailing", 20291.0, 1e-3},
    {"unipc", "karras", 80.0, 1e-6},
    {"euler", "karras", 80.0, 1e-6},
    {"euler", "trailing", 20291.0, 1e-3},
    {"euler-ancestral", "linspace", 20291.0, 1e-3},
    {"ddim", "trailing", 20291.0, 1e-3},
    {"heun", "", 71.2912, 1e-5},
    {"heun", "beta", 15.0, 1e-6},
    {"dpm2", "trailing", 71.2912, 1e-5},
    {"dpm2-ancestral", "linspace", 71.2912, 1e-5},
    {"lms", "", 71.2912, 1e-5},
    {"pndm", "", 71.2912, 1e-5},
    {"deis", "", 71.2912, 1e-5},
    {"dpm-2", "trailing", 71.2912, 1e-5},
    {"dpm-2-sde", "", 80.0, 1e-6},
};

TEST(SigmaCeiling, HoldsWhereTheScheduleEndsBeyondUse)
{
    for (const Row& row : kRows) {
        SCOPED_TRACE(std::string(row.scheduler) + " × " + row.spacing);
        const Plan plan = planOf(kCosine, settingsOf(row.scheduler, row.spacing));
        ASSERT_FALSE(plan.levels.empty());
        EXPECT_NEAR(plan.levels.front(), row.begins, row.tolerance * row.begins);
        EXPECT_LE(plan.levels.front(), row.begins * (1.0 + 2e-3));
    }
}

TEST(SigmaCeiling, LeavesOtherSchedulesAlone)
{
    for (const Row& row : kRows) {
        SCOPED_TRACE(std::string(row.scheduler) + " × " + row.spacing);
        const Plan chosen = planOf(kStableDiffusion, settingsOf(row.scheduler, row.spacing));
        const Plan unlimited = planOf(kStableDiffusion, settingsOf(row.scheduler, row.spacing, 0.0));
        EXPECT_EQ(chosen.levels, unlimited.levels);
        EXPECT_EQ(chosen.timesteps, unlimited.timesteps);
    }
}

TEST(SigmaCeiling, LeavesTheModelsOwnConfigurationAlone)
{
    const std::string own =
        R"({"_class_name": "HeunDiscreteScheduler", "beta_schedule": "squaredcos_cap_v2", "use_karras_sigmas": true})";
    const auto config = configFor(own, {});
    ASSERT_TRUE(config);
    EXPECT_EQ(config->sigmaCeiling, std::nullopt);
    EXPECT_GT(planOf(own, {}).levels.front(), 20000.0);
}

TEST(SigmaCeiling, IsDecidedByTheEndNotByTheFlag)
{
    // The flag is heeded by Euler, whose rescaled schedule ends at 4096, and by nobody where it is false.
    const std::string flagged =
        R"({"_class_name": "EulerDiscreteScheduler", "beta_schedule": "scaled_linear", "beta_start": 0.00085,
            "beta_end": 0.012, "rescale_betas_zero_snr": true, "timestep_spacing": "trailing"})";
    EXPECT_NEAR(planOf(flagged, settingsOf("euler", "karras")).levels.front(), 80.0, 1e-4);
    EXPECT_NEAR(planOf(flagged, settingsOf("euler", "trailing")).levels.front(), 4096.0, 1.0);
}

TEST(SigmaCeiling, ChosenByThePersonItHoldsForEveryScheduler)
{
    for (const Row& row : kRows) {
        SCOPED_TRACE(std::string(row.scheduler) + " × " + row.spacing);
        for (const std::string& model : {kCosine, kStableDiffusion}) {
            const Plan plan = planOf(model, settingsOf(row.scheduler, row.spacing, 7.5));
            ASSERT_FALSE(plan.levels.empty());
            EXPECT_LE(*std::max_element(plan.levels.begin(), plan.levels.end()), 7.5 * (1.0 + 1e-6));
            EXPECT_GT(plan.levels.front(), 6.0);
        }
    }
    const auto refused = configFor(kCosine, settingsOf("lcm", "", 7.5));
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("LCM,"), std::string::npos);
}

TEST(SigmaCeiling, KarrasSpendsAThirdOfItsStepsAboveTenInsteadOfThreeQuarters)
{
    const auto above = [](const Plan& plan) {
        return std::count_if(plan.levels.begin(), plan.levels.end(),
                             [](double sigma) { return sigma > 10.0; });
    };
    EXPECT_EQ(above(planOf(kCosine, settingsOf("dpmpp-2m", "karras", 0.0))), 15);
    EXPECT_LE(above(planOf(kCosine, settingsOf("dpmpp-2m", "karras"))), 7);
}

TEST(SigmaCeiling, RefusesStepsThatTheSdeSolverCannotTake)
{
    for (const char* spacing : {"linspace", "leading", "trailing", "beta"}) {
        const auto refused = configFor(kCosine, settingsOf("dpm-2-sde", spacing));
        ASSERT_FALSE(refused) << spacing;
        EXPECT_NE(refused.error().message.find("karras, exponential or lu"), std::string::npos);
        EXPECT_TRUE(configFor(kStableDiffusion, settingsOf("dpm-2-sde", spacing))) << spacing;
    }
}

} // namespace
} // namespace unfog
