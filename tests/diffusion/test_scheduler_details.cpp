#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "diffusion/catalogue/scheduler_registry.h"

namespace unfog {

namespace {

struct Options {
    double mu = 0.0;
    double eta = -1.0; ///< below 0: none
    bool clippedOutput = false;
};

/// A run whose result was worked out apart from this program, in plain float64 arithmetic on one number from
/// the published formulas and the reference's conventions: start 0.7 times the initial σ, toy network x t /
/// (t + 1) on the scaled input, draws cos 1, cos 2, …
struct WorkedRun {
    const char* name;
    const char* config;
    int steps;
    Options options;
    int evaluations;
    double middleTimestep; ///< of evaluation evaluations / 2
    int sigmas;
    double middleSigma; ///< of entry sigmas / 2
    int draws;
    double result;
};

// clang-format off
const std::vector<WorkedRun> kRuns = {
    {"DdpmLinspaceSigmoidV", R"({"_class_name": "DDPMScheduler", "beta_schedule": "sigmoid", "timestep_spacing": "linspace", "prediction_type": "v_prediction", "clip_sample": false, "variance_type": "fixed_small_log"})",
     9, {}, 9, 500, 0, 0.0, 8, 0.2715832314},
    {"DdpmClipRange", R"({"_class_name": "DDPMScheduler", "beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012, "steps_offset": 1, "clip_sample_range": 0.4, "variance_type": "fixed_large"})",
     10, {}, 10, 401, 0, 0.0, 10, -0.1008587177},
    {"DdimClippedOutputEta", R"({"_class_name": "DDIMScheduler", "clip_sample": true, "clip_sample_range": 0.5, "beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012})",
     8, {.eta = 0.5, .clippedOutput = true}, 8, 375, 0, 0.0, 8, 0.1561373479},
    {"DdimSampleLinspace", R"({"_class_name": "DDIMScheduler", "clip_sample": false, "prediction_type": "sample", "timestep_spacing": "linspace", "set_alpha_to_one": false, "beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012})",
     7, {}, 7, 500, 0, 0.0, 0, 1.1025265956},
    {"PndmRungeKutta", R"({"_class_name": "PNDMScheduler", "beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012})",
     12, {}, 21, 705, 0, 0.0, 0, 0.3619825862},
    {"PndmRungeKuttaTrailingV", R"({"_class_name": "PNDMScheduler", "beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012, "timestep_spacing": "trailing", "prediction_type": "v_prediction", "set_alpha_to_one": true})",
     10, {}, 19, 749, 0, 0.0, 0, 0.1311986349},
    {"PndmLinspace", R"({"_class_name": "PNDMScheduler", "beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012, "timestep_spacing": "linspace", "skip_prk_steps": true})",
     9, {}, 10, 500, 0, 0.0, 0, 0.4120981584},
    {"LcmClipV", R"({"_class_name": "LCMScheduler", "clip_sample": true, "clip_sample_range": 0.3, "prediction_type": "v_prediction", "original_inference_steps": 40, "timestep_scaling": 5.0})",
     6, {}, 6, 499, 0, 0.0, 5, 0.0549560966},
    {"TcdDeterministic", R"({"_class_name": "TCDScheduler"})",
     4, {.eta = 0.0}, 4, 499, 0, 0.0, 0, 0.2792692481},
    {"TcdFullyStochasticV", R"({"_class_name": "TCDScheduler", "prediction_type": "v_prediction", "original_inference_steps": 100, "clip_sample": true, "clip_sample_range": 0.1})",
     5, {.eta = 1.0}, 5, 599, 0, 0.0, 4, -0.1211510499},
    {"EulerBeta", R"({"_class_name": "EulerDiscreteScheduler", "beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012, "use_beta_sigmas": true})",
     9, {}, 9, 874.6619115053, 10, 4.8333524235, 0, 0.2619592961},
    {"EulerLogLinear", R"({"_class_name": "EulerDiscreteScheduler", "beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012, "interpolation_type": "log_linear", "timestep_spacing": "trailing"})",
     8, {}, 8, 499.0, 10, 0.3001610820, 0, 0.3194576392},
    {"EulerSigmaRangeContinuous", R"({"_class_name": "EulerDiscreteScheduler", "beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012, "prediction_type": "v_prediction", "timestep_type": "continuous", "use_karras_sigmas": true, "sigma_min": 0.002, "sigma_max": 700.0, "timestep_spacing": "leading", "steps_offset": 1})",
     8, {}, 8, 0.4961509128, 9, 7.2761629164, 0, 0.3358554104},
    {"EulerLogLinearContinuous", R"({"_class_name": "EulerDiscreteScheduler", "beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012, "interpolation_type": "log_linear", "prediction_type": "v_prediction", "timestep_type": "continuous"})",
     5, {}, 6, -0.2620044035, 7, 0.3506321488, 0, 0.5884485591},
    {"EulerFinalSigmaMinZeroSnr", R"({"_class_name": "EulerDiscreteScheduler", "beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012, "final_sigmas_type": "sigma_min", "rescale_betas_zero_snr": true, "timestep_spacing": "trailing", "prediction_type": "v_prediction"})",
     8, {}, 8, 499.0, 9, 1.7680802029, 0, 0.0973930468},
    {"EulerSample", R"({"_class_name": "EulerDiscreteScheduler", "beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012, "prediction_type": "sample", "use_exponential_sigmas": true})",
     6, {}, 6, 102.9733588610, 7, 0.3506321488, 0, 0.0},
    {"EulerAncestralZeroSnrV", R"({"_class_name": "EulerAncestralDiscreteScheduler", "beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012, "rescale_betas_zero_snr": true, "timestep_spacing": "trailing", "prediction_type": "v_prediction"})",
     8, {}, 8, 499.0, 9, 1.7680802029, 8, 0.2300053539},
    {"HeunClipLeading", R"({"_class_name": "HeunDiscreteScheduler", "clip_sample": true, "clip_sample_range": 0.8, "timestep_spacing": "leading", "steps_offset": 1})",
     7, {}, 13, 427.0, 14, 1.0058010705, 0, 0.4229736479},
    {"HeunBetaExpSchedule", R"({"_class_name": "HeunDiscreteScheduler", "beta_schedule": "exp", "use_beta_sigmas": true})",
     6, {}, 11, 830.0536980888, 12, 146.3935961456, 0, 17.4865981015},
    {"Dpm2KarrasV", R"({"_class_name": "KDPM2DiscreteScheduler", "beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012, "use_karras_sigmas": true, "prediction_type": "v_prediction"})",
     7, {}, 13, 427.0, 16, 0.4469182093, 0, 0.2208186184},
    {"Dpm2Exponential", R"({"_class_name": "KDPM2DiscreteScheduler", "beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012, "use_exponential_sigmas": true, "timestep_spacing": "trailing"})",
     7, {}, 13, 628.0807957247, 16, 1.4102180330, 0, 0.3280705208},
    {"Dpm2Ancestral", R"({"_class_name": "KDPM2AncestralDiscreteScheduler", "beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012})",
     8, {}, 15, 428.1430577866, 18, 0.7912610494, 7, -0.0192693322},
    {"Dpm2AncestralKarrasLeading", R"({"_class_name": "KDPM2AncestralDiscreteScheduler", "beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012, "use_karras_sigmas": true, "timestep_spacing": "leading", "steps_offset": 1})",
     8, {}, 15, 217.3163726593, 18, 0.2786615541, 7, -0.2302685289},
    {"LmsKarras", R"({"_class_name": "LMSDiscreteScheduler", "beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012, "use_karras_sigmas": true})",
     9, {}, 9, 427.4887041000, 10, 0.5895396742, 0, 0.3562240493},
    {"LmsLeadingV", R"({"_class_name": "LMSDiscreteScheduler", "beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012, "timestep_spacing": "leading", "steps_offset": 1, "prediction_type": "v_prediction"})",
     9, {}, 9, 445.0, 10, 0.9355098192, 0, 0.1669311573},
    {"FlowEulerKarras", R"({"_class_name": "FlowMatchEulerDiscreteScheduler", "shift": 3.0, "use_karras_sigmas": true})",
     8, {}, 8, 100.0998544535, 9, 0.1000998544, 0, 0.2185895051},
    {"FlowEulerBetaTerminal", R"({"_class_name": "FlowMatchEulerDiscreteScheduler", "shift": 2.0, "use_beta_sigmas": true, "shift_terminal": 0.1})",
     8, {}, 8, 461.2869576578, 9, 0.4612869576, 0, 0.2390937301},
    {"FlowEulerLinearDynamicExponential", R"({"_class_name": "FlowMatchEulerDiscreteScheduler", "use_dynamic_shifting": true, "time_shift_type": "linear", "use_exponential_sigmas": true})",
     8, {.mu = 0.83}, 8, 17.3586276653, 9, 0.0173586276, 0, 0.1715110123},
    {"FlowEulerInverted", R"({"_class_name": "FlowMatchEulerDiscreteScheduler", "shift": 3.0, "invert_sigmas": true})",
     8, {}, 8, 306.2068965517, 9, 0.3062068965, 0, 1.6539610202},
    {"FlowEulerStochastic", R"({"_class_name": "FlowMatchEulerDiscreteScheduler", "shift": 3.0, "stochastic_sampling": true})",
     8, {}, 8, 693.7931034482, 9, 0.6937931034, 8, 0.2349491401},
    {"FlowHeunPlain", R"({"_class_name": "FlowMatchHeunDiscreteScheduler"})",
     6, {}, 11, 400.6000000000, 12, 0.4006000000, 0, 0.2728811743},
};
// clang-format on

