#pragma once

#include <cstdint>
#include <vector>

#include <ATen/ATen.h>

/// Randomness: never a global generator. Every image has a CPU generator of its own, so that CPU and CUDA
/// start from the same noise and image i of a batch equals the single image with seed + i.
namespace unfog {

/// Standard-normal draws of one shape, float32 on the CPU, from LibTorch's CPU generator: the reference's
/// numbers.
class SeededNoise final {
public:
    SeededNoise(std::uint64_t seed, at::IntArrayRef shape);
    at::Tensor draw();

private:
    at::Generator m_generator;
    std::vector<std::int64_t> m_shape;
};

/// The draws of several images side by side: image i has seed + i. Shape [images, …].
class BatchNoise final {
public:
    /// `imageShape` is that of one image, [1, channels, height, width].
    BatchNoise(std::uint64_t firstSeed, int images, at::IntArrayRef imageShape);
    at::Tensor draw();

private:
    std::vector<SeededNoise> m_images;
};

/// Image-to-image of the reference: of `steps`, the first steps − ⌊steps · strength⌋ are skipped.
int skippedSteps(int steps, double strength);

} // namespace unfog
