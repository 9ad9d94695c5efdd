#pragma once

#include <ATen/ATen.h>

namespace unfog {

/// Classifier-free guidance (Ho & Salimans 2022): ε̂ = ε_u + w (ε_c − ε_u); then, for φ > 0, rescaled towards
/// the standard deviation of ε_c over each image (Lin et al. 2023, section 3.4). Any prediction type; [batch,
/// …] each.
at::Tensor guide(const at::Tensor& unconditional, const at::Tensor& conditional, double guidanceScale,
                 double guidanceRescale = 0.0);

} // namespace unfog
