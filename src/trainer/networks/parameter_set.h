#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "base/result.h"
#include "weights/parameters/parameters.h"

/// The weights of networks in training, as one long vector.
namespace unfog {

/// Hands out leaves of the autograd graph and remembers them. A network built from it computes with them, so
/// that whatever the optimizer writes into `values()` is what the network uses next; nothing is copied or
/// laid out anew. Several networks may share one set under different prefixes.
///
/// Weights that `fallback` has under the same name are copied from there; others begin at random, the same
/// for the same seed and name: matrices and kernels normal with variance 1 / inputs (He et al. 2015), norms
/// as identity, embeddings small; the last layer of every residual branch, and the UNet's last, is zero,
/// so that training starts from the identity (Goyal et al. 2017, section 5.1).
class ParameterSet final : public ParameterSource {
public:
    ParameterSet(std::uint64_t seed, at::Device device, ParameterSource* fallback = nullptr);

    /// The same weights, in the same memory, with gradients of their own: for a second network on a second
    /// thread. `master` must be finished.
    static ParameterSet twinOf(const ParameterSet& master);

    /// Float32. Kernels are channels-last in memory. Asking twice for a name gives the same tensor.
    at::Tensor tensor(const std::string& name, at::IntArrayRef shape) override;
    bool has(const std::string& name) const override;

    /// Moves everything asked for so far into one vector; after that no new name may be asked for.
    void finish();

    at::Tensor values() const { return m_values; }       ///< [size], zeros between tensors
    at::Tensor gradients() const { return m_gradients; } ///< [size], what backward() adds to
    /// [size]: 1 where weight decay applies: matrices and kernels, not norms, biases, embeddings.
    at::Tensor decayMask() const { return m_decayMask; }
    std::int64_t parameterCount() const;

    /// The tensors of any vector laid out like `values()`, by name, without gradients: views.
    std::map<std::string, at::Tensor> named(const at::Tensor& vector) const;

private:
    struct Entry {
        std::string name;
        at::Tensor leaf;
        std::int64_t offset = 0;
    };
    at::Tensor initial(const std::string& name, at::IntArrayRef shape) const;
    at::Tensor viewOf(const at::Tensor& vector, const Entry& entry) const;

    std::uint64_t m_seed;
    at::Device m_device;
    ParameterSource* m_fallback;
    std::vector<Entry> m_entries;
    std::map<std::string, std::size_t> m_index;
    at::Tensor m_values;
    at::Tensor m_gradients;
    at::Tensor m_decayMask;
};

/// Tensors by name as a source of weights; a name or shape that does not fit is an assertion.
class NamedParameters final : public ParameterSource {
public:
    explicit NamedParameters(std::map<std::string, at::Tensor> tensors) : m_tensors(std::move(tensors)) {}
    at::Tensor tensor(const std::string& name, at::IntArrayRef shape) override;
    bool has(const std::string& name) const override { return m_tensors.contains(name); }

private:
    std::map<std::string, at::Tensor> m_tensors;
};

} // namespace unfog
