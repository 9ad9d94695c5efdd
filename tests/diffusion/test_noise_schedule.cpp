#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "diffusion/schedule/noise_schedule.h"

namespace unfog {

namespace {

NoiseScheduleSettings named(const std::string& betaSchedule, bool zeroTerminalSnr = false)
{
    NoiseScheduleSettings settings;
    settings.betaSchedule = betaSchedule;
    settings.zeroTerminalSnr = zeroTerminalSnr;
    return settings;
}

NoiseScheduleSettings given(std::vector<double> betas)
{
    NoiseScheduleSettings settings;
    settings.trainedBetas = std::move(betas);
    return settings;
}

NoiseSchedule schedule(const NoiseScheduleSettings& settings)
{
    auto created = NoiseSchedule::create(settings);
    EXPECT_TRUE(created) << created.error().message;
    return *created;
}

class EverySchedule : public testing::TestWithParam<std::string> {};

TEST_P(EverySchedule, AlphaBarIsTheRunningProduct)
{
    const NoiseSchedule s = schedule(named(GetParam()));
    ASSERT_EQ(s.trainTimesteps(), 1000);
    double product = 1.0;
    for (int t = 0; t < 1000; ++t) {
        product *= 1.0 - s.betas()[t];
        ASSERT_NEAR(s.alphasCumprod()[t], product, 2e-5) << t;
        ASSERT_GT(s.betas()[t], 0.0) << t;
        if (t > 0) {
            ASSERT_LT(s.alphasCumprod()[t], s.alphasCumprod()[t - 1]) << t;
        }
    }
}

TEST_P(EverySchedule, SigmaAndTimestepAreInverse)
{
    const NoiseSchedule s = schedule(named(GetParam()));
    for (const double t : {0.0, 1.0, 17.0, 500.0, 998.0}) {
        const double sigma = s.sigma(t);
        EXPECT_NEAR(s.timestepOfSigma(sigma), t, 1e-2);
        EXPECT_NEAR(s.logSnr(t), -2.0 * std::log(sigma), 1e-9);
        EXPECT_NEAR(s.snr(t) * sigma * sigma, 1.0, 1e-9);
    }
    EXPECT_DOUBLE_EQ(s.timestepOfSigma(1e9), 999.0);
    EXPECT_DOUBLE_EQ(s.timestepOfSigma(0.0), 0.0);
}

TEST_P(EverySchedule, ZeroTerminalSnrKeepsTheFirstAndEndsInPureNoise)
{
    const NoiseSchedule plain = schedule(named(GetParam()));
    const NoiseSchedule rescaled = schedule(named(GetParam(), true));
    EXPECT_NEAR(rescaled.alphasCumprod().front(), plain.alphasCumprod().front(), 1e-6);
    EXPECT_EQ(rescaled.alphasCumprod().back(), 0.0);
    EXPECT_EQ(rescaled.withFiniteLastSigma().alphasCumprod().back(), std::ldexp(1.0, -24));
}

INSTANTIATE_TEST_SUITE_P(Names, EverySchedule, testing::ValuesIn(NoiseSchedule::knownBetaSchedules()),
                         [](const auto& info) { return info.param; });

TEST(NoiseSchedule, EndsAsTheFormulasSay)
{
    const NoiseSchedule linear = schedule(named("linear"));
    EXPECT_NEAR(linear.betas().front(), 1e-4, 1e-9);
    EXPECT_NEAR(linear.betas().back(), 0.02, 1e-8);
    NoiseScheduleSettings stableDiffusion = named("scaled_linear");
    stableDiffusion.betaStart = 0.00085;
    stableDiffusion.betaEnd = 0.012;
    const NoiseSchedule scaled = schedule(stableDiffusion);
    const double middle = (std::sqrt(0.00085) * 499.5 + std::sqrt(0.012) * 499.5) / 999.0;
    EXPECT_NEAR((scaled.betas()[499] + scaled.betas()[500]) / 2.0, middle * middle, 1e-7);
    EXPECT_NEAR(scaled.sigma(999), 14.6146, 1e-3);
    const NoiseSchedule sigmoid = schedule(named("sigmoid"));
    EXPECT_NEAR(sigmoid.betas().front(), 1e-4 + (0.02 - 1e-4) / (1.0 + std::exp(6.0)), 1e-8);
    const NoiseSchedule cosine = schedule(named("squaredcos_cap_v2"));
    EXPECT_NEAR(cosine.betas().back(), 0.999, 1e-6);
    const auto bar = [](double time) { return std::pow(std::cos((time + 0.008) / 1.008 * M_PI / 2.0), 2.0); };
    EXPECT_NEAR(cosine.alphaBar(499), bar(0.5) / bar(0.0), 1e-5);
}

TEST(NoiseSchedule, ReadsBetweenTimesteps)
{
    const NoiseSchedule s = schedule({});
    EXPECT_NEAR(s.alphaBar(10.25), 0.75 * s.alphaBar(10) + 0.25 * s.alphaBar(11), 1e-12);
    EXPECT_EQ(s.alphaBar(-3.0), s.alphaBar(0.0));
    EXPECT_EQ(s.alphaBar(5000.0), s.alphaBar(999.0));
}

TEST(NoiseSchedule, TakesGivenBetas)
{
    const NoiseSchedule s = schedule(given({0.1, 0.2, 0.5}));
    ASSERT_EQ(s.trainTimesteps(), 3);
    EXPECT_NEAR(s.alphasCumprod()[2], 0.9 * 0.8 * 0.5, 1e-7);
}

TEST(NoiseSchedule, AddsNoiseByTheForwardProcess)
{
    const NoiseSchedule s = schedule({});
    const at::Tensor original = at::full({2, 3}, 2.0, at::kDouble);
    const at::Tensor noise = at::full({2, 3}, -1.0, at::kDouble);
    const double bar = s.alphasCumprod()[300];
    const at::Tensor noisy = s.addNoise(original, noise, 300);
    EXPECT_TRUE(
        at::allclose(noisy, at::full({2, 3}, 2.0 * std::sqrt(bar) - std::sqrt(1.0 - bar), at::kDouble)));
}

TEST(NoiseSchedule, RefusesWhatItDoesNotKnow)
{
    const auto unknown = NoiseSchedule::create(named("foo"));
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().kind, ErrorKind::Unsupported);
    for (const std::string& name : NoiseSchedule::knownBetaSchedules())
        EXPECT_NE(unknown.error().message.find(name), std::string::npos) << unknown.error().message;
    EXPECT_FALSE(NoiseSchedule::create(given({0.1, 1.5})));
    EXPECT_FALSE(NoiseSchedule::create(given({0.1, -0.1})));
    NoiseScheduleSettings single;
    single.trainTimesteps = 1;
    EXPECT_FALSE(NoiseSchedule::create(single));
}

} // namespace

} // namespace unfog
