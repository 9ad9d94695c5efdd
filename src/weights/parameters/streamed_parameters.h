#pragma once

#include <map>
#include <memory>

#include "weights/parameters/stored_parameters.h"

namespace unfog {

/// Weights that are asked for again in every pass of a network, for one that does not fit where it computes.
/// For a card they wait in the host's memory, pinned, so that copies run beside the computation; on the CPU
/// they are read from the file each time, which the system keeps in memory as long as it can. One thread.
class StreamedParameters final : public ParameterSource {
public:
    /// As StoredParameters has it. `keepNarrow`: on the CPU, 16-bit weights stay as they are stored.
    StreamedParameters(TensorStore store, std::string component, at::ScalarType dtype, at::Device device,
                       bool keepNarrow);

    /// Throws std::runtime_error when a weight that was there before cannot be read any more.
    at::Tensor tensor(const std::string& name, at::IntArrayRef shape) override;
    bool has(const std::string& name) const override { return m_stored.has(name); }

    /// To be asked once, when everything was asked for once: as StoredParameters::finish.
    Result<void> finish();
    std::optional<std::string> unexpectedNote() const { return m_stored.unexpectedNote(); }

private:
    StoredParameters m_stored;
    at::Device m_device;
    bool m_finished = false;
    std::map<std::string, at::Tensor> m_onHost; ///< for a card
};

} // namespace unfog
