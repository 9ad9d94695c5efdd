// The training loop against the mathematics: a network that learned a two-dimensional distribution must give
// samples of that distribution, whatever it was asked to predict.

#include <cmath>
#include <memory>
#include <numbers>
#include <optional>

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "diffusion/catalogue/scheduler_registry.h"
#include "networks/layers/layers.h"
#include "networks/unet/unet.h"
#include "pipeline/run/sampler.h"
#include "trainer/data/random_streams.h"
#include "trainer/networks/model_configs.h"
#include "trainer/training/diffusion_loss.h"
#include "trainer/training/training_loop.h"

using namespace unfog;

namespace {

constexpr std::int64_t features = 96;
constexpr std::int64_t sampleCount = 2000;

/// Points of Gerono's lemniscate, x⁴ = x² − y², with a little thickness, scaled to about unit variance:
/// [count, 2].
at::Tensor figureEight(std::int64_t count, at::Generator random)
{
    const at::TensorOptions options(at::kFloat);
    const at::Tensor angle = at::rand({count}, random, options) * (2.0 * std::numbers::pi);
    const at::Tensor points = at::stack({at::cos(angle) * 1.4, at::sin(angle) * at::cos(angle) * 2.0}, 1);
    return points + 0.03 * at::randn({count, 2}, random, options);
}

/// A small residual network over (x, y) and the sinusoids of the timestep.
struct PointNetwork {
    Linear in, time, hidden1, hidden2, out;

    explicit PointNetwork(const Parameters& p)
        : in(p / "in", 2, features), time(p / "time", 64, features),
          hidden1(p / "hidden1", features, features), hidden2(p / "hidden2", features, features),
          out(p / "out", features, 2)
    {
    }

    at::Tensor operator()(const at::Tensor& points, const at::Tensor& timesteps) const
    {
        at::Tensor x = in(points) + time(sinusoidalEmbedding(timesteps, 64, true, 0.0));
        x = x + hidden1(at::silu(x));
        x = x + hidden2(at::silu(x));
        return out(at::silu(x));
    }
};

/// Mean 1-Wasserstein distance of the projections onto 64 directions; of two samples of equal size it is the
/// mean distance of their sorted values (Rabin et al. 2011, section 2).
double slicedDistance(const at::Tensor& a, const at::Tensor& b)
{
    constexpr int directions = 64;
    const at::Tensor angle =
        at::arange(directions, at::TensorOptions(at::kFloat)) * (std::numbers::pi / directions);
    const at::Tensor onto = at::stack({at::cos(angle), at::sin(angle)});
    const auto sorted = [&](const at::Tensor& points) {
        return std::get<0>(at::matmul(points, onto).sort(0));
    };
    return (sorted(a) - sorted(b)).abs().mean().item<double>();
}

class FigureEight : public testing::TestWithParam<const char*> {
protected:
    FigureEight()
    {
        // Operations this small are slower on many threads, above all on a busy machine.
        at::set_num_threads(1);
        NoiseScheduleSettings settings;
        settings.betaSchedule = "linear";
        m_schedule = *NoiseSchedule::create(settings);
        std::vector<ParameterSet> sets;
        sets.emplace_back(1, at::kCPU);
        const PointNetwork parameterRequestPass{Parameters(sets.front())};
        sets.front().finish();
        m_state = std::make_unique<TrainingState>(std::move(sets), AdamWSettings{});
        m_network.emplace(Parameters(m_state->workers().front()));
    }

    void train(std::int64_t steps)
    {
        const DiffusionObjective objective(*parsePrediction(GetParam()), *m_schedule, 5.0);
        LoopSettings loop;
        loop.steps = steps;
        loop.learningRate = 4e-3;
        loop.emaDecay = 0.99;
        const auto done = runTrainingLoop(
            loop, *m_state,
            [&](int, std::int64_t batch) {
                const auto index = static_cast<std::uint64_t>(batch);
                return diffusionLoss(objective, figureEight(256, namedStream(3, "points", index)),
                                     namedStream(3, "noise", index), *m_network);
            },
            {});
        ASSERT_TRUE(done) << done.error().message;
    }

    /// With the averaged weights, 100 steps of DDIM.
    at::Tensor draw()
    {
        const at::NoGradGuard noGradient;
        NamedParameters weights(m_state->weights().named(m_state->average()));
        const PointNetwork network{Parameters(weights)};
        SchedulerConfig config =
            *SchedulerConfig::parse(schedulerConfigJson("linear", 1e-4, 0.02, GetParam(), 1000).dump());
        config.className = "DDIMScheduler";
        config.timestepSpacing = "trailing";
        const auto scheduler = *makeScheduler(config);
        EXPECT_TRUE(scheduler->setTimesteps(100));
        const at::Tensor initial =
            at::randn({sampleCount, 2}, namedStream(5, "start"), at::TensorOptions(at::kFloat));
        const Denoiser denoiser = [&](const at::Tensor& input, double timestep) {
            return network(input, at::full({input.size(0)}, timestep, at::TensorOptions(at::kFloat)));
        };
        const auto samples = sample(*scheduler, initial, 0, denoiser, {}, {}, {});
        EXPECT_TRUE(samples) << samples.error().message;
        return *samples;
    }

    double distanceToTruth()
    {
        return slicedDistance(draw(), figureEight(sampleCount, namedStream(7, "truth")));
    }

    Result<NoiseSchedule> m_schedule = fail(ErrorKind::Internal, "");
    std::unique_ptr<TrainingState> m_state;
    std::optional<PointNetwork> m_network;
};

TEST_P(FigureEight, SamplesOfATrainedNetworkAreNearTheDistribution)
{
    const double before = distanceToTruth();
    train(2000);
    const double after = distanceToTruth();
    // Two samples of the truth itself are about 0.03 apart.
    const double floor = slicedDistance(figureEight(sampleCount, namedStream(8, "truth")),
                                        figureEight(sampleCount, namedStream(9, "truth")));
    RecordProperty("untrained", std::to_string(before));
    RecordProperty("trained", std::to_string(after));
    std::printf("%s: untrained %.3f, trained %.3f, truth against itself %.3f\n", GetParam(), before, after,
                floor);
    EXPECT_LT(after, 0.09);
    EXPECT_GT(before, 0.3);
}

INSTANTIATE_TEST_SUITE_P(Predictions, FigureEight, testing::Values("epsilon", "v_prediction", "sample"),
                         [](const auto& info) { return std::string(info.param); });

} // namespace
