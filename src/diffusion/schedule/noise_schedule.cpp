#include "diffusion/schedule/noise_schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "diffusion/schedule/spacing.h"

namespace unfog {

namespace {

// Nichol & Dhariwal 2021, eq. 17, with s = 0.008.
double cosineAlphaBar(double time)
{
    const double cosine = std::cos((time + 0.008) / 1.008 * std::numbers::pi / 2.0);
    return cosine * cosine;
}

double exponentialAlphaBar(double time)
{
    return std::exp(-12.0 * time);
}

// Hang et al. 2024, "Improved Noise Schedule for Diffusion Training": log SNR by the quantile of a Laplace
// distribution.
double laplaceAlphaBar(double time)
{
    const double fromMiddle = 0.5 - time;
    const double lambda =
        -0.5 * std::copysign(1.0, fromMiddle) * std::log(1.0 - 2.0 * std::abs(fromMiddle) + 1e-6);
    const double snr = std::exp(lambda);
    return std::sqrt(snr / (1.0 + snr));
}

at::Tensor betasOfAlphaBar(double (*alphaBar)(double), int count)
{
    std::vector<double> betas;
    for (int i = 0; i < count; ++i) {
        const double from = static_cast<double>(i) / count;
        const double to = static_cast<double>(i + 1) / count;
        betas.push_back(std::min(1.0 - alphaBar(to) / alphaBar(from), 0.999));
    }
    return at::tensor(betas, at::kFloat);
}

// linspace of the reference's platform bit for bit: float32, from both ends inwards, multiply and add in one
// rounding. Other builds of LibTorch round otherwise, which moves σ of the last timestep and the integers
// found from it.
at::Tensor evenly(double first, double last, int count)
{
    const auto start = static_cast<float>(first);
    const auto end = static_cast<float>(last);
    const float step = (end - start) / static_cast<float>(count - 1);
    std::vector<float> values;
    values.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i)
        values.push_back(i < count / 2 ? std::fma(step, static_cast<float>(i), start)
                                       : std::fma(-step, static_cast<float>(count - 1 - i), end));
    return at::tensor(values, at::kFloat);
}

at::Tensor namedBetas(const NoiseScheduleSettings& settings)
{
    const int count = settings.trainTimesteps;
    if (settings.betaSchedule == "linear")
        return evenly(settings.betaStart, settings.betaEnd, count);
    if (settings.betaSchedule == "scaled_linear" || settings.betaSchedule == "quadratic")
        return evenly(std::sqrt(settings.betaStart), std::sqrt(settings.betaEnd), count).square();
    if (settings.betaSchedule == "sigmoid")
        return at::sigmoid(evenly(-6.0, 6.0, count)) * (settings.betaEnd - settings.betaStart) +
               settings.betaStart;
    if (settings.betaSchedule == "exp")
        return betasOfAlphaBar(exponentialAlphaBar, count);
    if (settings.betaSchedule == "laplace")
        return betasOfAlphaBar(laplaceAlphaBar, count);
    return betasOfAlphaBar(cosineAlphaBar, count);
}

// Lin et al. 2023, algorithm 1.
at::Tensor rescaledToZeroSnr(const at::Tensor& betas)
{
    at::Tensor root = at::cumprod(1.0 - betas, 0).sqrt();
    const at::Tensor first = root[0].clone();
    const at::Tensor last = root[-1].clone();
    root = (root - last) * (first / (first - last));
    const at::Tensor bar = root.square();
    const at::Tensor alphas = at::cat({bar.slice(0, 0, 1), bar.slice(0, 1) / bar.slice(0, 0, -1)});
    return 1.0 - alphas;
}

std::vector<double> asDoubles(const at::Tensor& values)
{
    const at::Tensor wide = values.to(at::kDouble).contiguous();
    return {wide.data_ptr<double>(), wide.data_ptr<double>() + wide.numel()};
}

} // namespace

const std::vector<std::string>& NoiseSchedule::knownBetaSchedules()
{
    static const std::vector<std::string> names = {
        "linear", "scaled_linear", "quadratic", "squaredcos_cap_v2", "sigmoid", "exp", "laplace"};
    return names;
}

Result<NoiseSchedule> NoiseSchedule::create(const NoiseScheduleSettings& settings)
{
    const std::vector<std::string>& known = knownBetaSchedules();
    if (settings.trainedBetas.empty() &&
        std::find(known.begin(), known.end(), settings.betaSchedule) == known.end()) {
        std::string list;
        for (const std::string& name : known)
            list += (list.empty() ? "" : ", ") + name;
        return fail(ErrorKind::Unsupported, "scheduler configuration: beta_schedule is \"" +
                                                settings.betaSchedule + "\", known are " + list);
    }
    if (settings.trainedBetas.empty() && settings.trainTimesteps < 2)
        return fail(ErrorKind::InvalidRequest, "scheduler configuration: num_train_timesteps is " +
                                                   std::to_string(settings.trainTimesteps) +
                                                   ", expected at least 2");
    at::Tensor betas =
        settings.trainedBetas.empty() ? namedBetas(settings) : at::tensor(settings.trainedBetas, at::kFloat);
    if (!betas.ge(0.0).logical_and(betas.le(1.0)).all().item<bool>())
        return fail(ErrorKind::InvalidRequest, "scheduler configuration: betas must lie in 0 … 1");
    if (settings.zeroTerminalSnr)
        betas = rescaledToZeroSnr(betas);
    NoiseSchedule schedule;
    schedule.m_betas = asDoubles(betas);
    schedule.m_alphasCumprod = asDoubles(at::cumprod(1.0 - betas, 0));
    return schedule;
}

double NoiseSchedule::alphaBar(double timestep) const
{
    return interpolated(timestep, m_alphasCumprod);
}

double NoiseSchedule::sigma(double timestep) const
{
    const double bar = alphaBar(timestep);
    return std::sqrt((1.0 - bar) / bar);
}

double NoiseSchedule::snr(double timestep) const
{
    const double bar = alphaBar(timestep);
    return bar / (1.0 - bar);
}

double NoiseSchedule::logSnr(double timestep) const
{
    return std::log(snr(timestep));
}

double NoiseSchedule::timestepOfSigma(double sigma) const
{
    return timestepOfLevel(sigma, logarithms(trainingSigmas(m_alphasCumprod)));
}

at::Tensor NoiseSchedule::addNoise(const at::Tensor& original, const at::Tensor& noise, double timestep) const
{
    const double bar = alphaBar(timestep);
    return original * std::sqrt(bar) + noise * std::sqrt(1.0 - bar);
}

NoiseSchedule NoiseSchedule::withFiniteLastSigma() const
{
    NoiseSchedule schedule = *this;
    schedule.m_alphasCumprod.back() = std::ldexp(1.0, -24);
    return schedule;
}

} // namespace unfog
