#include "weights/parameters/random_parameters.h"

#include <cmath>

#include <ATen/CPUGeneratorImpl.h>

namespace unfog {

RandomParameters::RandomParameters(std::uint64_t seed, at::ScalarType dtype, at::Device device)
    : m_seed(seed), m_options(at::TensorOptions().dtype(dtype).device(device))
{
}

at::Tensor RandomParameters::tensor(const std::string& name, at::IntArrayRef shape)
{
    if (shape.size() < 2)
        return name.ends_with("bias") ? at::zeros(shape, m_options) : at::ones(shape, m_options);
    // FNV-1a: std::hash may differ between libraries.
    std::uint64_t nameHash = 0xcbf29ce484222325;
    for (char c : name)
        nameHash = (nameHash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    at::Generator generator = at::detail::createCPUGenerator(m_seed ^ nameHash);
    double inputs = 1.0;
    for (std::int64_t dimension : shape.slice(1))
        inputs *= static_cast<double>(dimension);
    at::Tensor values = at::empty(shape, at::TensorOptions().dtype(at::kFloat));
    values.normal_(0.0, 1.0 / std::sqrt(inputs), generator);
    return values.to(m_options);
}

} // namespace unfog
