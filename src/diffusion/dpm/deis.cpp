#include "diffusion/dpm/deis.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

#include "diffusion/dpm/dpm_options.h"

namespace unfog {

namespace {

constexpr int kLongRun = 15;

// ∫ ℓ(log ρ) dρ from `from` to `to`, ℓ the Lagrange polynomial that is 1 at `own` and 0 at the `others` (all
// log ρ).
double integral(double from, double to, double own, const std::vector<double>& others)
{
    double denominator = 1.0;
    double sum = 0.0;
    double product = 1.0;
    for (const double other : others) {
        denominator *= own - other;
        sum += other;
        product *= other;
    }
    const auto primitive = [&](double rho) {
        const double x = std::log(rho);
        if (others.empty()) {
            return rho;
        }
        if (others.size() == 1) {
            return rho * (x - 1.0 - sum);
        }
        return rho * (x * x - 2.0 * x + 2.0 - sum * (x - 1.0) + product);
    };
    return (primitive(to) - primitive(from)) / denominator;
}

} // namespace

Result<std::unique_ptr<Scheduler>> Deis::create(const SchedulerConfig& config)
{
    // The other two names are what the reference puts up with when a model's scheduler is exchanged for this
    // one.
    if (auto valid = checkName("algorithm_type", config.algorithmType, {"deis", "dpmsolver", "dpmsolver++"});
        !valid) {
        return tl::unexpected(valid.error());
    }
    auto type = readSolverType(config, {"logrho"}, "logrho", {"midpoint", "heun", "bh1", "bh2"});
    if (!type) {
        return tl::unexpected(type.error());
    }
    if (auto valid = checkSolverConfig(config, 3, true); !valid) {
        return tl::unexpected(valid.error());
    }
    auto alphas = solverAlphasCumprod(config, false);
    if (!alphas) {
        return tl::unexpected(alphas.error());
    }
    SolverPlan plan;
    plan.finalLevel = FinalLevel::LastVisited;
    return std::unique_ptr<Scheduler>(new Deis(config, plan, std::move(*alphas)));
}

Deis::Deis(const SchedulerConfig& config, const SolverPlan& plan, std::vector<double> alphasCumprod)
    : DpmFamily(config, plan, std::move(alphasCumprod))
{
}

void Deis::forget()
{
    m_outputs.clear();
}

int Deis::orderAt(int evaluation) const
{
    int order = std::min(config().solverOrder, static_cast<int>(m_outputs.size()));
    if (config().lowerOrderFinal && evaluationCount() < kLongRun) {
        order = std::min(order, evaluationCount() - evaluation);
    }
    return movesOn(evaluation) ? distinctLevels(evaluation, order) : 1;
}

SchedulerStep Deis::step(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation,
                         const NoiseSource& noise)
{
    (void)noise;
    assert(evaluation >= 0 && evaluation < evaluationCount());
    const at::Tensor original = predictOriginal(modelOutput, sample, evaluation);
    m_outputs.push_front(noiseOf(original, sample, evaluation));
    if (static_cast<int>(m_outputs.size()) > config().solverOrder) {
        m_outputs.pop_back();
    }

    // x_t = α_t (x_s / α_s + Σ_j ε̂_j ∫ ℓ_j(log ρ) dρ): Zhang & Chen 2023, eqs. 14 and 15, with ℓ_j in log ρ.
    const auto rho = [&](int index) { return level(index).sigma / level(index).alpha; };
    const int order = orderAt(evaluation);
    const SolverLevel to = level(evaluation + 1);
    at::Tensor next = sample * (to.alpha / level(evaluation).alpha);
    for (int j = 0; j < order; ++j) {
        std::vector<double> others;
        for (int k = 0; k < order; ++k) {
            if (k != j) {
                others.push_back(std::log(rho(evaluation - k)));
            }
        }
        const double weight =
            integral(rho(evaluation), rho(evaluation + 1), std::log(rho(evaluation - j)), others);
        next = next + m_outputs[j] * (to.alpha * weight);
    }
    return {next, original};
}

} // namespace unfog
