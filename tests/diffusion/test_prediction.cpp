#include <tuple>

#include <gtest/gtest.h>

#include "diffusion/prediction/prediction.h"

namespace unfog {

namespace {

constexpr Prediction kAll[] = {Prediction::Epsilon, Prediction::Sample, Prediction::V, Prediction::Score,
                               Prediction::Flow};

// What a perfect network of each kind outputs for x_t = α x₀ + σ ε.
at::Tensor truth(Prediction kind, const at::Tensor& original, const at::Tensor& noise, SignalLevel level)
{
    switch (kind) {
    case Prediction::Epsilon:
        return noise;
    case Prediction::Sample:
        return original;
    case Prediction::V:
        return noise * level.alpha - original * level.sigma;
    case Prediction::Score:
        return -noise / level.sigma;
    case Prediction::Flow:
        return noise - original;
    }
    return {};
}

class Conversion : public testing::TestWithParam<std::tuple<Prediction, Prediction>> {};

TEST_P(Conversion, GivesWhatTheOtherNetworkWouldSay)
{
    const auto [from, to] = GetParam();
    const at::Tensor original = at::linspace(-2.0, 2.0, 24, at::kDouble).view({2, 3, 4});
    const at::Tensor noise = original.cos() * 1.3;
    for (const SignalLevel level : {SignalLevel::ofAlphaBar(0.3), SignalLevel::ofAlphaBar(0.98),
                                    SignalLevel::ofFlowSigma(0.25), SignalLevel::ofFlowSigma(0.8)}) {
        const at::Tensor sample = original * level.alpha + noise * level.sigma;
        // v is defined where α² + σ² = 1
        const bool flow = level.alpha + level.sigma == 1.0;
        if (flow && (from == Prediction::V || to == Prediction::V))
            continue;
        const at::Tensor found =
            convertPrediction(from, to, truth(from, original, noise, level), sample, level);
        EXPECT_TRUE(at::allclose(found, truth(to, original, noise, level), 1e-9, 1e-9))
            << "alpha " << level.alpha << " sigma " << level.sigma;
        EXPECT_TRUE(
            at::allclose(toOriginal(from, truth(from, original, noise, level), sample, level), original));
        EXPECT_TRUE(at::allclose(toEpsilon(from, truth(from, original, noise, level), sample, level), noise));
    }
}

INSTANTIATE_TEST_SUITE_P(All, Conversion, testing::Combine(testing::ValuesIn(kAll), testing::ValuesIn(kAll)));

TEST(Prediction, VNeedsNoSignalAndSampleNoNoise)
{
    const at::Tensor sample = at::ones({1, 2}, at::kDouble);
    const at::Tensor output = at::full({1, 2}, 0.5, at::kDouble);
    EXPECT_TRUE(
        at::allclose(toOriginal(Prediction::V, output, sample, SignalLevel::ofAlphaBar(0.0)), -output));
    EXPECT_TRUE(
        at::allclose(toOriginal(Prediction::Sample, output, sample, SignalLevel::ofAlphaBar(1.0)), output));
}

TEST(Prediction, NamesAreTheReferences)
{
    EXPECT_EQ(*parsePrediction("epsilon"), Prediction::Epsilon);
    EXPECT_EQ(*parsePrediction("sample"), Prediction::Sample);
    EXPECT_EQ(*parsePrediction("v_prediction"), Prediction::V);
    EXPECT_EQ(*parsePrediction("flow_prediction"), Prediction::Flow);
    const auto unknown = parsePrediction("noise");
    ASSERT_FALSE(unknown);
    for (const char* name : {"epsilon", "sample", "v_prediction", "flow_prediction"})
        EXPECT_NE(unknown.error().message.find(name), std::string::npos) << unknown.error().message;
}

} // namespace

} // namespace unfog
