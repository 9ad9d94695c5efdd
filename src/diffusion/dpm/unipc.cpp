#include "diffusion/dpm/unipc.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "diffusion/dpm/dpm_options.h"
#include "diffusion/schedule/phi_functions.h"

namespace unfog {

namespace {

// One step of the exponential integrator in λ: x_t = scale x_s − factor (zφ₁(z) m_s + B Σ ρ_k D_k).
struct Integrator {
    double h = 0.0;
    double z = 0.0; // −h where x̂₀ is integrated, h where ε̂ is
    double scale = 1.0;
    double factor = 0.0;
    double firstOrder = 0.0; // factor · zφ₁(z)
};

Integrator integratorOf(const SolverLevel& from, const SolverLevel& to, bool data)
{
    Integrator result;
    result.h = to.lambda() - from.lambda();
    if (data) {
        result.z = -result.h;
        result.scale = to.sigma / from.sigma;
        result.factor = to.alpha;
        result.firstOrder = to.alpha * std::expm1(result.z);
    } else {
        result.z = result.h;
        result.scale = to.alpha / from.alpha;
        result.factor = to.sigma;
        // σ_t (eʰ − 1) has a finite limit at σ_t = 0.
        result.firstOrder =
            to.sigma > 0.0 ? to.sigma * std::expm1(result.h) : to.alpha * from.sigma / from.alpha;
    }
    return result;
}

// Solves a small dense system by elimination with partial pivoting.
std::vector<double> solve(std::vector<std::vector<double>> matrix, std::vector<double> right)
{
    const std::size_t n = right.size();
    for (std::size_t column = 0; column < n; ++column) {
        std::size_t pivot = column;
        for (std::size_t row = column + 1; row < n; ++row) {
            if (std::abs(matrix[row][column]) > std::abs(matrix[pivot][column])) {
                pivot = row;
            }
        }
        std::swap(matrix[column], matrix[pivot]);
        std::swap(right[column], right[pivot]);
        for (std::size_t row = column + 1; row < n; ++row) {
            const double share = matrix[row][column] / matrix[column][column];
            for (std::size_t k = column; k < n; ++k) {
                matrix[row][k] -= share * matrix[column][k];
            }
            right[row] -= share * right[column];
        }
    }
    for (std::size_t row = n; row-- > 0;) {
        for (std::size_t k = row + 1; k < n; ++k) {
            right[row] -= matrix[row][k] * right[k];
        }
        right[row] /= matrix[row][row];
    }
    return right;
}

// ρ with Σ_k ρ_k r_kⁱ⁻¹ = i! φ_{i+1}(z) z / B for i = 1 … n: Zhao et al. 2023, eq. 5.
std::vector<double> weights(const std::vector<double>& ratios, double z, double b)
{
    const std::size_t n = ratios.size();
    std::vector<std::vector<double>> matrix(n, std::vector<double>(n));
    std::vector<double> right(n);
    double factorial = 1.0;
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t k = 0; k < n; ++k) {
            matrix[i][k] = std::pow(ratios[k], static_cast<double>(i));
        }
        factorial *= static_cast<double>(i + 1);
        right[i] = scaledPhi(static_cast<int>(i) + 2, z) * factorial / b;
    }
    return solve(std::move(matrix), std::move(right));
}

} // namespace

Result<std::unique_ptr<Scheduler>> UniPc::create(const SchedulerConfig& config)
{
    auto type = readSolverType(config, {"bh1", "bh2"}, "bh2", {"midpoint", "heun", "logrho"});
    if (!type) {
        return tl::unexpected(type.error());
    }
    if (auto valid = checkSolverConfig(config, 0, config.predictX0); !valid) {
        return tl::unexpected(valid.error());
    }
    if (config.hasSolverP) {
        return fail(ErrorKind::Unsupported,
                    "scheduler configuration: solver_p must be null, another predictor "
                    "inside UniPCMultistepScheduler is not supported");
    }
    auto alphas = solverAlphasCumprod(config, true);
    if (!alphas) {
        return tl::unexpected(alphas.error());
    }
    SolverPlan plan;
    plan.finalLevel = config.finalSigmasType == "zero" ? FinalLevel::Zero : FinalLevel::LastVisited;
    auto solver = std::unique_ptr<UniPc>(new UniPc(config, plan, std::move(*alphas)));
    solver->m_firstB = *type == "bh1";
    solver->m_uncorrected.insert(config.disableCorrector.begin(), config.disableCorrector.end());
    return solver;
}

