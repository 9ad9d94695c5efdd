#include "networks/parameter_sources.h"

#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>

#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include "weights/files/safetensors_file.h"

namespace unfog::test {

namespace {

at::ScalarType scalarType(Dtype dtype)
{
    switch (dtype) {
    case Dtype::F16:
        return at::kHalf;
    case Dtype::F32:
        return at::kFloat;
    case Dtype::I64:
        return at::kLong;
    default:
        ADD_FAILURE() << "the test reads no tensors of dtype " << dtypeName(dtype);
        return at::kByte;
    }
}

} // namespace

std::map<std::string, at::Tensor> tensorsOf(const std::filesystem::path& path)
{
    std::map<std::string, at::Tensor> tensors;
    const auto file = SafetensorsFile::open(path);
    if (!file) {
        ADD_FAILURE() << file.error().message;
        return tensors;
    }
    for (const auto& [name, info] : (*file)->tensors()) {
        at::Tensor tensor = at::empty(info.shape, scalarType(info.dtype));
        const std::span<std::byte> bytes(static_cast<std::byte*>(tensor.data_ptr()), tensor.nbytes());
        EXPECT_TRUE((*file)->read(info, 0, bytes));
        tensors.emplace(name, tensor);
    }
    return tensors;
}

std::string textOf(const std::filesystem::path& file)
{
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    EXPECT_FALSE(text.str().empty()) << file;
    return text.str();
}

double relativeDifference(const at::Tensor& found, const at::Tensor& expected)
{
    if (!found.defined() || found.sizes() != expected.sizes())
        return std::numeric_limits<double>::infinity();
    const at::Tensor reference = expected.to(at::kDouble);
    const double difference = (found.to(at::kDouble) - reference).abs().max().item<double>();
    return std::isnan(difference) ? std::numeric_limits<double>::infinity()
                                  : difference / reference.abs().max().item<double>();
}

FileParameters::FileParameters(const std::filesystem::path& file, at::ScalarType dtype)
    : m_tensors(tensorsOf(file)), m_dtype(dtype)
{
}

at::Tensor FileParameters::tensor(const std::string& name, at::IntArrayRef shape)
{
    m_asked.insert(name);
    const auto found = m_tensors.find(name);
    if (found == m_tensors.end() || found->second.sizes() != shape) {
        ADD_FAILURE() << "missing or misshapen: " << name;
        return at::zeros(shape, m_dtype);
    }
    return found->second.to(m_dtype);
}

std::set<std::string> FileParameters::unasked() const
{
    std::set<std::string> names;
    for (const auto& [name, tensor] : m_tensors)
        if (!m_asked.contains(name))
            names.insert(name);
    return names;
}

at::Tensor RandomParameters::tensor(const std::string& name, at::IntArrayRef shape)
{
    const auto known = given.find(name);
    if (known != given.end())
        return known->second;
    const double deviation = shape.size() > 1 ? 1.0 / std::sqrt(static_cast<double>(shape[1])) : 0.2;
    const double mean = shape.size() == 1 && name.ends_with("weight") ? 1.0 : 0.0;
    const at::Tensor values =
        randomNormal(shape, std::hash<std::string>{}(name), m_dtype) * (0.5 * deviation) + mean;
    return given.emplace(name, values.detach().requires_grad_(m_withGradient)).first->second;
}

at::Tensor randomNormal(at::IntArrayRef shape, std::uint64_t seed, at::ScalarType dtype)
{
    return at::randn(shape, at::detail::createCPUGenerator(seed), at::TensorOptions(at::kDouble)).to(dtype);
}

} // namespace unfog::test
