#pragma once

#include <cstdint>
#include <set>
#include <string>

#include <ATen/ATen.h>

#include "weights/parameters/parameters.h"

namespace unfog {

/// Weights out of nothing, for benchmarks and tests: finite activations of sensible size, the same for the
/// same seed and name whatever the order in which they are asked for. Matrices and kernels are normal with
/// variance 1 / inputs (He et al. 2015, with gain 1), one-dimensional weights are ones, biases zeros.
class RandomParameters final : public ParameterSource {
public:
    RandomParameters(std::uint64_t seed, at::ScalarType dtype, at::Device device);

    at::Tensor tensor(const std::string& name, at::IntArrayRef shape) override;
    bool has(const std::string& name) const override { return !m_absent.contains(name); }

    /// `has` answers no for this name.
    void leaveOut(const std::string& name) { m_absent.insert(name); }

private:
    std::uint64_t m_seed;
    at::TensorOptions m_options;
    std::set<std::string> m_absent;
};

} // namespace unfog
