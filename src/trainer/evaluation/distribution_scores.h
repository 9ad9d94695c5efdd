#pragma once

#include <cstdint>

#include <ATen/ATen.h>

/// How near two sets of pictures are, in numbers, seen through features [pictures, features] of each.
namespace unfog {

/// The Fréchet distance of the Gaussians that fit the two sets (Heusel et al. 2017, equation 6):
/// |m₁ − m₂|² + tr(C₁ + C₂ − 2 (C₁ C₂)^½). 0 for equal sets. Each set needs two rows at least; far fewer rows
/// than features bias it upwards.
double frechetDistance(const at::Tensor& first, const at::Tensor& second);

struct PrecisionRecall {
    double precision = 0.0; ///< share of `generated` that lies within the manifold of `real`
    double recall = 0.0;    ///< share of `real` that lies within the manifold of `generated`
};

/// Kynkäänniemi et al. 2019, section 2: a set's manifold is the union of balls around its members, each as
/// large as the distance to its `neighbours`-th nearest other member. Both sets need more than that many
/// rows, and should have equally many.
PrecisionRecall precisionRecall(const at::Tensor& real, const at::Tensor& generated,
                                std::int64_t neighbours = 3);

} // namespace unfog
