// Every scheduler that goes with a diffusion model, run through the whole engine.

#include <cmath>
#include <map>

#include "diffusion/catalogue/scheduler_registry.h"
#include "pipeline/engine_fixture.h"
#include "pipeline/run/sampler_catalog.h"
#include "weights/single_files.h"

namespace unfog::testing {
namespace {

class SchedulerInEngineTest : public EngineTest {
protected:
    /// Runs one scheduler, checks every number on the way, and returns how often the network was asked.
    static int evaluationsOf(const std::string& scheduler, int steps)
    {
        GenerationRequest request = smallRequest(referenceModel("tiny-sd15"));
        request.sampler.scheduler = scheduler;
        request.sampler.steps = steps;
        request.guidance.scale = 1.0;
        int told = 0;
        GenerationObserver observer;
        observer.onStep = [&](const StepProgress& step) {
            EXPECT_EQ(step.step, ++told);
            EXPECT_EQ(step.imageIndex, 0);
            EXPECT_EQ(step.imageCount, 1);
            EXPECT_TRUE(std::isfinite(step.sigma));
            EXPECT_GE(step.timestep, 0.0);
            EXPECT_EQ(step.predictedOriginal.values.size(), 4u * 8u * 8u);
            for (const LatentImage* latent : {&step.predictedOriginal, &step.sample})
                for (float value : latent->values)
                    if (!std::isfinite(value))
                        ADD_FAILURE() << "step " << step.step << " holds " << value;
            last = step.stepCount;
        };
        const GeneratedImage image = imageOf(request, observer);
        EXPECT_EQ(image.request.sampler.scheduler, scheduler);
        EXPECT_EQ(told, last);
        return told;
    }

    static inline int last = 0;
};

TEST_F(SchedulerInEngineTest, EachRunsOneAndTwoSteps)
{
    // Two networks evaluations a step but the last for second-order methods; one more for the pseudo linear
    // multistep start; everything else one a step.
    struct Counts {
        int one, two;
    };
    const std::map<std::string, Counts> special = {
        {"heun", {1, 3}}, {"dpm2", {1, 3}}, {"dpm2-ancestral", {1, 3}}, {"pndm", {1, 3}}};
    int tried = 0;
    for (const SchedulerInfo& info : knownSchedulers()) {
        if (info.isFlow || info.name == "pndm-rk")
            continue;
        SCOPED_TRACE(info.name);
        const auto entry = special.find(info.name);
        const Counts expected = entry == special.end() ? Counts{1, 2} : entry->second;
        EXPECT_EQ(evaluationsOf(info.name, 1), expected.one);
        EXPECT_EQ(evaluationsOf(info.name, 2), expected.two);
        ++tried;
    }
    EXPECT_GE(tried, 25);
}

TEST_F(SchedulerInEngineTest, RungeKuttaStartOfPndmRuns)
{
    // Twelve evaluations for the three steps of the start, then one a step.
    EXPECT_EQ(evaluationsOf("pndm-rk", 5), 14);
    EXPECT_EQ(evaluationsOf("pndm-rk", 1), 1);
}

TEST_F(SchedulerInEngineTest, FlowSchedulersAreRefusedForADiffusionModel)
{
    int tried = 0;
    for (const SchedulerInfo& info : knownSchedulers()) {
        if (!info.isFlow)
            continue;
        GenerationRequest request = smallRequest(referenceModel("tiny-sd15"));
        request.sampler.scheduler = info.name;
        EXPECT_NE(errorOf(request).message.find(info.name), std::string::npos);
        ++tried;
    }
    EXPECT_GE(tried, 1);
}

TEST_F(SchedulerInEngineTest, KarrasSpacingFollowsItsFormula)
{
    GenerationRequest request = smallRequest(referenceModel("tiny-sd15"));
    request.sampler.scheduler = "dpmpp-2m";
    request.sampler.steps = 8;
    std::vector<double> own;
    std::vector<double> karras;
    GenerationObserver observer;
    observer.onStep = [&](const StepProgress& step) { own.push_back(step.sigma); };
    imageOf(request, observer);
    request.sampler.spacing = "karras";
    observer.onStep = [&](const StepProgress& step) { karras.push_back(step.sigma); };
    const GeneratedImage image = imageOf(request, observer);
    EXPECT_EQ(image.request.sampler.spacing, "karras");
    ASSERT_EQ(karras.size(), 8u);
    ASSERT_EQ(own.size(), 8u);
    EXPECT_GT(std::abs(karras[4] - own[4]), 0.05);
    // Karras et al. 2022, equation 5, with ρ = 7.
    const double rho = 7.0;
    const double first = std::pow(karras.front(), 1.0 / rho);
    const double last = std::pow(karras.back(), 1.0 / rho);
    for (std::size_t i = 0; i < karras.size(); ++i)
        EXPECT_NEAR(karras[i], std::pow(first + double(i) / 7.0 * (last - first), rho), 2e-3 * karras[i]);
}

TEST_F(SchedulerInEngineTest, PlanIsWhatTheRunVisits)
{
    GenerationRequest request = smallRequest(referenceModel("tiny-sd15"));
    request.sampler.scheduler = "heun";
    request.sampler.steps = 3;
    const auto plan = planSampling(request.model.path, request.sampler);
    ASSERT_TRUE(plan) << plan.error().message;
    std::vector<StepProgress> steps;
    GenerationObserver observer;
    observer.onStep = [&](const StepProgress& step) { steps.push_back(step); };
    imageOf(request, observer);
    ASSERT_EQ(plan->size(), 5u);
    ASSERT_EQ(steps.size(), plan->size());
    for (std::size_t i = 0; i < steps.size(); ++i) {
        EXPECT_EQ(steps[i].timestep, (*plan)[i].timestep);
        EXPECT_EQ(steps[i].sigma, (*plan)[i].sigma);
    }
}

} // namespace
} // namespace unfog::testing
