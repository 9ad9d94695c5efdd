#include <gtest/gtest.h>

#include "trainer/data/random_streams.h"
#include "trainer/training/diffusion_loss.h"

using namespace unfog;

namespace {

NoiseSchedule cosine()
{
    NoiseScheduleSettings settings;
    settings.betaSchedule = "squaredcos_cap_v2";
    return *NoiseSchedule::create(settings);
}

/// Knows x₀ and answers in the terms that are asked for, wrong by `error` in x₀.
struct Oracle {
    const NoiseSchedule& schedule;
    Prediction prediction;
    at::Tensor original;
    double error = 0.0;

    at::Tensor operator()(const at::Tensor& noisy, const at::Tensor& timesteps) const
    {
        std::vector<at::Tensor> rows;
        for (std::int64_t i = 0; i < noisy.size(0); ++i) {
            const SignalLevel level =
                SignalLevel::ofAlphaBar(schedule.alphasCumprod().at(timesteps[i].item<std::int64_t>()));
            rows.push_back(
                convertPrediction(Prediction::Sample, prediction, original[i] + error, noisy[i], level));
        }
        return at::stack(rows);
    }
};

TEST(DiffusionLoss, IsZeroForWhoeverKnowsTheOriginal)
{
    const NoiseSchedule schedule = cosine();
    const at::Tensor original =
        at::randn({16, 4, 2, 2}, namedStream(1, "original"), at::TensorOptions(at::kFloat));
    for (const Prediction prediction : {Prediction::Epsilon, Prediction::Sample, Prediction::V}) {
        const DiffusionObjective objective(prediction, schedule, 0.0);
        const at::Tensor loss = diffusionLoss(objective, original, namedStream(1, "noise"),
                                              Oracle{schedule, prediction, original});
        EXPECT_LT(loss.item<double>(), 1e-6);
    }
}

TEST(DiffusionLoss, MinSnrWeighsAnErrorInTheOriginalAlikeWhateverIsPredicted)
{
    const NoiseSchedule schedule = cosine();
    const at::Tensor original = at::randn({64, 3}, namedStream(1, "original"), at::TensorOptions(at::kFloat));
    // The same timesteps are drawn each time: the mean of min(SNR, γ) · error² over them, three ways.
    const auto lossFor = [&](Prediction prediction) {
        return diffusionLoss(DiffusionObjective(prediction, schedule, 5.0), original, namedStream(1, "noise"),
                             Oracle{schedule, prediction, original, 0.1})
            .item<double>();
    };
    const double expected = lossFor(Prediction::Sample);
    EXPECT_GT(expected, 0.01 * 1.0);
    EXPECT_LT(expected, 0.01 * 5.0);
    EXPECT_NEAR(lossFor(Prediction::V) / expected, 1.0, 1e-3);
    EXPECT_NEAR(lossFor(Prediction::Epsilon) / expected, 1.0, 1e-3);
}

TEST(DiffusionLoss, DrawsOneTimestepFromEachPartOfTheRange)
{
    const NoiseSchedule schedule = cosine();
    const DiffusionObjective objective(Prediction::V, schedule, 0.0);
    diffusionLoss(objective, at::zeros({10, 2}), namedStream(1, "noise"),
                  [](const at::Tensor& noisy, const at::Tensor& timesteps) {
                      EXPECT_TRUE(at::equal(at::floor_divide(timesteps, 100), at::arange(10)));
                      return noisy;
                  });
}

} // namespace
