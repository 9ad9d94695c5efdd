#include "weights/parameters/streamed_parameters.h"

#include <stdexcept>

namespace unfog {

StreamedParameters::StreamedParameters(TensorStore store, std::string component, at::ScalarType dtype,
                                       at::Device device, bool keepNarrow)
    : m_stored(std::move(store), std::move(component), dtype, at::kCPU), m_device(device)
{
    if (keepNarrow)
        m_stored.keepNarrow();
}

at::Tensor StreamedParameters::tensor(const std::string& name, at::IntArrayRef shape)
{
    if (m_device.is_cpu()) {
        at::Tensor read = m_stored.tensor(name, shape);
        if (m_finished)
            if (const Result<void> good = m_stored.readable(); !good)
                throw std::runtime_error(good.error().message);
        return read;
    }
    at::Tensor& kept = m_onHost[name];
    if (!kept.defined())
        kept = m_stored.tensor(name, shape).pin_memory();
    return kept.to(m_device, /*non_blocking=*/true);
}

Result<void> StreamedParameters::finish()
{
    m_finished = true;
    return m_stored.finish();
}

} // namespace unfog
