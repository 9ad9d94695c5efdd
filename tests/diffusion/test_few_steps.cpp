#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "diffusion/catalogue/scheduler_registry.h"

namespace unfog {

namespace {

struct Row {
    std::string scheduler;
    std::string spacing;
    std::string prediction;
};

std::vector<Row> rows()
{
    std::vector<Row> all;
    for (const SchedulerInfo& info : knownSchedulers()) {
        std::vector<std::string> spacings = supportedSpacings(info.className);
        spacings.emplace_back();
        for (const std::string& spacing : spacings) {
            all.push_back({info.name, spacing, ""});
            if (!info.isFlow)
                all.push_back({info.name, spacing, "v_prediction"});
        }
    }
    return all;
}

std::unique_ptr<Scheduler> made(const Row& row)
{
    const bool flow = findScheduler(row.scheduler)->isFlow;
    const std::string file =
        flow ? R"({"_class_name": "FlowMatchEulerDiscreteScheduler", "shift": 3.0})"
             : R"({"_class_name": "DDIMScheduler", "beta_schedule": "scaled_linear", "beta_start": 0.00085,
                   "beta_end": 0.012, "steps_offset": 1, "clip_sample": false, "set_alpha_to_one": false})";
    SamplerSettings settings;
    settings.scheduler = row.scheduler;
    // A request can't ask a diffusion model for it; a configuration can.
    const bool flowSpacing = row.spacing == "flow";
    settings.spacing = flowSpacing ? "" : row.spacing;
    settings.prediction = row.prediction;
    auto config = configFor(file, settings);
    EXPECT_TRUE(config) << config.error().message;
    if (config && flowSpacing)
        config->useFlowSigmas = true;
    auto scheduler = config ? makeScheduler(*config) : tl::unexpected(config.error());
    EXPECT_TRUE(scheduler) << scheduler.error().message;
    return scheduler ? std::move(*scheduler) : nullptr;
}

class FewSteps : public testing::TestWithParam<std::tuple<Row, int>> {};

TEST_P(FewSteps, StayFiniteAndReportThePrediction)
{
    const auto& [row, steps] = GetParam();
    const auto scheduler = made(row);
    ASSERT_TRUE(scheduler);
    const auto planned = scheduler->setTimesteps(steps);
    ASSERT_TRUE(planned) << planned.error().message;
    ASSERT_GE(scheduler->evaluationCount(), steps);
    at::Tensor sample =
        at::linspace(-2.0, 2.0, 2 * 4 * 4 * 4).view({2, 4, 4, 4}) * scheduler->initNoiseSigma();
    scheduler->begin(0);
    for (int i = 0; i < scheduler->evaluationCount(); ++i) {
        EXPECT_TRUE(std::isfinite(scheduler->timesteps()[i]));
        EXPECT_TRUE(std::isfinite(scheduler->noiseLevel(i)));
        EXPECT_TRUE(scheduler->scaleModelInput(sample, i).isfinite().all().item<bool>());
        const at::Tensor output = scheduler->scaleModelInput(sample, i) * 0.9;
        const SchedulerStep step = scheduler->step(output, sample, i, [&] { return at::ones_like(sample); });
        ASSERT_TRUE(step.predictedOriginal.defined());
        EXPECT_EQ(step.predictedOriginal.sizes(), sample.sizes());
        EXPECT_EQ(step.sample.sizes(), sample.sizes());
        EXPECT_EQ(step.sample.scalar_type(), at::kFloat);
        EXPECT_TRUE(step.predictedOriginal.isfinite().all().item<bool>()) << "x0 of evaluation " << i;
        EXPECT_TRUE(step.sample.isfinite().all().item<bool>()) << "sample of evaluation " << i;
        sample = step.sample;
    }
}

TEST_P(FewSteps, AreRepeatableAfterPlanningAgain)
{
    const auto& [row, steps] = GetParam();
    const auto scheduler = made(row);
    ASSERT_TRUE(scheduler);
    std::vector<at::Tensor> ends;
    for (int run = 0; run < 3; ++run) {
        if (run < 2) {
            ASSERT_TRUE(scheduler->setTimesteps(steps));
        }
        scheduler->begin(0);
        at::Tensor sample = at::linspace(-2.0, 2.0, 64).view({1, 4, 4, 4});
        for (int i = 0; i < scheduler->evaluationCount(); ++i)
            sample = scheduler->step(sample.sin(), sample, i, [&] { return at::ones_like(sample); }).sample;
        ends.push_back(sample);
    }
    EXPECT_TRUE(ends[0].equal(ends[1]));
    EXPECT_TRUE(ends[0].equal(ends[2]));
}

TEST_P(FewSteps, CanStartAtEveryStep)
{
    const auto& [row, steps] = GetParam();
    const auto scheduler = made(row);
    ASSERT_TRUE(scheduler);
    ASSERT_TRUE(scheduler->setTimesteps(steps));
    const at::Tensor original = at::linspace(-1.0, 1.0, 64).view({1, 4, 4, 4});
    for (int skipped = 0; skipped < steps; ++skipped) {
        const int first = scheduler->evaluationOfStep(skipped);
        ASSERT_LT(first, scheduler->evaluationCount());
        scheduler->begin(first);
        at::Tensor sample = scheduler->addNoise(original, original.cos(), first);
        for (int i = first; i < scheduler->evaluationCount(); ++i)
            sample = scheduler->step(sample.sin(), sample, i, [&] { return at::ones_like(sample); }).sample;
        EXPECT_TRUE(sample.isfinite().all().item<bool>()) << "from step " << skipped;
    }
}

std::string nameOf(const testing::TestParamInfo<std::tuple<Row, int>>& info)
{
    const Row& row = std::get<0>(info.param);
    std::string name = row.scheduler + "_" + (row.spacing.empty() ? "own" : row.spacing) +
                       (row.prediction.empty() ? "" : "_v") + "_" + std::to_string(std::get<1>(info.param));
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

INSTANTIATE_TEST_SUITE_P(EveryScheduler, FewSteps,
                         testing::Combine(testing::ValuesIn(rows()), testing::Values(1, 2, 3, 8)), nameOf);

} // namespace

} // namespace unfog
