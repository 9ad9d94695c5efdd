#include "diffusion/dpm/dpm_solver_multistep.h"

#include <algorithm>
#include <cassert>

#include "diffusion/dpm/dpm_options.h"

namespace unfog {

namespace {

// Runs this long no longer need the steadier last steps of `lower_order_final`.
constexpr int kLongRun = 15;

} // namespace

Result<std::unique_ptr<Scheduler>> DpmSolverMultistep::create(const SchedulerConfig& config)
{
    auto choice = readDpmChoice(config, {"dpmsolver", "dpmsolver++", "sde-dpmsolver", "sde-dpmsolver++"});
    if (!choice) {
        return tl::unexpected(choice.error());
    }
    auto alphas = solverAlphasCumprod(config, true);
    if (!alphas) {
        return tl::unexpected(alphas.error());
    }
    SolverPlan plan;
    plan.finalLevel = config.finalSigmasType == "zero" ? FinalLevel::Zero : FinalLevel::TrainingMinimum;
    plan.clipsLambda = true;
    plan.thresholdsNoise = true;
    plan.allowsLuLambdas = true;
    plan.keepsCosineFractions = true;
    auto solver =
        std::unique_ptr<DpmSolverMultistep>(new DpmSolverMultistep(config, plan, std::move(*alphas)));
    solver->m_algorithm = choice->algorithm;
    solver->m_weight = choice->weight;
    return solver;
}

DpmSolverMultistep::DpmSolverMultistep(const SchedulerConfig& config, const SolverPlan& plan,
                                       std::vector<double> alphasCumprod)
    : DpmFamily(config, plan, std::move(alphasCumprod))
{
}

void DpmSolverMultistep::forget()
{
    m_outputs.clear();
}

int DpmSolverMultistep::orderAt(int evaluation) const
{
    const bool shortRun = config().lowerOrderFinal && evaluationCount() < kLongRun;
    int order = std::min(config().solverOrder, static_cast<int>(m_outputs.size()));
    if (evaluation == lastEvaluation() &&
        (config().eulerAtFinal || shortRun || config().finalSigmasType == "zero")) {
        order = 1;
    } else if (evaluation == lastEvaluation() - 1 && shortRun) {
        order = std::min(order, 2);
    }
    return movesOn(evaluation) ? distinctLevels(evaluation, order) : 1;
}

DpmDerivatives DpmSolverMultistep::derivatives(int evaluation, int order) const
{
    DpmDerivatives result;
    result.value = m_outputs[0];
    if (order == 1) {
        return result;
    }
    const auto lambda = [&](int index) { return level(index).lambda(); };
    const double h = lambda(evaluation + 1) - lambda(evaluation);
    const double r0 = (lambda(evaluation) - lambda(evaluation - 1)) / h;
    const at::Tensor newer = (m_outputs[0] - m_outputs[1]) / r0;
    if (order == 2) {
        result.first = newer;
        return result;
    }
    const double r1 = (lambda(evaluation - 1) - lambda(evaluation - 2)) / h;
    const at::Tensor older = (m_outputs[1] - m_outputs[2]) / r1;
    result.first = newer + (newer - older) * (r0 / (r0 + r1));
    // Half of h² m″: the formula of the published code, which recorded pictures were made with.
    result.second = (newer - older) / (r0 + r1);
    return result;
}

// With h = λ_t − λ_s, D0 = m_0 and D1 = (m_0 − m_−1) / r0, r0 = (λ_s − λ_s−1) / h:
// 2M     x_t = σ_t/σ_s x_s − α_t (e^−h − 1) (D0 + D1/2)                           (Lu et al. 2022b, algorithm
// 2) SDE 2M x_t = σ_t/σ_s e^−h x_s + α_t (1 − e^−2h) (D0 + D1/2) + σ_t √(1 − e^−2h) z  (there, appendix on
// SDEs) 1 is the same without D1 (DDIM); 3M adds D2. dpmUpdate() computes all of them, from derivatives().
SchedulerStep DpmSolverMultistep::step(const at::Tensor& modelOutput, const at::Tensor& sample,
                                       int evaluation, const NoiseSource& noise)
{
    assert(evaluation >= 0 && evaluation < evaluationCount());
    const auto [output, original] = convert(modelOutput, sample, evaluation, integratesData(m_algorithm));
    m_outputs.push_front(output);
    if (static_cast<int>(m_outputs.size()) > config().solverOrder) {
        m_outputs.pop_back();
    }
    const bool stochastic = m_algorithm == DpmAlgorithm::SdeData || m_algorithm == DpmAlgorithm::SdeNoise;
    const at::Tensor draw = stochastic ? noise() : at::Tensor();

    const int order = orderAt(evaluation);
    // At third order the reference has the φ functions whatever `solver_type` says.
    const auto weight = order == 3 ? FirstDerivativeWeight::Heun : m_weight;
    const at::Tensor next = dpmUpdate(m_algorithm, weight, level(evaluation), level(evaluation + 1), sample,
                                      derivatives(evaluation, order), draw);
    return {next, original};
}

} // namespace unfog