UniPc::UniPc(const SchedulerConfig& config, const SolverPlan& plan, std::vector<double> alphasCumprod)
    : DpmFamily(config, plan, std::move(alphasCumprod))
{
}

void UniPc::forget()
{
    m_outputs.clear();
    m_lastSample = at::Tensor();
    m_lastOrder = 0;
}

int UniPc::orderAt(int evaluation) const
{
    int order = std::min(config().solverOrder, static_cast<int>(m_outputs.size()));
    if (config().lowerOrderFinal) {
        order = std::min(order, evaluationCount() - evaluation);
    }
    return movesOn(evaluation) ? distinctLevels(evaluation, order) : 1;
}

at::Tensor UniPc::predict(const at::Tensor& sample, int evaluation) const
{
    const SolverLevel from = level(evaluation);
    const Integrator step = integratorOf(from, level(evaluation + 1), config().predictX0);
    at::Tensor result = sample * step.scale - m_outputs[0] * step.firstOrder;
    if (m_lastOrder == 1) {
        return result;
    }
    const double b = m_firstB ? step.z : std::expm1(step.z);
    std::vector<double> ratios;
    for (int k = 1; k < m_lastOrder; ++k) {
        ratios.push_back((level(evaluation - k).lambda() - from.lambda()) / step.h);
    }
    // At second order the reference takes ½, which is the solution's limit for small steps.
    const std::vector<double> rho = m_lastOrder == 2 ? std::vector<double>{0.5} : weights(ratios, step.z, b);
    for (int k = 1; k < m_lastOrder; ++k) {
        const double weight = step.factor * b * rho[k - 1] / ratios[k - 1];
        result = result - (m_outputs[k] - m_outputs[0]) * weight;
    }
    return result;
}

at::Tensor UniPc::correct(const at::Tensor& output, const at::Tensor& sample, int evaluation) const
{
    // The step that led here is taken again, now with the output at its end.
    if (!movesOn(evaluation - 1)) {
        return sample;
    }
    const SolverLevel from = level(evaluation - 1);
    const Integrator step = integratorOf(from, level(evaluation), config().predictX0);
    const double b = m_firstB ? step.z : std::expm1(step.z);
    std::vector<double> ratios;
    for (int k = 1; k < m_lastOrder; ++k) {
        ratios.push_back((level(evaluation - 1 - k).lambda() - from.lambda()) / step.h);
    }
    ratios.push_back(1.0);
    const std::vector<double> rho = m_lastOrder == 1 ? std::vector<double>{0.5} : weights(ratios, step.z, b);
    at::Tensor result = m_lastSample * step.scale - m_outputs[0] * step.firstOrder;
    for (int k = 1; k < m_lastOrder; ++k) {
        const double weight = step.factor * b * rho[k - 1] / ratios[k - 1];
        result = result - (m_outputs[k] - m_outputs[0]) * weight;
    }
    return result - (output - m_outputs[0]) * (step.factor * b * rho.back());
}

// Predictor, with z = −h for x̂₀: x_t = σ_t/σ_s x_s − α_t ((e^z − 1) m_0 + B(z) Σ_k ρ_k (m_k − m_0) / r_k);
// corrector: the same from the last sample, with the newest output as one more term of r = 1
// (Zhao et al. 2023, algorithms 5 to 8). predict() and correct() compute them, weights() the ρ.
SchedulerStep UniPc::step(const at::Tensor& modelOutput, const at::Tensor& sample, int evaluation,
                          const NoiseSource& noise)
{
    (void)noise;
    assert(evaluation >= 0 && evaluation < evaluationCount());
    const auto [output, original] = convert(modelOutput, sample, evaluation, config().predictX0);
    const bool corrects =
        evaluation > 0 && m_lastSample.defined() && m_uncorrected.count(evaluation - 1) == 0;
    const at::Tensor current = corrects ? correct(output, sample, evaluation) : sample;

    m_outputs.push_front(output);
    if (static_cast<int>(m_outputs.size()) > config().solverOrder) {
        m_outputs.pop_back();
    }
    m_lastOrder = orderAt(evaluation);
    m_lastSample = current;
    return {predict(current, evaluation), original};
}

} // namespace unfog
