#pragma once

#include "networks/kernels/kernels_matrix.h"

namespace unfog::kernels {

/// Whether `multiplyWinograd` computes this convolution and is faster: 3 × 3, stride 1, channels and pixels
/// enough for the products to outweigh the transformations. Depends on one image's shape alone.
bool isForWinograd(const PackedMatrix& weights, const Picture& picture);

/// The same as `weights.multiply`, as F(2 × 2, 3 × 3) of Winograd (Lavin & Gray 2016): tiles of 2 × 2 results
/// from 16 products instead of 36. The weights are transformed on the way, so nothing is stored twice.
/// Rounding errors are about twice those of the direct sum.
void multiplyWinograd(const PackedMatrix& weights, const Picture& picture, const float* x, const float* bias,
                      const float* addend, float* y);

} // namespace unfog::kernels
