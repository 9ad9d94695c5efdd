#pragma once

#include <ATen/ATen.h>

namespace unfog {

/// Dynamic thresholding (Saharia et al. 2022, section 2.3): per image, s = the `ratio` quantile of |x̂₀|, held
/// within 1 … `largest`; x̂₀ is clamped to ±s and divided by s. [batch, …], dtype kept.
at::Tensor dynamicallyThresholded(const at::Tensor& original, double ratio, double largest);

} // namespace unfog
