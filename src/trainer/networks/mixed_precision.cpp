#include "trainer/networks/mixed_precision.h"

#include <ATen/autocast_mode.h>

#include "networks/layers/torch_compat.h"

namespace unfog {

namespace {

void setAutocast(bool on)
{
#if UNFOG_TORCH_AT_LEAST(2, 4)
    at::autocast::set_autocast_dtype(at::kCUDA, at::kBFloat16);
    at::autocast::set_autocast_enabled(at::kCUDA, on);
#else
    at::autocast::set_autocast_gpu_dtype(at::kBFloat16);
    at::autocast::set_enabled(on);
#endif
}

} // namespace

MixedPrecision::MixedPrecision(bool on) : m_on(on)
{
    if (m_on)
        setAutocast(true);
}

MixedPrecision::~MixedPrecision()
{
    if (!m_on)
        return;
    setAutocast(false);
    // Weights change before the next use: their converted copies must not be found again.
    at::autocast::clear_cache();
}

} // namespace unfog