class WorkedOut : public testing::TestWithParam<WorkedRun> {};

TEST_P(WorkedOut, IsReproduced)
{
    const WorkedRun& run = GetParam();
    const auto config = SchedulerConfig::parse(run.config);
    ASSERT_TRUE(config) << config.error().message;
    const auto made = makeScheduler(*config);
    ASSERT_TRUE(made) << made.error().message;
    Scheduler& scheduler = **made;
    TimestepOptions options;
    options.mu = run.options.mu;
    if (run.options.eta >= 0.0)
        options.eta = run.options.eta;
    options.useClippedModelOutput = run.options.clippedOutput;
    const auto planned = scheduler.setTimesteps(run.steps, options);
    ASSERT_TRUE(planned) << planned.error().message;
    ASSERT_EQ(scheduler.evaluationCount(), run.evaluations);
    EXPECT_NEAR(scheduler.timesteps()[run.evaluations / 2], run.middleTimestep, 5e-3);
    ASSERT_EQ(scheduler.sigmas().size(), static_cast<std::size_t>(run.sigmas));
    if (run.sigmas > 0) {
        EXPECT_NEAR(scheduler.sigmas()[run.sigmas / 2], run.middleSigma, 2e-5 * std::abs(run.middleSigma));
    }

    at::Tensor sample = at::full({1, 1, 2, 2}, 0.7 * scheduler.initNoiseSigma(), at::kDouble);
    int draws = 0;
    scheduler.begin(0);
    for (int i = 0; i < scheduler.evaluationCount(); ++i) {
        const double t = scheduler.timesteps()[i];
        const at::Tensor output = scheduler.scaleModelInput(sample, i) * (t / (t + 1.0));
        sample = scheduler
                     .step(output, sample, i,
                           [&] { return at::full_like(sample, std::cos(static_cast<double>(++draws))); })
                     .sample;
    }
    EXPECT_EQ(draws, run.draws);
    EXPECT_NEAR(sample.max().item<double>(), run.result, 1e-4 * std::max(std::abs(run.result), 0.1));
    EXPECT_NEAR(sample.min().item<double>(), run.result, 1e-4 * std::max(std::abs(run.result), 0.1));
}

