#include <cmath>

#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include "diffusion/gaussian_mixture.h"
#include "diffusion/solver_making.h"

namespace unfog {

namespace {

constexpr int kPoints = 20000;

// Draws from the mixture by the reverse process, with the exact noise prediction in the network's place.
at::Tensor drawn(Scheduler& ddpm, const GaussianMixture& mixture, int steps)
{
    at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(20241);
    const auto fresh = [&] { return at::randn({kPoints, 2}, generator, at::TensorOptions(at::kDouble)); };
    EXPECT_TRUE(ddpm.setTimesteps(steps));
    at::Tensor x = fresh();
    for (int i = 0; i < ddpm.evaluationCount(); ++i) {
        const double bar = ddpm.alphasCumprod()[static_cast<std::size_t>(ddpm.timesteps()[i])];
        x = ddpm.step(mixture.noise(x, std::sqrt(bar), std::sqrt(1.0 - bar)), x, i, fresh).sample;
    }
    return x;
}

class DdpmStatistics : public testing::TestWithParam<const char*> {};

TEST_P(DdpmStatistics, SamplesHaveTheMeanAndVarianceOfTheData)
{
    const auto ddpm = makeSolver("DDPMScheduler", {{"beta_schedule", "linear"},
                                                   {"beta_start", 0.0001},
                                                   {"beta_end", 0.02},
                                                   {"clip_sample", false},
                                                   {"variance_type", GetParam()}});
    ASSERT_TRUE(ddpm);
    const GaussianMixture mixture = planarMixture();
    const at::Tensor samples = drawn(*ddpm, mixture, 250);
    const at::Tensor mean = samples.mean(0);
    const at::Tensor centred = samples - mean;
    const at::Tensor covariance = at::mm(centred.t(), centred) / (kPoints - 1.0);
    const at::Tensor expected = mixture.covariance();
    for (int axis = 0; axis < 2; ++axis) {
        const double variance = expected[axis][axis].item<double>();
        // five standard errors, and 2 % of a deviation for the finite number of steps
        const double bound = 5.0 * std::sqrt(variance / kPoints) + 0.02 * std::sqrt(variance);
        EXPECT_NEAR(mean[axis].item<double>(), mixture.mean()[axis].item<double>(), bound);
        EXPECT_NEAR(covariance[axis][axis].item<double>() / variance, 1.0, 0.06);
    }
    const double scale = std::sqrt((expected[0][0] * expected[1][1]).item<double>());
    EXPECT_NEAR(covariance[0][1].item<double>() / scale, expected[0][1].item<double>() / scale, 0.05);
}

INSTANTIATE_TEST_SUITE_P(Variances, DdpmStatistics,
                         testing::Values("fixed_small", "fixed_small_log", "fixed_large", "fixed_large_log"),
                         [](const auto& info) { return std::string(info.param); });

} // namespace

} // namespace unfog
