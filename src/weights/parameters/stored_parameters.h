#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "base/result.h"
#include "weights/files/tensor_store.h"
#include "weights/parameters/parameters.h"

namespace unfog {

/// A network's weights out of a TensorStore, converted to one dtype on one device. Build the network from it,
/// then ask `finish`. Used by one thread; conversion itself uses LibTorch's threads.
///
/// A stored shape that differs only by ones at its end is taken: [c, c] and [c, c, 1, 1] are the same linear
/// map, and published checkpoints mix them.
class StoredParameters final : public ParameterSource {
public:
    /// `component` ("unet") begins every message.
    StoredParameters(TensorStore store, std::string component, at::ScalarType dtype, at::Device device);

    at::Tensor tensor(const std::string& name, at::IntArrayRef shape) override;
    bool has(const std::string& name) const override { return m_store.has(name); }

    /// Leaves float16 and bfloat16 as they are stored: for networks that widen them on the way, which loses
    /// nothing and takes half the memory.
    void keepNarrow() { m_keepsNarrow = true; }

    /// Names that begin so are not wanted, and not unexpected: the encoder of an autoencoder that only
    /// decodes.
    void skip(const std::string& prefix) { m_skipped.push_back(prefix); }

    /// An error when a tensor was missing, of another shape, of an unsupported dtype or unreadable, or when a
    /// file changed meanwhile. It names the file, up to five of each kind with their number, and up to five
    /// stored names that nothing asked for, which tell what the file is instead.
    Result<void> finish() const;

    /// An error when a tensor that was asked for could not be read.
    Result<void> readable() const;

    /// Stored tensors that nothing asked for, without those known to be harmless; sorted.
    std::vector<std::string> unexpected() const;

    /// One sentence on them for a person; none where there are none.
    std::optional<std::string> unexpectedNote() const;

private:
    TensorStore m_store;
    std::string m_component;
    at::TensorOptions m_options;
    bool m_keepsNarrow = false;
    std::set<std::string> m_asked;
    std::vector<std::string> m_skipped;
    std::vector<std::string> m_missing;
    std::vector<std::string> m_misshapen;
    std::vector<Error> m_unreadable;
};

/// A tensor of that shape that takes no memory: stands in for one that is missing.
at::Tensor placeholderTensor(at::IntArrayRef shape, const at::TensorOptions& options);

} // namespace unfog
