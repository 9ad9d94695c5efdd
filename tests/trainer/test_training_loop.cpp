#include <cmath>

#include <gtest/gtest.h>

#include "trainer/data/random_streams.h"
#include "trainer/training/training_loop.h"

using namespace unfog;

namespace {

/// One matrix of 3 × 2 and a bias; the loss asks that it be a fixed one.
struct Problem {
    explicit Problem(int workers)
    {
        std::vector<ParameterSet> sets;
        sets.emplace_back(1, at::kCPU);
        sets.front().tensor("weight", {3, 2});
        sets.front().tensor("bias", {3});
        sets.front().finish();
        for (int worker = 1; worker < workers; ++worker)
            sets.push_back(ParameterSet::twinOf(sets.front()));
        state = std::make_unique<TrainingState>(std::move(sets), AdamWSettings{});
    }

    BatchLoss loss()
    {
        return [this](int worker, std::int64_t batch) {
            ParameterSet& set = state->workers()[static_cast<std::size_t>(worker)];
            const at::Tensor x = at::randn({8, 2}, namedStream(2, "x", static_cast<std::uint64_t>(batch)),
                                           at::TensorOptions(at::kFloat));
            const at::Tensor wanted = at::stack({x.select(1, 0), x.select(1, 1), x.sum(1) + 1.0}, 1);
            return at::mse_loss(at::linear(x, set.tensor("weight", {3, 2}), set.tensor("bias", {3})), wanted);
        };
    }

