#include "trainer/training/adam_w.h"

#include <algorithm>
#include <cmath>

#include <ATen/core/grad_mode.h>

#include "networks/kernels/kernels_threads.h"

namespace unfog {

namespace {

/// Floats that are updated at once on the CPU: all vectors' parts stay in the second-level cache.
constexpr std::int64_t grain = 1 << 15;

} // namespace

AdamW::AdamW(at::Tensor values, at::Tensor decayMask, const AdamWSettings& settings)
    : m_settings(settings), m_values(std::move(values)), m_decayMask(std::move(decayMask)),
      m_first(at::zeros_like(m_values)), m_second(at::zeros_like(m_values))
{
}

void AdamW::restore(const at::Tensor& first, const at::Tensor& second, std::int64_t steps)
{
    m_first.copy_(first);
    m_second.copy_(second);
    m_steps = steps;
}

void AdamW::update(const at::Tensor& gradients, std::int64_t begin, std::int64_t end, double scale,
                   double learningRate) const
{
    const auto part = [&](const at::Tensor& vector) { return vector.narrow(0, begin, end - begin); };
    const double correction1 = 1.0 - std::pow(m_settings.beta1, static_cast<double>(m_steps));
    const double correction2 = 1.0 - std::pow(m_settings.beta2, static_cast<double>(m_steps));
    const at::Tensor gradient = part(gradients) * scale;
    at::Tensor values = part(m_values), first = part(m_first), second = part(m_second);
    first.mul_(m_settings.beta1).add_(gradient, 1.0 - m_settings.beta1);
    second.mul_(m_settings.beta2).addcmul_(gradient, gradient, 1.0 - m_settings.beta2);
    values.addcmul_(values, part(m_decayMask), -learningRate * m_settings.weightDecay);
    const at::Tensor deviation = (second / correction2).sqrt_().add_(m_settings.epsilon);
    values.addcdiv_(first, deviation, -learningRate / correction1);
}

double AdamW::step(const at::Tensor& gradients, double learningRate)
{
    const at::NoGradGuard noGradient;
    const std::int64_t size = m_values.numel();
    const std::int64_t parts = m_values.is_cpu() ? std::max<std::int64_t>((size + grain - 1) / grain, 1) : 1;
    const auto range = [&](std::int64_t part) {
        return std::pair(size * part / parts, size * (part + 1) / parts);
    };
    const auto forEachPart = [&](const std::function<void(std::int64_t)>& body) {
        parts == 1 ? body(0) : kernels::forEachTask(parts, [&](std::int64_t part) {
            const at::NoGradGuard noGradientHereEither;
            body(part);
        });
    };

    std::vector<double> squares(static_cast<std::size_t>(parts));
    forEachPart([&](std::int64_t part) {
        const auto [begin, end] = range(part);
        const at::Tensor gradient = gradients.narrow(0, begin, end - begin);
        squares[static_cast<std::size_t>(part)] = at::dot(gradient, gradient).item<double>();
    });
    double sum = 0.0;
    for (const double square : squares)
        sum += square;
    const double norm = std::sqrt(sum);
    if (!std::isfinite(norm))
        return norm;
    const double scale =
        m_settings.clipNorm > 0.0 && norm > m_settings.clipNorm ? m_settings.clipNorm / norm : 1.0;
    ++m_steps;
    forEachPart([&](std::int64_t part) {
        const auto [begin, end] = range(part);
        update(gradients, begin, end, scale, learningRate);
    });
    return norm;
}

} // namespace unfog
