#include <gtest/gtest.h>

#include <ATen/ATen.h>

#include "trainer/data/random_streams.h"
#include "trainer/evaluation/distribution_scores.h"

using namespace unfog;

namespace {

at::Tensor normalFeatures(std::int64_t rows, std::int64_t columns, std::uint64_t index)
{
    return at::randn({rows, columns}, namedStream(7, "features", index), at::TensorOptions(at::kFloat));
}

} // namespace

TEST(FrechetDistance, IsZeroForASetAndItselfAndGrowsWithTheShift)
{
    const at::Tensor features = normalFeatures(300, 12, 0);
    EXPECT_NEAR(frechetDistance(features, features), 0.0, 1e-8);
    EXPECT_NEAR(frechetDistance(features, features + 2.0), 12 * 4.0, 1e-4);
}

TEST(FrechetDistance, KnowsSpreadsInAnyDirection)
{
    // C₂ = R diag(d²) Rᵀ with C₁ = R Rᵀ·1 gives Σ (d − 1)² whatever the rotation; whitened exactly first.
    const at::Tensor raw = normalFeatures(400, 5, 1).to(at::kDouble);
    const at::Tensor centred = raw - raw.mean(0);
    const at::Tensor covariance = centred.t().matmul(centred) / 399.0;
    const auto [values, vectors] = at::linalg_eigh(covariance);
    const at::Tensor white = centred.matmul(vectors) / values.sqrt();
    const at::Tensor rotation = std::get<0>(at::linalg_qr(normalFeatures(5, 5, 2).to(at::kDouble)));
    const at::Tensor spreads = at::tensor({1.0, 2.0, 0.5, 3.0, 0.0}, at::kDouble);
    EXPECT_NEAR(frechetDistance(white.matmul(rotation), (white * spreads).matmul(rotation)),
                0.0 + 1.0 + 0.25 + 4.0 + 1.0, 1e-5);
}

TEST(PrecisionRecall, IsOneForASetAndItselfAndZeroFarAway)
{
    const at::Tensor features = normalFeatures(60, 4, 3);
    const PrecisionRecall same = precisionRecall(features, features.clone());
    EXPECT_EQ(same.precision, 1.0);
    EXPECT_EQ(same.recall, 1.0);
    const PrecisionRecall apart = precisionRecall(features, features + 100.0);
    EXPECT_EQ(apart.precision, 0.0);
    EXPECT_EQ(apart.recall, 0.0);
}

TEST(PrecisionRecall, TellsMissingDiversityFromMissingFidelity)
{
    // Two clusters are real, one of them is generated over and over.
    const at::Tensor one = normalFeatures(50, 4, 4), other = normalFeatures(50, 4, 5) + 50.0;
    const at::Tensor real = at::cat({one, other});
    const at::Tensor collapsed = at::cat({one, one + 0.001});
    const PrecisionRecall shares = precisionRecall(real, collapsed);
    EXPECT_EQ(shares.precision, 1.0);
    EXPECT_LT(shares.recall, 0.6);
    const PrecisionRecall reversed = precisionRecall(collapsed, real);
    EXPECT_EQ(reversed.recall, 1.0);
    EXPECT_LT(reversed.precision, 0.6);
}

TEST(PrecisionRecall, UsesTheThirdNeighbour)
{
    // On a line 0, 1, 2, 3, 10 the third neighbour of 10 is 1, at 9; that of 0 is 3, at 3.
    const at::Tensor real = at::tensor({0.0F, 1.0F, 2.0F, 3.0F, 10.0F}).unsqueeze(1);
    const at::Tensor points = at::tensor({18.9F, 19.1F, -3.1F, -2.9F, 5.0F}).unsqueeze(1);
    EXPECT_DOUBLE_EQ(precisionRecall(real, points).precision, 3.0 / 5.0);
}
