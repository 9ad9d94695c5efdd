#pragma once

#include <string>

#include <ATen/ATen.h>

#include "generation/engine/images.h"

/// Between tensors and the plain values of src/generation, and their fingerprints.
namespace unfog {

/// [1, 3, height, width] in −1 … 1 → 8-bit, rounded half to even as the reference does.
PixelImage toPixels(const at::Tensor& image);
/// 8-bit → [1, 3, height, width] float32 in −1 … 1 on the CPU.
at::Tensor fromPixels(const PixelImage& image);

/// One latent [channels, height, width] or [1, channels, height, width], any dtype and device.
LatentImage toLatentImage(const at::Tensor& latent);
/// → [1, channels, height, width] float32 on the CPU.
at::Tensor fromLatentImage(const LatentImage& latent);

/// SHA-256, lower-case hex, of the values as float32 little-endian in logical (channel-major) order.
std::string sha256OfTensor(const at::Tensor& tensor);
std::string sha256OfPixels(const PixelImage& image);

} // namespace unfog