INSTANTIATE_TEST_SUITE_P(Runs, WorkedOut, testing::ValuesIn(kRuns),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(SchedulerDetails, DynamicThresholdingActsOnEachImage)
{
    const auto config = SchedulerConfig::parse(
        R"({"_class_name": "DDIMScheduler", "thresholding": true, "dynamic_thresholding_ratio": 0.5,
            "sample_max_value": 3.0, "prediction_type": "sample"})");
    ASSERT_TRUE(config) << config.error().message;
    const auto made = makeScheduler(*config);
    ASSERT_TRUE(made) << made.error().message;
    ASSERT_TRUE((*made)->setTimesteps(10));
    // medians of |x|: 0.5, 2 and 9, held within 1 … 3
    const at::Tensor output =
        at::tensor({0.1, -0.5, 2.0, 1.0, -2.0, 4.0, 8.0, -9.0, 12.0}, at::kDouble).view({3, 1, 1, 3});
    const at::Tensor expected =
        at::tensor({0.1, -0.5, 1.0, 0.5, -1.0, 1.0, 1.0, -1.0, 1.0}, at::kDouble).view({3, 1, 1, 3});
    const SchedulerStep step = (*made)->step(output, output, 0, [&] { return at::zeros_like(output); });
    EXPECT_TRUE(at::allclose(step.predictedOriginal, expected)) << step.predictedOriginal;
}

TEST(SchedulerDetails, DynamicShiftNeedsMu)
{
    const auto config = SchedulerConfig::parse(
        R"({"_class_name": "FlowMatchEulerDiscreteScheduler", "use_dynamic_shifting": true})");
    const auto made = makeScheduler(*config);
    ASSERT_TRUE(made);
    const auto planned = (*made)->setTimesteps(4);
    ASSERT_FALSE(planned);
    EXPECT_NE(planned.error().message.find("mu"), std::string::npos);
}

TEST(SchedulerDetails, OneFlowStepWithATerminalShiftStaysFinite)
{
    const auto config = SchedulerConfig::parse(
        R"({"_class_name": "FlowMatchEulerDiscreteScheduler", "shift_terminal": 0.1})");
    const auto made = makeScheduler(*config);
    ASSERT_TRUE(made);
    ASSERT_TRUE((*made)->setTimesteps(1));
    EXPECT_EQ((*made)->sigmas(), (std::vector<double>{1.0, 0.0}));
}

TEST(SchedulerDetails, StepCountsOutOfRangeAreRefused)
{
    for (const char* name : {"DDIMScheduler", "DDPMScheduler", "PNDMScheduler", "LCMScheduler",
                             "TCDScheduler", "EulerDiscreteScheduler", "FlowMatchEulerDiscreteScheduler"}) {
        const auto made =
            makeScheduler(*SchedulerConfig::parse("{\"_class_name\": \"" + std::string(name) + "\"}"));
        ASSERT_TRUE(made) << name;
        for (const int steps : {0, -1, 1001}) {
            const auto planned = (*made)->setTimesteps(steps);
            ASSERT_FALSE(planned) << name << " " << steps;
            EXPECT_EQ(planned.error().kind, ErrorKind::InvalidRequest);
            EXPECT_NE(planned.error().message.find(std::to_string(steps)), std::string::npos);
        }
    }
}

} // namespace

} // namespace unfog
