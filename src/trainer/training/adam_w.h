#pragma once

#include <cstdint>

#include <ATen/ATen.h>

namespace unfog {

struct AdamWSettings {
    double beta1 = 0.9;
    double beta2 = 0.99; ///< shorter memory than usual: these runs have thousands of steps, not millions
    double epsilon = 1e-8;
    double weightDecay = 0.01;
    double clipNorm = 1.0; ///< of the whole gradient; 0: not clipped
};

/// Adam with decoupled weight decay (Loshchilov & Hutter 2019, algorithm 2) over one vector. The same bits
/// whatever the number of threads.
class AdamW final {
public:
    /// Vectors of one size on one device. `values` is written in place; decay applies where the mask is 1.
    AdamW(at::Tensor values, at::Tensor decayMask, const AdamWSettings& settings);

    /// One update. Returns the gradient's norm before clipping; where that is not finite nothing is changed.
    double step(const at::Tensor& gradients, double learningRate);

    at::Tensor firstMoment() const { return m_first; }
    at::Tensor secondMoment() const { return m_second; }
    std::int64_t stepCount() const { return m_steps; }
    void restore(const at::Tensor& first, const at::Tensor& second, std::int64_t steps);

private:
    void update(const at::Tensor& gradients, std::int64_t begin, std::int64_t end, double scale,
                double learningRate) const;

    AdamWSettings m_settings;
    at::Tensor m_values;
    at::Tensor m_decayMask;
    at::Tensor m_first;
    at::Tensor m_second;
    std::int64_t m_steps = 0;
};

} // namespace unfog
