#include <gtest/gtest.h>

#include <ATen/CPUGeneratorImpl.h>

#include "diffusion/prediction/guidance.h"

namespace unfog {

namespace {

at::Tensor noiseLike(std::uint64_t seed)
{
    at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(seed);
    return at::randn({2, 4, 8, 8}, generator);
}

TEST(Guidance, WeighsTheDifference)
{
    const at::Tensor unconditional = noiseLike(1);
    const at::Tensor conditional = noiseLike(2);
    EXPECT_TRUE(at::allclose(guide(unconditional, conditional, 1.0), conditional, 1e-5, 1e-6));
    EXPECT_TRUE(at::allclose(guide(unconditional, conditional, 0.0), unconditional));
    EXPECT_TRUE(at::allclose(guide(unconditional, conditional, 7.5), unconditional * -6.5 + conditional * 7.5,
                             1e-4, 1e-4));
}

TEST(Guidance, FullRescaleGivesTheConditionalDeviationOfEachImage)
{
    const at::Tensor unconditional = noiseLike(3);
    at::Tensor conditional = noiseLike(4);
    conditional[1].mul_(3.0);
    const at::Tensor rescaled = guide(unconditional, conditional, 7.5, 1.0);
    for (int image = 0; image < 2; ++image)
        EXPECT_NEAR(rescaled[image].std().item<double>(), conditional[image].std().item<double>(), 1e-4);
    const at::Tensor half = guide(unconditional, conditional, 7.5, 0.5);
    EXPECT_TRUE(at::allclose(half, (rescaled + guide(unconditional, conditional, 7.5)) / 2.0, 1e-4, 1e-4));
}

} // namespace

} // namespace unfog
