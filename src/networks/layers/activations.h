#pragma once

#include <ATen/ATen.h>

/// Activations, elementwise; on the CPU in one threaded pass over memory, with relative errors near 1e-7.
namespace unfog {

/// x / (1 + e^−x)
at::Tensor silu(const at::Tensor& x);

/// x / (1 + e^−1.702x), the approximation that OpenAI's CLIP was trained with.
at::Tensor quickGelu(const at::Tensor& x);

/// x Φ(x), exact (Hendrycks & Gimpel 2016).
at::Tensor gelu(const at::Tensor& x);

/// a · gelu(b) for x = [a, b] along the last dimension (Shazeer 2020, eq. 5). [..., 2·features] → [...,
/// features]
at::Tensor geglu(const at::Tensor& x);

} // namespace unfog
