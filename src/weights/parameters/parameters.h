#pragma once

#include <string>
#include <string_view>

#include <ATen/ATen.h>

/// How a network gets its weights: it asks by the checkpoint's own names, and states the shape it needs.
namespace unfog {

/// Where weights come from: a file, a generator of random numbers, a trainer.
class ParameterSource {
public:
    virtual ~ParameterSource() = default;

    /// The tensor `name` with exactly `shape`, in the source's dtype and on its device.
    /// Never throws for a missing or misshapen tensor: the source records the problem, hands out a
    /// placeholder of that shape, and says all problems at once when the network is built.
    virtual at::Tensor tensor(const std::string& name, at::IntArrayRef shape) = 0;

    /// Whether `name` exists, for the few layers that checkpoints leave out.
    virtual bool has(const std::string& name) const = 0;
};

/// A source and the prefix of one module in it: `Parameters unet(source); unet / "down_blocks" / 0`.
class Parameters {
public:
    explicit Parameters(ParameterSource& source, std::string prefix = {})
        : m_source(&source), m_prefix(std::move(prefix))
    {
    }

    at::Tensor operator()(const std::string& name, at::IntArrayRef shape) const
    {
        return m_source->tensor(m_prefix + name, shape);
    }
    bool has(const std::string& name) const { return m_source->has(m_prefix + name); }
    Parameters operator/(std::string_view module) const
    {
        return Parameters(*m_source, m_prefix + std::string(module) + ".");
    }
    Parameters operator/(int index) const { return *this / std::to_string(index); }

private:
    ParameterSource* m_source;
    std::string m_prefix;
};

} // namespace unfog
