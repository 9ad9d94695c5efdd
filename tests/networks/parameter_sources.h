#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include <ATen/ATen.h>

#include "weights/parameters/parameters.h"

/// Weights for tests, and small tools around them.
namespace unfog::test {

/// All tensors of a safetensors file as they are stored. Fails the running test when it cannot be read.
std::map<std::string, at::Tensor> tensorsOf(const std::filesystem::path& file);

std::string textOf(const std::filesystem::path& file);

/// Largest absolute difference over the largest absolute value of `expected`; infinite for other shapes or
/// NaN.
double relativeDifference(const at::Tensor& found, const at::Tensor& expected);

/// The tensors of a file in one dtype, and which of them were never asked for. A missing or misshapen one
/// fails the running test.
class FileParameters final : public ParameterSource {
public:
    explicit FileParameters(const std::filesystem::path& file, at::ScalarType dtype = at::kFloat);

    at::Tensor tensor(const std::string& name, at::IntArrayRef shape) override;
    bool has(const std::string& name) const override { return m_tensors.contains(name); }
    std::set<std::string> unasked() const;

private:
    std::map<std::string, at::Tensor> m_tensors;
    at::ScalarType m_dtype;
    std::set<std::string> m_asked;
};

/// Random weights of moderate size, the same for the same name. What was handed out is kept by name and is
/// handed out again, so that a test can change a weight, or ask for its gradient.
class RandomParameters final : public ParameterSource {
public:
    explicit RandomParameters(at::ScalarType dtype = at::kFloat, bool withGradient = false)
        : m_dtype(dtype), m_withGradient(withGradient)
    {
    }

    at::Tensor tensor(const std::string& name, at::IntArrayRef shape) override;
    bool has(const std::string& name) const override { return formerNames.contains(name); }

    std::map<std::string, at::Tensor> given;
    std::set<std::string> formerNames; ///< what `has` says yes to

private:
    at::ScalarType m_dtype;
    bool m_withGradient;
};

/// The standard normal numbers of a seed.
at::Tensor randomNormal(at::IntArrayRef shape, std::uint64_t seed, at::ScalarType dtype = at::kFloat);

} // namespace unfog::test
