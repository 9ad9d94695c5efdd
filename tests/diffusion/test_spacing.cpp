#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "diffusion/schedule/spacing.h"

namespace unfog {

namespace {

using Values = std::vector<double>;

Values spaced(const char* name, int steps, int offset = 0, bool fractional = false)
{
    const auto timesteps = spacedTimesteps(name, 1000, steps, offset, fractional);
    EXPECT_TRUE(timesteps) << timesteps.error().message;
    return *timesteps;
}

TEST(Spacing, FollowsTable2OfLin)
{
    EXPECT_EQ(spaced("linspace", 5), (Values{999, 749, 500, 250, 0}));
    EXPECT_EQ(spaced("linspace", 5, 0, true), (Values{999, 749.25, 499.5, 249.75, 0}));
    EXPECT_EQ(spaced("leading", 5), (Values{800, 600, 400, 200, 0}));
    EXPECT_EQ(spaced("leading", 5, 1), (Values{801, 601, 401, 201, 1}));
    EXPECT_EQ(spaced("leading", 3), (Values{666, 333, 0}));
    EXPECT_EQ(spaced("trailing", 5), (Values{999, 799, 599, 399, 199}));
    EXPECT_EQ(spaced("trailing", 3), (Values{999, 666, 332}));
}

TEST(Spacing, OneStepIsOneTimestep)
{
    EXPECT_EQ(spaced("linspace", 1), (Values{0}));
    EXPECT_EQ(spaced("leading", 1), (Values{0}));
    EXPECT_EQ(spaced("trailing", 1), (Values{999}));
}

// 1000 / 48 · 3 is 62.5: numpy's own rounding puts the third timestep at 936.
TEST(Spacing, TrailingRoundsTiesAsNumpy)
{
    EXPECT_EQ(spaced("trailing", 48)[3], 936.0);
}

// numpy.arange(1000, 0, -1000/61) has 62 values, the last of which would be timestep −1.
TEST(Spacing, TrailingNeverLeavesTheTrainingTimesteps)
{
    for (int steps = 1; steps <= 1000; ++steps) {
        const Values timesteps = spaced("trailing", steps);
        ASSERT_EQ(timesteps.size(), static_cast<std::size_t>(steps));
        ASSERT_GE(timesteps.back(), 0.0) << steps;
        ASSERT_EQ(timesteps.front(), 999.0) << steps;
    }
}

TEST(Spacing, UnknownNamesListTheKnown)
{
    const auto unknown = spacedTimesteps("middle", 1000, 10, 0, false);
    ASSERT_FALSE(unknown);
    for (const char* name : {"linspace", "leading", "trailing"})
        EXPECT_NE(unknown.error().message.find(name), std::string::npos);
}

TEST(Spacing, LevelsRunFromLargestToSmallest)
{
    for (const auto& levels :
         {karrasSigmas(0.03, 14.6, 9), exponentialSigmas(0.03, 14.6, 9), betaSigmas(0.03, 14.6, 9)}) {
        ASSERT_EQ(levels.size(), 9U);
        EXPECT_NEAR(levels.front(), 14.6, 1e-9);
        EXPECT_NEAR(levels.back(), 0.03, 1e-9);
        for (std::size_t i = 1; i < levels.size(); ++i)
            EXPECT_LT(levels[i], levels[i - 1]);
    }
    for (const auto& levels :
         {karrasSigmas(0.03, 14.6, 1), exponentialSigmas(0.03, 14.6, 1), betaSigmas(0.03, 14.6, 1)})
        EXPECT_NEAR(levels.front(), 14.6, 1e-9);
}

TEST(Spacing, FormulasHoldInTheMiddle)
{
    const double root = (std::pow(14.6, 1.0 / 7.0) + std::pow(0.03, 1.0 / 7.0)) / 2.0;
    EXPECT_NEAR(karrasSigmas(0.03, 14.6, 3)[1], std::pow(root, 7.0), 1e-9);
    EXPECT_NEAR(exponentialSigmas(0.03, 14.6, 3)[1], std::sqrt(0.03 * 14.6), 1e-9);
    EXPECT_NEAR(betaSigmas(0.03, 14.6, 3)[1], (0.03 + 14.6) / 2.0, 1e-9); // the median of a symmetric law
}

TEST(Spacing, LevelsBecomeTimestepsAndBack)
{
    const Values logs = logarithms({0.1, 0.2, 0.4, 0.8});
    EXPECT_NEAR(timestepOfLevel(0.2, logs), 1.0, 1e-12);
    EXPECT_NEAR(timestepOfLevel(std::sqrt(0.2 * 0.4), logs), 1.5, 1e-12);
    EXPECT_EQ(timestepOfLevel(0.0, logs), 0.0);
    EXPECT_EQ(timestepOfLevel(50.0, logs), 3.0);
}

TEST(Spacing, FlowShiftsKeepTheEnds)
{
    EXPECT_DOUBLE_EQ(shiftedFlowSigma(1.0, 3.0), 1.0);
    EXPECT_DOUBLE_EQ(shiftedFlowSigma(0.5, 3.0), 0.75);
    EXPECT_DOUBLE_EQ(shiftedFlowSigma(0.3, 1.0), 0.3);
    EXPECT_DOUBLE_EQ(dynamicFlowSigma(1.0, 0.7, true), 1.0);
    EXPECT_NEAR(dynamicFlowSigma(0.5, std::log(3.0), true), 0.75, 1e-12);
    EXPECT_NEAR(dynamicFlowSigma(0.5, 3.0, false), 0.75, 1e-12);
}

} // namespace

} // namespace unfog
