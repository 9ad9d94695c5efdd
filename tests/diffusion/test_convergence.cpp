#include <cmath>
#include <iostream>
#include <map>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "diffusion/dpm/dpm_update.h"
#include "diffusion/gaussian_mixture.h"
#include "diffusion/solver_making.h"

// With the exactly known denoiser of a Gaussian mixture in the network's place, the error of a run falls with
// the p-th power of the step width, p being the solver's order: halving the steps' width divides it by 2^p.

namespace unfog {

namespace {

using nlohmann::json;

constexpr int kReferenceSteps = 1500;

enum class Path { VariancePreserving, VarianceExploding, Flow };

struct Case {
    const char* name;
    const char* className;
    json keys;
    double order;
    Path path = Path::VariancePreserving;
    // One step more than intervals: the last one is left out.
    std::vector<int> stepCounts = {49, 97, 193};
    double lastTimestep = -1.0; // where the run is judged, if not at its last evaluation
};

std::ostream& operator<<(std::ostream& out, const Case& solver)
{
    return out << solver.name;
}

at::Tensor startPoints()
{
    return at::tensor({0.3, -0.8, 1.2, 0.5, -0.9, 0.1, -0.2, -1.4}, at::kDouble).view({4, 2});
}

double rootMeanSquare(const at::Tensor& difference)
{
    return difference.square().mean().sqrt().item<double>();
}

// α and σ of x = α x₀ + σ ε as the network sees it.
SignalLevel seenLevel(Path path, double noiseLevel)
{
    if (path == Path::Flow) {
        return SignalLevel::ofFlowSigma(noiseLevel);
    }
    return SignalLevel::ofAlphaBar(1.0 / (1.0 + noiseLevel * noiseLevel));
}

// Straight paths x = (1 − σ) x₀ + σ ε: dx/dσ = E[ε − x₀ | x], by Runge-Kutta of fourth order.
at::Tensor followStraightFlow(const GaussianMixture& mixture, at::Tensor x, double from, double to, int steps)
{
    const double h = (to - from) / steps;
    const auto velocity = [&](const at::Tensor& at, double sigma) {
        return (at - mixture.denoise(at, 1.0 - sigma, sigma)) / sigma;
    };
    for (int i = 0; i < steps; ++i) {
        const double sigma = from + i * h;
        const at::Tensor k1 = velocity(x, sigma);
        const at::Tensor k2 = velocity(x + k1 * (h / 2), sigma + h / 2);
        const at::Tensor k3 = velocity(x + k2 * (h / 2), sigma + h / 2);
        const at::Tensor k4 = velocity(x + k3 * h, sigma + h);
        x = x + (k1 + k2 * 2 + k3 * 2 + k4) * (h / 6);
    }
    return x;
}

// Where the exact flow leads from startPoints() at level `first`: x on straight paths, y = x / α elsewhere.
at::Tensor exactEnd(Path path, double first, double end)
{
    static std::map<std::tuple<bool, double, double>, at::Tensor> known;
    at::Tensor& result = known[{path == Path::Flow, first, end}];
    if (!result.defined()) {
        const GaussianMixture mixture = planarMixture();
        const at::Tensor start = startPoints() * first;
        result = path == Path::Flow ? followStraightFlow(mixture, start, first, end, kReferenceSteps)
                                    : followFlow(mixture, start, first, end, kReferenceSteps);
    }
    return result;
}

// The distance to the exact flow at the level of the last evaluation. The step after it, to σ = 0 or over no
// distance, is of first order in every solver and stays out.
double errorOf(const Case& solver, int steps)
{
    const std::unique_ptr<Scheduler> scheduler = makeSolver(solver.className, solver.keys);
    if (!scheduler || !scheduler->setTimesteps(steps)) {
        ADD_FAILURE() << solver.name << " cannot take " << steps << " steps";
        return 0.0;
    }
    const GaussianMixture mixture = planarMixture();
    int last = scheduler->evaluationCount() - 1;
    while (solver.lastTimestep >= 0.0 && last > 0 && scheduler->timesteps()[last] != solver.lastTimestep) {
        --last;
    }
    const double first = scheduler->noiseLevel(0);
    const double end = scheduler->noiseLevel(last);
    const bool preserving = solver.path == Path::VariancePreserving;

    at::Tensor x = startPoints() * (preserving ? seenLevel(solver.path, first).sigma : first);
    for (int i = 0; i < last; ++i) {
        const SignalLevel level = seenLevel(solver.path, scheduler->noiseLevel(i));
        const at::Tensor input = scheduler->scaleModelInput(x, i);
        const at::Tensor output =
            solver.path == Path::Flow
                ? (input - mixture.denoise(input, level.alpha, level.sigma)) / level.sigma
                : mixture.noise(input, level.alpha, level.sigma);
        x = scheduler->step(output, x, i, {}).sample;
        EXPECT_EQ(x.scalar_type(), at::kDouble);
    }
    const double alpha = preserving ? seenLevel(solver.path, end).alpha : 1.0;
    return rootMeanSquare(x / alpha - exactEnd(solver.path, first, end));
}

class Convergence : public ::testing::TestWithParam<Case> {};

TEST_P(Convergence, ErrorFallsWithTheSolversOrder)
{
    const Case& solver = GetParam();
    std::vector<double> errors;
    for (const int steps : solver.stepCounts) {
        errors.push_back(errorOf(solver, steps));
        ASSERT_GT(errors.back(), 0.0);
    }
    const double slope = std::log2(errors[1] / errors[2]);
    RecordProperty("order", std::to_string(slope));
    std::cout << "[ measured ] " << solver.name << ": errors " << errors[0] << ", " << errors[1] << ", "
              << errors[2] << ", order " << slope << "\n";
    EXPECT_NEAR(slope, solver.order, 0.12);
}

// Levels uniform in log σ from the largest training level to the smallest, the same for every number of
// steps.
json uniform(json keys)
{
    keys["use_exponential_sigmas"] = true;
    keys["final_sigmas_type"] = "sigma_min";
    return keys;
}

// The same from a much noisier start, where the network's output hardly depends on σ yet: a multistep
// method's first steps, of lower order for want of history, then leave no trace.
json fromPureNoise(json keys)
{
    keys = uniform(std::move(keys));
    keys["beta_end"] = 0.04;
    return keys;
}

json dpm(const char* algorithm, const char* type, int order)
{
    return {{"algorithm_type", algorithm}, {"solver_type", type}, {"solver_order", order}};
}

json uni(const char* type, int order, bool predictsOriginal = true)
{
    return {{"solver_type", type}, {"solver_order", order}, {"predict_x0", predictsOriginal}};
}

json uncorrected(json keys)
{
    for (int i = 0; i < 1000; ++i) {
        keys["disable_corrector"].push_back(i);
    }
    return keys;
}

constexpr const char* kMulti = "DPMSolverMultistepScheduler";
constexpr const char* kSingle = "DPMSolverSinglestepScheduler";
constexpr const char* kUniPc = "UniPCMultistepScheduler";
constexpr const char* kDeis = "DEISMultistepScheduler";

std::string nameOf(const ::testing::TestParamInfo<Case>& info)
{
    return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(
    FirstOrder, Convergence,
    ::testing::Values(
        Case{"Ddim",
             "DDIMScheduler",
             {{"timestep_spacing", "trailing"}, {"clip_sample", false}},
             1.0,
             Path::VariancePreserving,
             {50, 100, 200},
             199.0},
        Case{"Euler", "EulerDiscreteScheduler", uniform({}), 1.0, Path::VarianceExploding},
        Case{"DpmSolver1", kMulti, uniform(dpm("dpmsolver", "midpoint", 1)), 1.0},
        Case{"DpmSolverPlusPlus1", kMulti, uniform(dpm("dpmsolver++", "midpoint", 1)), 1.0},
        Case{"DpmSolverPlusPlus1Singlestep", kSingle, uniform(dpm("dpmsolver++", "midpoint", 1)), 1.0},
        Case{"UniP1", kUniPc, uncorrected(uniform(uni("bh2", 1))), 1.0},
        Case{"Deis1", kDeis, uniform({{"solver_order", 1}}), 1.0},
        Case{"FlowEuler", "FlowMatchEulerDiscreteScheduler", {{"shift", 3.0}}, 1.0, Path::Flow}),
    nameOf);

INSTANTIATE_TEST_SUITE_P(
    SecondOrder, Convergence,
    ::testing::Values(Case{"Heun", "HeunDiscreteScheduler", uniform({}), 2.0, Path::VarianceExploding},
                      Case{"Dpm2", "KDPM2DiscreteScheduler", uniform({}), 2.0, Path::VarianceExploding},
                      Case{"DpmSolverPlusPlus2M", kMulti, uniform(dpm("dpmsolver++", "midpoint", 2)), 2.0},
                      Case{"DpmSolverPlusPlus2MHeun", kMulti, uniform(dpm("dpmsolver++", "heun", 2)), 2.0},
                      Case{"DpmSolver2M", kMulti, uniform(dpm("dpmsolver", "midpoint", 2)), 2.0},
                      Case{"DpmSolver2MHeun", kMulti, uniform(dpm("dpmsolver", "heun", 2)), 2.0},
                      Case{"DpmSolverPlusPlus2S", kSingle, uniform(dpm("dpmsolver++", "midpoint", 2)), 2.0},
                      Case{"DpmSolverPlusPlus2SHeun", kSingle, uniform(dpm("dpmsolver++", "heun", 2)), 2.0},
                      Case{"DpmSolver2", kSingle, uniform(dpm("dpmsolver", "midpoint", 2)), 2.0},
                      Case{"DpmSolver2Heun", kSingle, uniform(dpm("dpmsolver", "heun", 2)), 2.0},
                      Case{"UniP2", kUniPc, uncorrected(uniform(uni("bh2", 2))), 2.0},
                      Case{"UniP2Noise", kUniPc, uncorrected(uniform(uni("bh1", 2, false))), 2.0},
                      Case{"UniPc1", kUniPc, uniform(uni("bh2", 1)), 2.0},
                      Case{"Deis2", kDeis, uniform({{"solver_order", 2}}), 2.0},
                      Case{"FlowHeun", "FlowMatchHeunDiscreteScheduler", {{"shift", 3.0}}, 2.0, Path::Flow},
                      // Third order in name: see the published formula's second derivative below.
                      Case{"DpmSolverPlusPlus3M", kMulti, uniform(dpm("dpmsolver++", "midpoint", 3)), 2.0},
                      Case{"DpmSolver3M", kMulti, uniform(dpm("dpmsolver", "midpoint", 3)), 2.0}),
    nameOf);

INSTANTIATE_TEST_SUITE_P(
    ThirdOrder, Convergence,
    ::testing::Values(Case{"DpmSolverPlusPlus3S", kSingle, uniform(dpm("dpmsolver++", "midpoint", 3)), 3.0},
                      Case{"DpmSolverPlusPlus3SHeun", kSingle, uniform(dpm("dpmsolver++", "heun", 3)), 3.0},
                      Case{"DpmSolver3", kSingle, uniform(dpm("dpmsolver", "midpoint", 3)), 3.0},
                      Case{"DpmSolver3Heun", kSingle, uniform(dpm("dpmsolver", "heun", 3)), 3.0},
                      Case{"UniPc2", kUniPc, uniform(uni("bh2", 2)), 3.0},
                      Case{"UniPc2B1", kUniPc, uniform(uni("bh1", 2)), 3.0},
                      Case{"UniPc2Noise", kUniPc, uniform(uni("bh2", 2, false)), 3.0},
                      Case{"UniP3", kUniPc, uncorrected(fromPureNoise(uni("bh2", 3))), 3.0}),
    nameOf);

TEST(ConvergenceOfUpdates, ThirdOrderNeedsTheWholeSecondDerivative)
{
    // One multistep update of DPM-Solver++ from exact history: its error is of order 4 with h² m″, and of
    // order 3 with the half of it that the published third-order code, and so the scheduler, has.
    const GaussianMixture mixture = planarMixture();
    const double start = 2.0;
    const auto errorOfStep = [&](double h, double share) {
        const auto at = [&](int k) {
            return followFlow(mixture, startPoints() * start, start, start * std::exp(-h * k), 400);
        };
        const auto level = [&](int k) {
            const double sigma = start * std::exp(-h * k);
            return SolverLevel{SignalLevel::ofAlphaBar(1.0 / (1.0 + sigma * sigma))};
        };
        const auto output = [&](int k) { return mixture.denoise(at(k), 1.0, start * std::exp(-h * k)); };
        const at::Tensor newer = output(2) - output(1);
        const at::Tensor older = output(1) - output(0);
        const DpmDerivatives derivatives{output(2), newer + (newer - older) / 2.0, (newer - older) * share};
        const at::Tensor next = dpmUpdate(DpmAlgorithm::Data, FirstDerivativeWeight::Heun, level(2), level(3),
                                          at(2) * level(2).alpha, derivatives, {});
        return rootMeanSquare(next / level(3).alpha - at(3));
    };
    EXPECT_NEAR(std::log2(errorOfStep(0.04, 1.0) / errorOfStep(0.02, 1.0)), 4.0, 0.15);
    EXPECT_NEAR(std::log2(errorOfStep(0.04, 0.5) / errorOfStep(0.02, 0.5)), 3.0, 0.15);
}

TEST(ConvergenceOfUpdates, HigherOrdersAreMoreAccurateAtEqualCost)
{
    const auto error = [](const char* className, json keys) {
        return errorOf({"compared", className, uniform(std::move(keys)), 0.0}, 25);
    };
    const double first = error(kMulti, dpm("dpmsolver++", "midpoint", 1));
    const double second = error(kMulti, dpm("dpmsolver++", "midpoint", 2));
    const double third = error(kMulti, dpm("dpmsolver++", "midpoint", 3));
    EXPECT_LT(second, first / 5.0);
    EXPECT_LT(third, second / 2.0);
    EXPECT_LT(error(kUniPc, uni("bh2", 2)), second / 2.0);
    EXPECT_LT(error(kUniPc, uni("bh2", 3)), error(kUniPc, uni("bh2", 2)));
}

} // namespace

} // namespace unfog
