#include <algorithm>
#include <set>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "diffusion/catalogue/scheduler_registry.h"
#include "generation/interchange/sampler_names.h"

namespace unfog {

namespace {

const std::string kModel =
    R"({"_class_name": "PNDMScheduler", "beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012,
        "num_train_timesteps": 1000, "set_alpha_to_one": false, "skip_prk_steps": true, "steps_offset": 1,
        "trained_betas": null, "clip_sample": false})";
const std::string kFlowModel = R"({"_class_name": "FlowMatchEulerDiscreteScheduler", "shift": 3.0})";

SamplerSettings chosen(const std::string& scheduler, const std::string& spacing = {},
                       const std::string& prediction = {})
{
    SamplerSettings settings;
    settings.scheduler = scheduler;
    settings.spacing = spacing;
    settings.prediction = prediction;
    return settings;
}

TEST(SchedulerRegistry, EmptySettingsMeanTheModelsOwn)
{
    const auto config = configFor(kModel, {});
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(*config, *SchedulerConfig::parse(kModel));
    EXPECT_EQ(schedulerNameOf(*config), "pndm");
}

TEST(SchedulerRegistry, EveryNameCanBeMadeAndIsFoundAgain)
{
    std::set<std::string> names;
    for (const SchedulerInfo& info : knownSchedulers()) {
        EXPECT_TRUE(names.insert(info.name).second) << info.name << " is listed twice";
        EXPECT_FALSE(info.title.empty() || info.description.empty()) << info.name;
        const auto config = configFor(info.isFlow ? kFlowModel : kModel, chosen(info.name));
        ASSERT_TRUE(config) << info.name << ": " << config.error().message;
        EXPECT_EQ(config->className, info.className);
        EXPECT_EQ(schedulerNameOf(*config), info.name);
        const auto made = makeScheduler(*config);
        EXPECT_TRUE(made) << info.name << ": " << made.error().message;
    }
    for (const char* name :
         {"ddpm", "ddim", "dpmpp-2m", "dpmpp-3m", "unipc", "deis", "euler", "euler-ancestral", "heun", "dpm2",
          "dpm2-ancestral", "lms", "pndm", "lcm", "tcd", "flow-euler", "flow-heun"})
        EXPECT_TRUE(names.count(name)) << name;
}

TEST(SchedulerRegistry, NamesForPeopleComeFromTheTable)
{
    ASSERT_EQ(knownSchedulers().size(), schedulerNames().size());
    for (std::size_t i = 0; i < knownSchedulers().size(); ++i) {
        EXPECT_EQ(knownSchedulers()[i].name, schedulerNames()[i].name);
        EXPECT_EQ(knownSchedulers()[i].title, schedulerDisplayName(knownSchedulers()[i].name));
    }
    ASSERT_EQ(knownSpacings().size(), spacingNames().size());
    for (std::size_t i = 0; i < knownSpacings().size(); ++i) {
        EXPECT_EQ(knownSpacings()[i].name, spacingNames()[i].name);
        EXPECT_EQ(knownSpacings()[i].title, spacingDisplayName(knownSpacings()[i].name));
    }
}

TEST(SchedulerRegistry, RefusalsNameTheSchedulerAsListsDo)
{
    const auto flow = configFor(kModel, chosen("flow-euler"));
    ASSERT_FALSE(flow);
    EXPECT_NE(flow.error().message.find("Flow Euler (\"flow-euler\")"), std::string::npos)
        << flow.error().message;
    const auto spacing = configFor(kModel, chosen("euler-ancestral", "karras"));
    ASSERT_FALSE(spacing);
    EXPECT_NE(spacing.error().message.find("Euler ancestral (Euler a)"), std::string::npos)
        << spacing.error().message;
    EXPECT_EQ(spacing.error().message.find("DiscreteScheduler"), std::string::npos)
        << spacing.error().message;
}

TEST(SchedulerRegistry, DefaultsAreWhatEmptySettingsComeTo)
{
    const SamplerDefaults defaults = samplerDefaults(
        R"({"_class_name": "DPMSolverMultistepScheduler", "use_karras_sigmas": true, "prediction_type": "v_prediction",
            "timestep_spacing": "trailing"})");
    EXPECT_EQ(defaults.scheduler, "dpmpp-2m");
    EXPECT_EQ(defaults.prediction, "v_prediction");
    EXPECT_EQ(defaults.spacings.at(""), "karras");
    EXPECT_EQ(defaults.spacings.at("heun"), "karras");
    EXPECT_EQ(defaults.spacings.at("ddim"), "trailing"); // DDIM heeds no Karras levels
    EXPECT_EQ(defaults.spacings.at("lcm"), "");          // levels of its own
    EXPECT_EQ(defaults.spacings.count("flow-euler"), 0u);
    EXPECT_EQ(samplerDefaults("no JSON"), SamplerDefaults());
}

TEST(SchedulerRegistry, EveryClassHasAName)
{
    for (const std::string& className : knownSchedulerClasses()) {
        const auto& all = knownSchedulers();
        EXPECT_TRUE(std::any_of(all.begin(), all.end(), [&](const auto& info) {
            return info.className == className;
        })) << className;
        const auto config = SchedulerConfig::parse(nlohmann::json{{"_class_name", className}}.dump());
        ASSERT_TRUE(config) << config.error().message;
        const auto made = makeScheduler(*config);
        EXPECT_TRUE(made) << made.error().message;
    }
}

