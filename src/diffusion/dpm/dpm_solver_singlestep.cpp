#include "diffusion/dpm/dpm_solver_singlestep.h"

#include <algorithm>
#include <cassert>

#include "diffusion/dpm/dpm_options.h"

namespace unfog {

Result<std::unique_ptr<Scheduler>> DpmSolverSinglestep::create(const SchedulerConfig& config)
{
    auto choice = readDpmChoice(config, {"dpmsolver", "dpmsolver++", "sde-dpmsolver++"});
    if (!choice) {
        return tl::unexpected(choice.error());
    }
    auto alphas = solverAlphasCumprod(config, false);
    if (!alphas) {
        return tl::unexpected(alphas.error());
    }
    SolverPlan plan;
    plan.finalLevel = config.finalSigmasType == "zero" ? FinalLevel::Zero : FinalLevel::TrainingMinimum;
    plan.clipsLambda = true;
    plan.thresholdsNoise = true;
    plan.alwaysLinspace = true;
    auto solver =
        std::unique_ptr<DpmSolverSinglestep>(new DpmSolverSinglestep(config, plan, std::move(*alphas)));
    solver->m_algorithm = choice->algorithm;
    solver->m_weight = choice->weight;
    return solver;
}

DpmSolverSinglestep::DpmSolverSinglestep(const SchedulerConfig& config, const SolverPlan& plan,
                                         std::vector<double> alphasCumprod)
    : DpmFamily(config, plan, std::move(alphasCumprod))
{
}

void DpmSolverSinglestep::forget()
{
    m_outputs.clear();
    m_blockStart = at::Tensor();
}

int DpmSolverSinglestep::plannedOrder(int evaluation) const
{
    const int count = evaluationCount();
    const int order = config().solverOrder;
    const bool endsAtZero = config().finalSigmasType == "zero";
    if (endsAtZero && evaluation == lastEvaluation()) {
        return 1;
    }
    // The reference switches `lower_order_final` on where blocks do not fill the run or the run ends at σ =
    // 0.
    const bool shortEnd = config().lowerOrderFinal || count % order != 0 || endsAtZero;
    if (shortEnd && count % order == 0) {
        // The last full block is replaced by [1, 2, 1] (order 3) or [1, 1] (order 2).
        if (evaluation == lastEvaluation()) {
            return 1;
        }
    }
    return evaluation % order + 1;
}

DpmDerivatives DpmSolverSinglestep::derivatives(int evaluation, int order) const
{
    DpmDerivatives result;
    result.value = m_outputs[order - 1];
    if (order == 1) {
        return result;
    }
    const int start = evaluation - order + 1;
    const double first = level(start).lambda();
    const double h = level(evaluation + 1).lambda() - first;
    const double r0 = (level(evaluation).lambda() - first) / h;
    const at::Tensor far = (m_outputs[0] - result.value) / r0;
    if (order == 2 || m_weight == FirstDerivativeWeight::Midpoint) {
        result.first = far;
        return result;
    }
    const double r1 = (level(evaluation - 1).lambda() - first) / h;
    const at::Tensor near = (m_outputs[1] - result.value) / r1;
    result.first = (near * r0 - far * r1) / (r0 - r1);
    result.second = (far - near) * (2.0 / (r0 - r1));
    return result;
}

// 2S: a step to the level between, u = σ_u/σ_s x_s − α_u (e^−(λ_u − λ_s) − 1) m_s, then from the same x_s
// x_t = σ_t/σ_s x_s − α_t (e^−h − 1) (D0 + D1/2), D0 = m_s, D1 = (m_u − m_s) / r0, r0 = (λ_u − λ_s) / h
// (Lu et al. 2022b, algorithm 1; 3S: Lu et al. 2022a, algorithm 2). dpmUpdate() computes both, from
// derivatives().
SchedulerStep DpmSolverSinglestep::step(const at::Tensor& modelOutput, const at::Tensor& sample,
                                        int evaluation, const NoiseSource& noise)
{
    assert(evaluation >= 0 && evaluation < evaluationCount());
    const auto [output, original] = convert(modelOutput, sample, evaluation, integratesData(m_algorithm));
    m_outputs.push_front(output);
    if (static_cast<int>(m_outputs.size()) > config().solverOrder) {
        m_outputs.pop_back();
    }
    const at::Tensor draw = m_algorithm == DpmAlgorithm::SdeData ? noise() : at::Tensor();

    // A run that begins inside a block (image-to-image) has no outputs from before: its first steps are of
    // lower order.
    int order = std::min(plannedOrder(evaluation), static_cast<int>(m_outputs.size()));
    order = distinctLevels(evaluation, order);
    if (order == 1) {
        m_blockStart = sample;
    }
    // At third order the reference has φ₂ whatever `solver_type` says.
    const auto weight = order == 3 ? FirstDerivativeWeight::Heun : m_weight;
    const at::Tensor next =
        dpmUpdate(m_algorithm, weight, level(evaluation - order + 1), level(evaluation + 1), m_blockStart,
                  derivatives(evaluation, order), draw);
    return {next, original};
}

} // namespace unfog
