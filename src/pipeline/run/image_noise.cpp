#include "pipeline/run/image_noise.h"

#include <algorithm>

#include <ATen/CPUGeneratorImpl.h>

namespace unfog {

SeededNoise::SeededNoise(std::uint64_t seed, at::IntArrayRef shape)
    : m_generator(at::detail::createCPUGenerator(seed)), m_shape(shape.vec())
{
}

at::Tensor SeededNoise::draw()
{
    return at::randn(m_shape, m_generator, at::TensorOptions(at::kFloat));
}

BatchNoise::BatchNoise(std::uint64_t firstSeed, int images, at::IntArrayRef imageShape)
{
    for (int i = 0; i < images; ++i)
        m_images.emplace_back(firstSeed + static_cast<std::uint64_t>(i), imageShape);
}

at::Tensor BatchNoise::draw()
{
    std::vector<at::Tensor> draws;
    for (SeededNoise& image : m_images)
        draws.push_back(image.draw());
    return at::cat(draws);
}

int skippedSteps(int steps, double strength)
{
    return std::max(0, steps - std::min(static_cast<int>(steps * strength), steps));
}

} // namespace unfog
