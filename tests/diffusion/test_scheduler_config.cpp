#include <cmath>
#include <string>

#include <gtest/gtest.h>

#include "diffusion/catalogue/scheduler_config.h"
#include "diffusion/schedule/noise_schedule.h"

namespace unfog {

namespace {

SchedulerConfig parsed(const std::string& text)
{
    const auto config = SchedulerConfig::parse(text);
    EXPECT_TRUE(config) << config.error().message;
    return config ? *config : SchedulerConfig();
}

std::string complaint(const std::string& text)
{
    const auto config = SchedulerConfig::parse(text);
    EXPECT_FALSE(config) << text;
    return config ? std::string() : config.error().message;
}

TEST(SchedulerConfig, DefaultsAreThoseOfTheClass)
{
    EXPECT_EQ(parsed(R"({"_class_name": "EulerDiscreteScheduler"})").timestepSpacing, "linspace");
    EXPECT_EQ(parsed(R"({"_class_name": "DDIMScheduler"})").timestepSpacing, "leading");
    EXPECT_TRUE(parsed(R"({"_class_name": "DDIMScheduler"})").clipSample);
    EXPECT_FALSE(parsed(R"({"_class_name": "LCMScheduler"})").clipSample);
    EXPECT_EQ(parsed(R"({"_class_name": "LCMScheduler"})").betaSchedule, "scaled_linear");
    EXPECT_FALSE(parsed(R"({"_class_name": "PNDMScheduler"})").skipPrkSteps);
    EXPECT_FALSE(parsed(R"({"_class_name": "PNDMScheduler"})").setAlphaToOne);
    EXPECT_TRUE(parsed(R"({"_class_name": "DDIMScheduler"})").setAlphaToOne);
    EXPECT_EQ(parsed(R"({"_class_name": "HeunDiscreteScheduler"})").betaStart, 0.00085);
    EXPECT_EQ(parsed(R"({"_class_name": "LMSDiscreteScheduler"})").betaStart, 0.0001);
    EXPECT_EQ(parsed(R"({"_class_name": "UniPCMultistepScheduler"})").solverType, "bh2");
    EXPECT_EQ(parsed(R"({"_class_name": "DEISMultistepScheduler"})").algorithmType, "deis");
    EXPECT_EQ(parsed(R"({"_class_name": "DPMSolverMultistepScheduler"})").lambdaMinClipped,
              -std::numeric_limits<double>::infinity());
}

TEST(SchedulerConfig, ReadsWhatPythonWrites)
{
    const SchedulerConfig config = parsed(
        R"({"_class_name": "DPMSolverMultistepScheduler", "_diffusers_version": "0.35.1 -Infinity \" NaN",
            "lambda_min_clipped": -Infinity, "sample_max_value": Infinity,
            "trained_betas": null, "beta_start": 0.00085, "num_train_timesteps": 1000})");
    EXPECT_TRUE(std::isinf(config.lambdaMinClipped) && config.lambdaMinClipped < 0.0);
    EXPECT_TRUE(std::isinf(config.sampleMaxValue) && config.sampleMaxValue > 0.0);
    EXPECT_EQ(config.betaStart, 0.00085);
    EXPECT_EQ(parsed(R"({"_class_name": "DPMSolverMultistepScheduler", "lambda_min_clipped": -5.1})")
                  .lambdaMinClipped,
              -5.1);
}

TEST(SchedulerConfig, NotANumberIsNoValue)
{
    const std::string said =
        complaint(R"({"_class_name": "DPMSolverMultistepScheduler", "flow_shift": NaN})");
    EXPECT_NE(said.find("flow_shift"), std::string::npos) << said;
    EXPECT_NE(said.find("NaN"), std::string::npos) << said;
}

TEST(SchedulerConfig, KeysOfOtherClassesArePassedOver)
{
    const SchedulerConfig config = parsed(
        R"({"_class_name": "PNDMScheduler", "clip_sample": false, "skip_prk_steps": true, "unheard_of": {"a": [1]}})");
    EXPECT_TRUE(config.skipPrkSteps);
}

TEST(SchedulerConfig, AnotherClassKeepsTheFilesKeysAndTakesItsOwnDefaults)
{
    const std::string file =
        R"({"_class_name": "PNDMScheduler", "beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012,
            "steps_offset": 1, "prediction_type": "v_prediction"})";
    EXPECT_EQ(parsed(file).timestepSpacing, "leading");
    const auto euler = SchedulerConfig::parseAs(file, "EulerDiscreteScheduler");
    ASSERT_TRUE(euler) << euler.error().message;
    EXPECT_EQ(euler->className, "EulerDiscreteScheduler");
    EXPECT_EQ(euler->timestepSpacing, "linspace");
    EXPECT_EQ(euler->stepsOffset, 1);
    EXPECT_EQ(euler->betaSchedule, "scaled_linear");
    EXPECT_EQ(euler->predictionType, "v_prediction");
}

TEST(SchedulerConfig, SaysWhatIsWrongAndWhere)
{
    EXPECT_NE(complaint("[]").find("JSON object"), std::string::npos);
    EXPECT_NE(complaint("{\"_class_name\": ").find("JSON object"), std::string::npos);
    EXPECT_NE(complaint("{}").find("_class_name"), std::string::npos);
    const std::string unknown = complaint(R"({"_class_name": "FooScheduler"})");
    EXPECT_NE(unknown.find("FooScheduler"), std::string::npos);
    for (const std::string& name : knownSchedulerClasses())
        EXPECT_NE(unknown.find(name), std::string::npos) << unknown;
    for (const char* wrong : {R"("beta_start": "a")", R"("steps_offset": 1.5)", R"("clip_sample": 1)",
                              R"("beta_schedule": 3)", R"("trained_betas": [0.1, "b"])"}) {
        const std::string said = complaint(R"({"_class_name": "DDIMScheduler", )" + std::string(wrong) + "}");
        const std::string key = std::string(wrong).substr(1, std::string(wrong).find('"', 1) - 1);
        EXPECT_NE(said.find(key), std::string::npos) << said;
    }
}

TEST(SchedulerConfig, GivenBetasMakeTheSchedule)
{
    const SchedulerConfig config = parsed(
        R"({"_class_name": "DDIMScheduler", "trained_betas": [0.1, 0.2, 0.3], "beta_schedule": "nonsense"})");
    const auto schedule = config.noiseSchedule();
    ASSERT_TRUE(schedule) << schedule.error().message;
    EXPECT_EQ(schedule->trainTimesteps(), 3);
}

} // namespace

} // namespace unfog