TEST(SchedulerRegistry, UnknownNamesListTheKnown)
{
    const auto scheduler = configFor(kModel, chosen("foo"));
    ASSERT_FALSE(scheduler);
    for (const SchedulerInfo& info : knownSchedulers())
        EXPECT_NE(scheduler.error().message.find(info.name), std::string::npos) << scheduler.error().message;
    const auto spacing = configFor(kModel, chosen("euler", "foo"));
    ASSERT_FALSE(spacing);
    for (const SpacingInfo& info : knownSpacings())
        EXPECT_NE(spacing.error().message.find(info.name), std::string::npos) << spacing.error().message;
    SchedulerConfig config;
    config.className = "FooScheduler";
    const auto made = makeScheduler(config);
    ASSERT_FALSE(made);
    EXPECT_NE(made.error().message.find("EulerDiscreteScheduler"), std::string::npos);
}

TEST(SchedulerRegistry, SpacingSetsTheKeysOfTheClass)
{
    const auto karras = configFor(kModel, chosen("dpmpp-2m", "karras"));
    ASSERT_TRUE(karras) << karras.error().message;
    EXPECT_TRUE(karras->useKarrasSigmas);
    EXPECT_FALSE(karras->useBetaSigmas || karras->useExponentialSigmas || karras->useLuLambdas);
    const auto trailing = configFor(kModel, chosen("euler", "trailing"));
    ASSERT_TRUE(trailing);
    EXPECT_EQ(trailing->timestepSpacing, "trailing");
    EXPECT_FALSE(trailing->useKarrasSigmas);
}

TEST(SchedulerRegistry, ASpacingThatAClassLacksIsAnErrorThatListsWhatItHas)
{
    const auto refused = configFor(kModel, chosen("ddim", "karras"));
    ASSERT_FALSE(refused);
    for (const char* name : {"linspace", "leading", "trailing"})
        EXPECT_NE(refused.error().message.find(name), std::string::npos) << refused.error().message;
    EXPECT_EQ(refused.error().message.find("exponential"), std::string::npos) << refused.error().message;
}

TEST(SchedulerRegistry, PredictionIsReplacedOnRequest)
{
    const auto config = configFor(kModel, chosen("ddim", "", "v_prediction"));
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->predictionType, "v_prediction");
    const auto unknown = configFor(kModel, chosen("ddim", "", "foo"));
    const bool refused = !unknown || !makeScheduler(*unknown);
    EXPECT_TRUE(refused);
}

TEST(SchedulerRegistry, AnUnknownClassIsOnlyAPreference)
{
    const std::string foreign = R"({"_class_name": "DPMSolverSDEScheduler", "beta_schedule": "scaled_linear",
                                    "beta_start": 0.00085, "beta_end": 0.012, "prediction_type": "v_prediction"})";
    const auto config = configFor(foreign, chosen("ddim", "leading"));
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->predictionType, "v_prediction");
    EXPECT_EQ(config->betaEnd, 0.012);
    const auto none = configFor(foreign, {});
    ASSERT_FALSE(none);
    EXPECT_NE(none.error().message.find("DPMSolverSDEScheduler"), std::string::npos);
    EXPECT_NE(none.error().message.find("--scheduler"), std::string::npos);
}

TEST(SchedulerRegistry, LeadingSpacingStaysInTheTrainingRange)
{
    for (const char* name : {"ddpm", "ddim", "pndm"})
        for (const int steps : {1, 2, 333, 999, 1000}) {
            const auto config = configFor(kModel, chosen(name, "leading"));
            ASSERT_TRUE(config);
            const auto scheduler = makeScheduler(*config);
            ASSERT_TRUE(scheduler);
            ASSERT_TRUE((*scheduler)->setTimesteps(steps));
            const auto& visited = (*scheduler)->timesteps();
            const auto [low, high] = std::minmax_element(visited.begin(), visited.end());
            EXPECT_GE(*low, 0.0) << name << " " << steps;
            EXPECT_LE(*high, 999.0) << name << " " << steps;
        }
}

TEST(SchedulerRegistry, FlowAndDiffusionDoNotMix)
{
    EXPECT_FALSE(configFor(kModel, chosen("flow-euler")));
    EXPECT_FALSE(configFor(kFlowModel, chosen("ddim")));
}

TEST(SchedulerRegistry, LearnedVarianceAndOtherValuesAreRefusedByName)
{
    for (const char* wrong :
         {R"({"_class_name": "DDPMScheduler", "variance_type": "learned_range"})",
          R"({"_class_name": "DDIMScheduler", "beta_schedule": "foo"})",
          R"({"_class_name": "EulerDiscreteScheduler", "interpolation_type": "foo"})",
          R"({"_class_name": "EulerDiscreteScheduler", "prediction_type": "foo"})",
          R"({"_class_name": "FlowMatchEulerDiscreteScheduler", "time_shift_type": "foo"})"}) {
        const auto config = SchedulerConfig::parse(wrong);
        ASSERT_TRUE(config) << config.error().message;
        const auto made = makeScheduler(*config);
        // what only a run shows is refused when it is planned
        const auto planned = made ? (*made)->setTimesteps(4) : Result<void>(tl::unexpected(made.error()));
        ASSERT_FALSE(planned) << wrong;
        EXPECT_EQ(planned.error().kind, ErrorKind::Unsupported) << planned.error().message;
        EXPECT_NE(planned.error().message.find("know"), std::string::npos) << planned.error().message;
    }
}

} // namespace

} // namespace unfog
