#pragma once

namespace unfog {

/// While it lives, matrix products and convolutions on CUDA compute in bfloat16 on this thread, weights and
/// sums staying float32 (Micikevicius et al. 2018; bfloat16 needs no loss scaling). Nothing when not asked.
class MixedPrecision final {
public:
    explicit MixedPrecision(bool on);
    ~MixedPrecision();
    MixedPrecision(const MixedPrecision&) = delete;
    MixedPrecision& operator=(const MixedPrecision&) = delete;

private:
    bool m_on;
};

} // namespace unfog