    std::unique_ptr<TrainingState> state;
};

LoopSettings steps(std::int64_t count)
{
    LoopSettings settings;
    settings.steps = count;
    settings.learningRate = 0.05;
    settings.warmUpSteps = 10;
    settings.emaDecay = 0.9;
    return settings;
}

TEST(TrainingLoop, FindsTheMatrixThatTheLossAsksFor)
{
    Problem problem(2);
    ASSERT_TRUE(runTrainingLoop(steps(400), *problem.state, problem.loss(), {}));
    const auto found = problem.state->weights().named(problem.state->average());
    EXPECT_LT((found.at("weight") - at::tensor({1.0F, 0.0F, 0.0F, 1.0F, 1.0F, 1.0F}).reshape({3, 2}))
                  .abs()
                  .max()
                  .item<double>(),
              0.05);
    EXPECT_LT((found.at("bias") - at::tensor({0.0F, 0.0F, 1.0F})).abs().max().item<double>(), 0.05);
}

TEST(TrainingLoop, AccumulatedBatchesAreOneLargerBatch)
{
    Problem accumulated(1), together(2);
    LoopSettings two = steps(20);
    two.accumulation = 2;
    ASSERT_TRUE(runTrainingLoop(two, *accumulated.state, accumulated.loss(), {}));
    ASSERT_TRUE(runTrainingLoop(steps(20), *together.state, together.loss(), {}));
    EXPECT_LT((accumulated.state->weights().values() - together.state->weights().values())
                  .abs()
                  .max()
                  .item<double>(),
              1e-5);
}

TEST(TrainingLoop, GoesOnFromARestoredStateBitForBit)
{
    Problem whole(2), first(2), second(2);
    ASSERT_TRUE(runTrainingLoop(steps(30), *whole.state, whole.loss(), {}));

    std::map<std::string, at::Tensor> kept;
    LoopHooks hooks;
    std::stop_source stop;
    hooks.stop = stop.get_token();
    hooks.onStep = [&](const StepReport& report) -> Result<void> {
        if (report.step == 12)
            stop.request_stop();
        return {};
    };
    hooks.checkpoint = [&]() -> Result<void> {
        for (const auto& [name, values] : first.state->tensors())
            kept[name] = values.clone();
        return {};
    };
    ASSERT_TRUE(runTrainingLoop(steps(30), *first.state, first.loss(), hooks));
    ASSERT_EQ(first.state->step, 12);
    ASSERT_TRUE(second.state->restore(kept, first.state->step, first.state->seconds));
    ASSERT_TRUE(runTrainingLoop(steps(30), *second.state, second.loss(), {}));
    for (const auto& [name, values] : whole.state->tensors())
        EXPECT_TRUE(at::equal(values, second.state->tensors().at(name))) << name;
}

TEST(TrainingLoop, RefusesAStateOfAnotherSize)
{
    Problem problem(1);
    std::map<std::string, at::Tensor> tensors = problem.state->tensors();
    tensors["average"] = at::zeros({5});
    const auto restored = problem.state->restore(tensors, 1, 1.0);
    ASSERT_FALSE(restored);
    EXPECT_EQ(restored.error().kind, ErrorKind::BadFile);
    EXPECT_NE(restored.error().message.find("average"), std::string::npos);
}

TEST(TrainingLoop, SaysWhereItDiverged)
{
    Problem problem(1);
    const auto run = runTrainingLoop(steps(30), *problem.state,
                                     [&](int worker, std::int64_t batch) {
                                         return problem.loss()(worker, batch) / (batch == 4 ? 0.0 : 1.0);
                                     },
                                     {});
    ASSERT_FALSE(run);
    EXPECT_EQ(run.error().kind, ErrorKind::NonFinite);
    EXPECT_NE(run.error().message.find("step 5"), std::string::npos);
    EXPECT_TRUE(at::isfinite(problem.state->weights().values()).all().item<bool>());
}

TEST(TrainingLoop, RateRisesThenFallsToItsShare)
{
    LoopSettings settings = steps(100);
    EXPECT_DOUBLE_EQ(learningRateAt(settings, 0, 0.0), 0.005);
    EXPECT_DOUBLE_EQ(learningRateAt(settings, 9, 0.09), 0.05);
    EXPECT_GT(learningRateAt(settings, 30, 0.3), learningRateAt(settings, 60, 0.6));
    EXPECT_NEAR(learningRateAt(settings, 100, 1.0), 0.05 * settings.finalRateShare, 1e-12);
}

TEST(AdamW, TakesTheStepOfThePaper)
{
    // Loshchilov & Hutter 2019, algorithm 2, first step: the bias corrections cancel, so a value moves by the
    // rate against the sign of its gradient, and decays where the mask says.
    const at::Tensor values = at::tensor({1.0F, 2.0F}), mask = at::tensor({0.0F, 1.0F});
    AdamWSettings settings;
    settings.weightDecay = 0.1;
    settings.clipNorm = 0.0;
    AdamW optimizer(values, mask, settings);
    EXPECT_DOUBLE_EQ(optimizer.step(at::tensor({3.0F, -4.0F}), 0.01), 5.0);
    EXPECT_NEAR(values[0].item<double>(), 1.0 - 0.01, 1e-6);
    EXPECT_NEAR(values[1].item<double>(), 2.0 * (1.0 - 0.001) + 0.01, 1e-6);
}

TEST(AdamW, ClipsTheWholeGradient)
{
    const at::Tensor values = at::zeros({2});
    AdamWSettings settings;
    settings.clipNorm = 1.0;
    AdamW optimizer(values, at::zeros({2}), settings);
    EXPECT_DOUBLE_EQ(optimizer.step(at::tensor({30.0F, 40.0F}), 0.01), 50.0);
    EXPECT_NEAR(optimizer.firstMoment()[0].item<double>(), 0.1 * 0.6, 1e-6);
}

TEST(ParameterSet, NetworksShareWeightsAndKeepGradientsApart)
{
    Problem problem(2);
    ParameterSet &a = problem.state->workers()[0], &b = problem.state->workers()[1];
    at::sum(a.tensor("bias", {3})).backward();
    EXPECT_TRUE(at::equal(a.named(a.gradients()).at("bias"), at::ones({3})));
    EXPECT_EQ(b.gradients().abs().sum().item<double>(), 0.0);
    a.values().fill_(2.0);
    EXPECT_TRUE(at::equal(b.tensor("bias", {3}).detach(), at::full({3}, 2.0)));
}

} // namespace
