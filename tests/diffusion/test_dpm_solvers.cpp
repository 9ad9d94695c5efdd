#include <cmath>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "diffusion/schedule/phi_functions.h"
#include "diffusion/solver_making.h"

namespace unfog {

namespace {

using nlohmann::json;

constexpr const char* kMulti = "DPMSolverMultistepScheduler";
constexpr const char* kSingle = "DPMSolverSinglestepScheduler";
constexpr const char* kUniPc = "UniPCMultistepScheduler";
constexpr const char* kDeis = "DEISMultistepScheduler";

at::Tensor picture(at::ScalarType dtype = at::kDouble)
{
    return at::linspace(-1.5, 1.5, 2 * 4 * 3 * 3, dtype).view({2, 4, 3, 3}).sin();
}

// Runs from evaluation `first` on with a smooth stand-in for a network; returns every step.
std::vector<SchedulerStep> run(Scheduler& solver, int first = 0, at::Tensor x = picture(),
                               int* draws = nullptr)
{
    std::vector<SchedulerStep> steps;
    solver.begin(first);
    for (int i = first; i < solver.evaluationCount(); ++i) {
        const double t = solver.timesteps()[i];
        const at::Tensor output = (x * (t / (t + 1.0))).tanh();
        int drawn = 0;
        steps.push_back(solver.step(output, x, i, [&] {
            ++drawn;
            return at::cos(picture(x.scalar_type()) * (i + 1.0));
        }));
        x = steps.back().sample;
        if (draws) {
            *draws += drawn;
        }
    }
    return steps;
}

std::vector<SchedulerStep> runSteps(const char* className, const json& keys, int count)
{
    const auto solver = makeSolver(className, keys);
    EXPECT_TRUE(solver && solver->setTimesteps(count));
    return run(*solver);
}

void expectClose(const at::Tensor& a, const at::Tensor& b, double tolerance = 1e-12)
{
    EXPECT_LE((a - b).abs().max().item<double>(), tolerance * std::max(1.0, b.abs().max().item<double>()));
}

// Every class with its algorithms and solver types.
struct Variant {
    const char* name;
    const char* className;
    json keys;
};

std::vector<Variant> variants()
{
    return {
        {"DpmPlusPlus", kMulti, {{"algorithm_type", "dpmsolver++"}}},
        {"DpmPlusPlusHeun", kMulti, {{"algorithm_type", "dpmsolver++"}, {"solver_type", "heun"}}},
        {"Dpm", kMulti, {{"algorithm_type", "dpmsolver"}, {"final_sigmas_type", "sigma_min"}}},
        {"DpmHeun",
         kMulti,
         {{"algorithm_type", "dpmsolver"}, {"solver_type", "heun"}, {"final_sigmas_type", "sigma_min"}}},
        {"SdePlusPlus", kMulti, {{"algorithm_type", "sde-dpmsolver++"}}},
        {"SdePlusPlusHeun", kMulti, {{"algorithm_type", "sde-dpmsolver++"}, {"solver_type", "heun"}}},
        {"PlusPlusNoLowerEnd",
         kMulti,
         {{"lower_order_final", false}, {"solver_type", "heun"}, {"final_sigmas_type", "sigma_min"}}},
        {"EulerAtFinal", kMulti, {{"euler_at_final", true}, {"final_sigmas_type", "sigma_min"}}},
        {"Single", kSingle, json::object()},
        {"SingleLowerEnd", kSingle, {{"lower_order_final", true}, {"solver_type", "heun"}}},
        {"SingleDpm", kSingle, {{"algorithm_type", "dpmsolver"}, {"final_sigmas_type", "sigma_min"}}},
        {"SingleSde", kSingle, {{"algorithm_type", "sde-dpmsolver++"}, {"solver_type", "heun"}}},
        {"UniPc", kUniPc, json::object()},
        {"UniPcB1", kUniPc, {{"solver_type", "bh1"}}},
        {"UniPcNoise", kUniPc, {{"predict_x0", false}}},
        {"UniPcNoLowerEnd", kUniPc, {{"lower_order_final", false}, {"solver_type", "bh1"}}},
        {"UniPcUncorrected", kUniPc, {{"disable_corrector", {0, 1}}, {"final_sigmas_type", "sigma_min"}}},
        {"Deis", kDeis, json::object()},
        {"DeisNoLowerEnd", kDeis, {{"lower_order_final", false}}},
    };
}

std::vector<std::pair<std::string, json>> spacings()
{
    return {{"Linspace", json::object()},
            {"Leading", {{"timestep_spacing", "leading"}, {"steps_offset", 1}}},
            {"Trailing", {{"timestep_spacing", "trailing"}}},
            {"Karras", {{"use_karras_sigmas", true}}},
            {"Exponential", {{"use_exponential_sigmas", true}}},
            {"Beta", {{"use_beta_sigmas", true}}},
            {"Lu", {{"use_lu_lambdas", true}}},
            {"Flow", {{"use_flow_sigmas", true}, {"flow_shift", 3.0}}},
            {"Cosine", {{"beta_schedule", "squaredcos_cap_v2"}, {"lambda_min_clipped", -5.1}}},
            {"ZeroSnr", {{"rescale_betas_zero_snr", true}, {"timestep_spacing", "trailing"}}}};
}

class EverySolver : public ::testing::TestWithParam<std::tuple<Variant, std::pair<std::string, json>, int>> {
protected:
    json keys() const
    {
        json result = std::get<0>(GetParam()).keys;
        result.update(std::get<1>(GetParam()).second);
        result["solver_order"] = std::get<2>(GetParam());
        return result;
    }
    const char* className() const { return std::get<0>(GetParam()).className; }
};

TEST_P(EverySolver, StaysFiniteForAnyNumberOfSteps)
{
    for (const int count : {1, 2, 3, 4, 7, 15, 16}) {
        const auto solver = makeSolver(className(), keys());
        ASSERT_TRUE(solver);
        ASSERT_TRUE(solver->setTimesteps(count));
        ASSERT_GE(solver->evaluationCount(), 1);
        ASSERT_EQ(solver->sigmas().size(), solver->timesteps().size() + 1);
        for (const SchedulerStep& step : run(*solver)) {
            ASSERT_TRUE(step.sample.isfinite().all().item<bool>()) << count << " steps";
            ASSERT_TRUE(step.predictedOriginal.isfinite().all().item<bool>()) << count << " steps";
            ASSERT_EQ(step.sample.scalar_type(), at::kDouble);
            ASSERT_EQ(step.sample.sizes(), picture().sizes());
        }
    }
}

TEST_P(EverySolver, BeginForgetsWhatWasRunBefore)
{
    const auto solver = makeSolver(className(), keys());
    ASSERT_TRUE(solver && solver->setTimesteps(10));
    const int middle = solver->evaluationCount() / 2;
    run(*solver);
    const auto again = run(*solver, middle);
    const auto fresh = makeSolver(className(), keys());
    ASSERT_TRUE(fresh && fresh->setTimesteps(10));
    const auto expected = run(*fresh, middle);
    ASSERT_EQ(again.size(), expected.size());
    for (std::size_t i = 0; i < again.size(); ++i) {
        EXPECT_TRUE(again[i].sample.equal(expected[i].sample));
    }
}

TEST_P(EverySolver, StartsInTheMiddleWithFirstOrder)
{
    json first = keys();
    first["solver_order"] = 1;
    const auto solver = makeSolver(className(), keys());
    const auto simple = makeSolver(className(), first);
    ASSERT_TRUE(solver && simple && solver->setTimesteps(9) && simple->setTimesteps(9));
    const int middle = solver->evaluationCount() / 2;
    expectClose(run(*solver, middle).front().sample, run(*simple, middle).front().sample);
}

std::string everyName(const ::testing::TestParamInfo<EverySolver::ParamType>& info)
{
    return std::string(std::get<0>(info.param).name) + std::get<1>(info.param).first + "Order" +
           std::to_string(std::get<2>(info.param));
}

INSTANTIATE_TEST_SUITE_P(Table, EverySolver,
                         ::testing::Combine(::testing::ValuesIn(variants()), ::testing::ValuesIn(spacings()),
                                            ::testing::Values(1, 2, 3)),
                         everyName);

TEST(DpmSolvers, SurviveLevelsThatAreVisitedTwice)
{
    for (const char* className : {kMulti, kSingle, kUniPc, kDeis}) {
        for (const char* spacing : {"linspace", "leading"}) {
            const json keys = {{"solver_order", 3}, {"timestep_spacing", spacing}};
            const auto solver = makeSolver(className, keys);
            ASSERT_TRUE(solver && solver->setTimesteps(1000));
            EXPECT_TRUE(run(*solver).back().sample.isfinite().all().item<bool>())
                << className << " " << spacing;
        }
    }
}

TEST(DpmSolvers, OneStepToZeroIsThePrediction)
{
    for (const Variant& variant : variants()) {
        if (variant.className == kDeis || variant.keys.contains("final_sigmas_type")) {
            continue;
        }
        const auto steps = runSteps(variant.className, variant.keys, 1);
        ASSERT_EQ(steps.size(), 1U);
        SCOPED_TRACE(variant.name);
        expectClose(steps[0].sample, steps[0].predictedOriginal, 1e-9);
    }
}

TEST(DpmSolvers, FirstOrderIsDdim)
{
    const json spacing = {{"timestep_spacing", "trailing"}, {"solver_order", 1}};
    const auto ddim =
        runSteps("DDIMScheduler", {{"timestep_spacing", "trailing"}, {"clip_sample", false}}, 10);
    for (const char* className : {kMulti, kUniPc}) {
        json keys = spacing;
        keys["disable_corrector"] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
        const auto steps = runSteps(className, keys, 10);
        ASSERT_EQ(steps.size(), ddim.size());
        for (std::size_t i = 0; i < steps.size(); ++i) {
            expectClose(steps[i].sample, ddim[i].sample, 1e-5);
            expectClose(steps[i].predictedOriginal, ddim[i].predictedOriginal, 1e-5);
        }
    }
}

TEST(DpmSolvers, NoiseAndDataFormsAgreeAtFirstOrder)
{
    json keys = {{"solver_order", 1}, {"final_sigmas_type", "sigma_min"}};
    const auto data = runSteps(kMulti, keys, 12);
    keys["algorithm_type"] = "dpmsolver";
    const auto noise = runSteps(kMulti, keys, 12);
    expectClose(data.back().sample, noise.back().sample);
    expectClose(data.back().sample, runSteps(kSingle, keys, 12).back().sample);
    expectClose(data.back().sample, runSteps(kDeis, {{"solver_order", 1}}, 12).back().sample);
}

TEST(DpmSolvers, DeisOfSecondOrderIsDpmSolverOfHeunType)
{
    // Both fit ε̂ with a line in λ and integrate it exactly.
    const json keys = {
        {"algorithm_type", "dpmsolver"}, {"solver_type", "heun"}, {"final_sigmas_type", "sigma_min"}};
    expectClose(runSteps(kDeis, {{"solver_order", 2}}, 20).back().sample,
                runSteps(kMulti, keys, 20).back().sample, 1e-9);
}

TEST(DpmSolvers, DrawNoiseOnceAStepWhereStochastic)
{
    const auto draws = [](const char* className, const json& keys) {
        const auto solver = makeSolver(className, keys);
        EXPECT_TRUE(solver && solver->setTimesteps(6));
        int count = 0;
        run(*solver, 0, picture(), &count);
        return count;
    };
    EXPECT_EQ(draws(kMulti, {{"algorithm_type", "sde-dpmsolver++"}}), 6);
    EXPECT_EQ(draws(kMulti, {{"algorithm_type", "sde-dpmsolver"}, {"final_sigmas_type", "sigma_min"}}), 6);
    EXPECT_EQ(draws(kSingle, {{"algorithm_type", "sde-dpmsolver++"}}), 6);
    for (const Variant& variant : variants()) {
        if (variant.keys.value("algorithm_type", "").rfind("sde", 0) != 0) {
            EXPECT_EQ(draws(variant.className, variant.keys), 0) << variant.name;
        }
    }
}

TEST(DpmSolvers, KeepSinglePrecision)
{
    const auto solver = makeSolver(kUniPc, {{"solver_order", 3}, {"thresholding", true}});
    ASSERT_TRUE(solver && solver->setTimesteps(5));
    for (const SchedulerStep& step : run(*solver, 0, picture(at::kFloat))) {
        EXPECT_EQ(step.sample.scalar_type(), at::kFloat);
        EXPECT_EQ(step.predictedOriginal.scalar_type(), at::kFloat);
    }
}

TEST(DpmSolvers, ThresholdTheirPredictions)
{
    for (const auto& [className, keys] : std::vector<std::pair<const char*, json>>{
             {kMulti, {{"thresholding", true}}},
             {kMulti,
              {{"thresholding", true}, {"algorithm_type", "dpmsolver"}, {"final_sigmas_type", "sigma_min"}}},
             {kSingle, {{"thresholding", true}}},
             {kUniPc, {{"thresholding", true}}},
             {kDeis, {{"thresholding", true}}}}) {
        for (const SchedulerStep& step : runSteps(className, keys, 6)) {
            EXPECT_LE(step.predictedOriginal.abs().max().item<double>(), 1.0 + 1e-12);
        }
    }
}

TEST(DpmSolvers, AddNoiseAtTheLevelOfTheEvaluation)
{
    const auto solver = makeSolver(kMulti, {{"use_karras_sigmas", true}});
    ASSERT_TRUE(solver && solver->setTimesteps(8));
    const at::Tensor noise = picture().cos();
    const double sigma = solver->noiseLevel(3);
    const double alpha = 1.0 / std::sqrt(1.0 + sigma * sigma);
    expectClose(solver->addNoise(picture(), noise, 3), picture() * alpha + noise * (sigma * alpha));

    const auto flow = makeSolver(kMulti, {{"use_flow_sigmas", true}, {"prediction_type", "flow_prediction"}});
    ASSERT_TRUE(flow && flow->setTimesteps(8));
    const double level = flow->noiseLevel(3);
    expectClose(flow->addNoise(picture(), noise, 3), picture() * (1.0 - level) + noise * level);
}

TEST(DpmSolvers, PredictionTypesDescribeTheSameNetwork)
{
    const at::Tensor original = picture();
    const at::Tensor noise = picture().cos();
    for (const char* className : {kMulti, kSingle, kUniPc, kDeis}) {
        for (const bool flow : {false, true}) {
            for (const char* prediction : {"epsilon", "sample", "v_prediction", "flow_prediction"}) {
                if (flow == (std::string(prediction) == "v_prediction") || (!flow && prediction[0] == 'f')) {
                    continue;
                }
                const auto solver =
                    makeSolver(className, {{"prediction_type", prediction}, {"use_flow_sigmas", flow}});
                ASSERT_TRUE(solver && solver->setTimesteps(5));
                const at::Tensor x = solver->addNoise(original, noise, 2);
                const double sigma = solver->noiseLevel(2);
                const double alpha = 1.0 / std::sqrt(1.0 + sigma * sigma);
                const at::Tensor output = prediction[0] == 'e'   ? noise
                                          : prediction[0] == 's' ? original
                                          : prediction[0] == 'f' ? noise - original
                                                                 : noise * alpha - original * (sigma * alpha);
                solver->begin(2);
                const SchedulerStep step = solver->step(output, x, 2, {});
                expectClose(step.predictedOriginal, original);
                // Exact output: the next sample is the same noise at the next level.
                expectClose(step.sample, solver->addNoise(original, noise, 3));
            }
        }
    }
}

// DPM-Solver++ 2M in float32 from first to last, as the published formulas are run. From σ = 4096 or 20000
// on, x̂₀ is a small difference of large numbers: with coefficients of another accuracy it would be off by
// 6e-5.
TEST(DpmSolvers, MatchSinglePrecisionFormulasAtHighNoise)
{
    const std::vector<json> schedules = {{{"beta_schedule", "squaredcos_cap_v2"}},
                                         {{"rescale_betas_zero_snr", true}}};
    for (json keys : schedules) {
        keys["timestep_spacing"] = "trailing";
        const auto solver = makeSolver(kMulti, keys);
        ASSERT_TRUE(solver && solver->setTimesteps(6));
        const at::Tensor sigmas = at::tensor(solver->sigmas(), at::kFloat);
        const auto alpha = [&](int i) { return 1.0 / (sigmas[i].square() + 1.0).sqrt(); };
        const auto sigma = [&](int i) { return sigmas[i] * alpha(i); };
        const auto lambda = [&](int i) { return alpha(i).log() - sigma(i).log(); };
        at::Tensor x = picture(at::kFloat);
        at::Tensor before;
        for (int i = 0; i < 6; ++i) {
            const double t = solver->timesteps()[i];
            const at::Tensor output = x * (t / (t + 1.0));
            const SchedulerStep step = solver->step(output, x, i, {});
            const at::Tensor original = (x - sigma(i) * output) / alpha(i);
            const at::Tensor h = lambda(i + 1) - lambda(i);
            at::Tensor mean = original;
            if (i > 0 && i < 5) {
                mean = original + (original - before) * (0.5 * h / (lambda(i) - lambda(i - 1)));
            }
            const at::Tensor next =
                x * (sigma(i + 1) / sigma(i)) - mean * (alpha(i + 1) * ((-h).exp() - 1.0));
            SCOPED_TRACE("step " + std::to_string(i));
            expectClose(step.predictedOriginal, original, 1e-5);
            expectClose(step.sample, next, 1e-5);
            before = original;
            x = next;
        }
    }
}

// Timesteps as the reference's integers; where it cuts (exponential, beta, flow) and where it rounds (Karras,
// Lu).
TEST(SolverLevels, RoundWhereTheReferenceRounds)
{
    const auto timesteps = [](const char* className, const json& keys, int count) {
        const auto solver = makeSolver(className, keys);
        EXPECT_TRUE(solver && solver->setTimesteps(count));
        return solver->timesteps();
    };
    using Values = std::vector<double>;
    EXPECT_EQ(timesteps(kMulti, {}, 2), (Values{999, 500}));
    EXPECT_EQ(timesteps(kMulti, {}, 6), (Values{999, 832, 666, 500, 333, 166}));
    EXPECT_EQ(timesteps(kUniPc, {{"timestep_spacing", "leading"}, {"steps_offset", 1}}, 3),
              (Values{751, 501, 251}));
    EXPECT_EQ(timesteps(kDeis, {{"timestep_spacing", "trailing"}}, 3), (Values{999, 666, 332}));
    EXPECT_EQ(timesteps(kSingle, {{"timestep_spacing", "trailing"}}, 2), (Values{999, 500}))
        << "has no such key";
    EXPECT_EQ(timesteps(kMulti, {{"use_karras_sigmas", true}}, 3), (Values{999, 427, 0}));
    // log σ of the largest level rounds up in float32: its timestep is found just below 999 and cut.
    EXPECT_EQ(timesteps(kMulti, {{"use_exponential_sigmas", true}}, 2), (Values{998, 0}));
    EXPECT_EQ(timesteps(kUniPc, {{"use_flow_sigmas", true}}, 3), (Values{999, 666, 332}));
    EXPECT_EQ(timesteps(kUniPc, {{"use_flow_sigmas", true}, {"flow_shift", 3.0}}, 2), (Values{999, 749}));
}

TEST(SolverLevels, EndWhereTheClassEnds)
{
    const auto sigmas = [](const char* className, const json& keys) {
        const auto solver = makeSolver(className, keys);
        EXPECT_TRUE(solver && solver->setTimesteps(5));
        return solver->sigmas();
    };
    const double smallest = 0.029167532920837402;
    EXPECT_EQ(sigmas(kMulti, {}).back(), 0.0);
    EXPECT_EQ(sigmas(kUniPc, {{"use_flow_sigmas", true}}).back(), 0.0);
    EXPECT_NEAR(sigmas(kMulti, {{"final_sigmas_type", "sigma_min"}}).back(), smallest, 1e-7);
    EXPECT_NEAR(sigmas(kMulti, {{"final_sigmas_type", "sigma_min"}, {"use_flow_sigmas", true}}).back(),
                smallest, 1e-7);
    EXPECT_NEAR(sigmas(kUniPc, {{"final_sigmas_type", "sigma_min"}}).back(), smallest, 1e-7);
    EXPECT_NEAR(sigmas(kDeis, {}).back(), smallest, 1e-7);
    const auto flow = sigmas(kUniPc, {{"final_sigmas_type", "sigma_min"}, {"use_flow_sigmas", true}});
    EXPECT_EQ(flow.back(), flow[4]);
    const auto deisFlow = sigmas(kDeis, {{"use_flow_sigmas", true}});
    EXPECT_EQ(deisFlow.back(), deisFlow[4]);
}

TEST(SolverLevels, ZeroTerminalSnrStartsAtAFiniteLevel)
{
    const json keys = {{"rescale_betas_zero_snr", true}, {"timestep_spacing", "trailing"}};
    for (const char* className : {kMulti, kUniPc}) {
        const auto solver = makeSolver(className, keys);
        ASSERT_TRUE(solver && solver->setTimesteps(5));
        EXPECT_NEAR(solver->noiseLevel(0), 4096.0, 0.01);
    }
    for (const char* className : {kSingle, kDeis}) {
        const auto solver = makeSolver(className, keys);
        ASSERT_TRUE(solver && solver->setTimesteps(5));
        EXPECT_LT(solver->noiseLevel(0), 15.0) << className << " has no such key";
    }
}

TEST(SolverLevels, ClippedLambdaShortensTheRun)
{
    const json cosine = {{"beta_schedule", "squaredcos_cap_v2"}, {"lambda_min_clipped", -5.1}};
    for (const char* className : {kMulti, kSingle}) {
        const auto solver = makeSolver(className, cosine);
        ASSERT_TRUE(solver && solver->setTimesteps(4));
        EXPECT_LT(solver->timesteps().front(), 999.0);
        EXPECT_LE(std::log(solver->noiseLevel(0)), 5.1);
    }
    const auto unclipped = makeSolver(kUniPc, cosine);
    ASSERT_TRUE(unclipped && unclipped->setTimesteps(4));
    EXPECT_EQ(unclipped->timesteps().front(), 999.0);
}

TEST(SolverLevels, DynamicShiftReplacesTheFixedOne)
{
    const json keys = {{"use_flow_sigmas", true}, {"prediction_type", "flow_prediction"}};
    json dynamic = keys;
    dynamic["use_dynamic_shifting"] = true;
    json fixed = keys;
    fixed["flow_shift"] = std::exp(1.25);
    for (const char* className : {kMulti, kSingle, kUniPc, kDeis}) {
        const auto a = makeSolver(className, dynamic);
        const auto b = makeSolver(className, fixed);
        TimestepOptions options;
        options.mu = 1.25;
        ASSERT_TRUE(a && b && a->setTimesteps(5, options) && b->setTimesteps(5));
        EXPECT_EQ(a->sigmas(), b->sigmas());
        EXPECT_FALSE(b->setTimesteps(5, options).has_value());
    }
}

TEST(SolverLevels, RefuseImpossibleStepCounts)
{
    const auto solver = makeSolver(kMulti);
    ASSERT_TRUE(solver);
    for (const int count : {0, -1, 1001}) {
        const auto result = solver->setTimesteps(count);
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().kind, ErrorKind::InvalidRequest);
        EXPECT_NE(result.error().message.find(std::to_string(count)), std::string::npos);
    }
}

struct Refused {
    const char* className;
    json keys;
    const char* named; // what the message must say
};

class RefusedConfiguration : public ::testing::TestWithParam<Refused> {};

TEST_P(RefusedConfiguration, NamesTheKeyAndWhatIsKnown)
{
    const Refused& refused = GetParam();
    const std::string message = refusal(refused.className, refused.keys);
    EXPECT_NE(message.find(refused.named), std::string::npos) << refused.keys.dump() << ": " << message;
}

INSTANTIATE_TEST_SUITE_P(
    Table, RefusedConfiguration,
    ::testing::Values(
        Refused{
            kMulti, {{"algorithm_type", "dpm"}}, "dpmsolver, dpmsolver++, sde-dpmsolver, sde-dpmsolver++"},
        Refused{kSingle, {{"algorithm_type", "sde-dpmsolver"}}, "dpmsolver, dpmsolver++, sde-dpmsolver++"},
        Refused{kDeis, {{"algorithm_type", "sde-dpmsolver"}}, "deis, dpmsolver, dpmsolver++"},
        Refused{kMulti, {{"solver_type", "ralston"}}, "midpoint, heun"},
        Refused{kUniPc, {{"solver_type", "bh3"}}, "bh1, bh2"},
        Refused{kDeis, {{"solver_type", "linear"}}, "logrho"},
        Refused{kMulti, {{"solver_order", 4}}, "solver_order is 4, known are 1 to 3"},
        Refused{kUniPc, {{"solver_order", 0}}, "solver_order is 0"},
        Refused{
            kMulti,
            {{"algorithm_type", "sde-dpmsolver"}, {"solver_order", 3}, {"final_sigmas_type", "sigma_min"}},
            "known are 1 to 2"},
        Refused{kMulti, {{"algorithm_type", "dpmsolver"}}, "sigma_min"},
        Refused{kSingle, {{"algorithm_type", "dpmsolver"}}, "sigma_min"},
        Refused{kMulti, {{"variance_type", "learned_range"}}, "variance_type"},
        Refused{kSingle, {{"variance_type", "learned"}}, "variance_type"},
        Refused{kMulti, {{"final_sigmas_type", "one"}}, "zero, sigma_min"},
        Refused{kMulti, {{"use_karras_sigmas", true}, {"use_beta_sigmas", true}}, "only one of"},
        Refused{kMulti, {{"prediction_type", "noise"}}, "epsilon, sample, v_prediction, flow_prediction"},
        Refused{kUniPc, {{"predict_x0", false}, {"prediction_type", "flow_prediction"}}, "epsilon, sample"},
        Refused{kUniPc, {{"solver_p", {{"_class_name", kDeis}}}}, "solver_p"},
        Refused{kMulti, {{"beta_schedule", "stairs"}}, "squaredcos_cap_v2"}));

TEST(DpmSolvers, TakeTheNamesOfTheOtherClassesAsTheReferenceDoes)
{
    EXPECT_EQ(refusal(kMulti, {{"algorithm_type", "deis"}, {"solver_type", "logrho"}}), "");
    EXPECT_EQ(refusal(kSingle, {{"algorithm_type", "deis"}, {"solver_type", "bh2"}}), "");
    EXPECT_EQ(refusal(kUniPc, {{"solver_type", "midpoint"}}), "");
    EXPECT_EQ(refusal(kDeis, {{"algorithm_type", "dpmsolver++"}, {"solver_type", "heun"}}), "");
}

TEST(PhiFunctions, SeriesAndRecursionMeet)
{
    for (int k = 0; k <= 5; ++k) {
        for (const double z : {-1.0, 1.0}) {
            EXPECT_NEAR(phi(k, z * (1.0 - 1e-12)), phi(k, z), 1e-11) << k;
        }
    }
    EXPECT_DOUBLE_EQ(phi(0, 0.5), std::exp(0.5));
    EXPECT_DOUBLE_EQ(phi(2, 0.0), 0.5);
    EXPECT_DOUBLE_EQ(phi(3, 0.0), 1.0 / 6.0);
    EXPECT_NEAR(scaledPhi(2, 1e-9), 5e-10, 1e-18);
    EXPECT_EQ(scaledPhi(1, -INFINITY), -1.0);
    EXPECT_EQ(scaledPhi(3, -INFINITY), -0.5);
}

} // namespace

} // namespace unfog
