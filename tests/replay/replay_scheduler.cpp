#include "replay/replay_scheduler.h"

#include "diffusion/catalogue/scheduler_config.h"
#include "diffusion/catalogue/scheduler_registry.h"

namespace unfog::replay {

namespace {

constexpr double kSampleTolerance = 1e-4;
constexpr double kLevelTolerance = 2e-5;
constexpr double kTimestepTolerance = 1e-3;

at::Tensor asTensor(const std::vector<double>& values)
{
    return at::tensor(values, at::kDouble);
}

TimestepOptions optionsOf(const nlohmann::json& reference)
{
    TimestepOptions options;
    const auto setting = reference.value("set_timesteps_arguments", nlohmann::json::object());
    const auto stepping = reference.value("step_arguments", nlohmann::json::object());
    if (setting.contains("mu"))
        options.mu = setting["mu"].get<double>();
    if (stepping.contains("eta"))
        options.eta = stepping["eta"].get<double>();
    options.useClippedModelOutput = stepping.value("use_clipped_model_output", false);
    return options;
}

} // namespace

Verdict replayScheduler(const ReferenceCase& recorded)
{
    Verdict verdict(recorded.name);
    auto config = SchedulerConfig::parse(recorded.schedulerConfig());
    if (!config) {
        verdict.failed(config.error().message);
        return verdict;
    }
    auto made = makeScheduler(*config);
    if (!made) {
        verdict.failed(made.error().message);
        return verdict;
    }
    Scheduler& scheduler = **made;
    if (auto planned = scheduler.setTimesteps(recorded.reference.at("steps"), optionsOf(recorded.reference));
        !planned) {
        verdict.failed(planned.error().message);
        return verdict;
    }
    verdict.absolute("timesteps", asTensor(scheduler.timesteps()), recorded.tensor("timesteps"),
                     kTimestepTolerance);
    if (recorded.has("sigmas"))
        verdict.relative("sigmas", asTensor(scheduler.sigmas()), recorded.tensor("sigmas"), kLevelTolerance);
    if (recorded.has("alphas_cumprod"))
        verdict.relative("alphas_cumprod", asTensor(scheduler.alphasCumprod()),
                         recorded.tensor("alphas_cumprod"), kLevelTolerance);
    if (recorded.reference.contains("init_noise_sigma"))
        verdict.relative("init_noise_sigma", asTensor({scheduler.initNoiseSigma()}),
                         asTensor({recorded.reference["init_noise_sigma"].get<double>()}), kLevelTolerance);
    if (!verdict.passed())
        return verdict;

    scheduler.begin(0);
    at::Tensor sample = recorded.tensor("initial");
    for (int i = 0; i < scheduler.evaluationCount(); ++i) {
        const std::string ofStep = " of step " + std::to_string(i);
        const auto key = [&](const char* what) { return ReferenceCase::stepKey(i, what); };
        const at::Tensor input = scheduler.scaleModelInput(sample, i);
        if (recorded.has(key("input")))
            verdict.relative("input" + ofStep, input, recorded.tensor(key("input")), kSampleTolerance);
        const double t = recorded.tensor("timesteps")[i].item<double>();
        int draws = 0;
        const NoiseSource noise = [&] {
            ++draws;
            return recorded.has(key("noise")) ? recorded.tensor(key("noise")) : at::zeros_like(sample);
        };
        const SchedulerStep step = scheduler.step(input * (t / (t + 1.0)), sample, i, noise);
        verdict.exact("number of draws" + ofStep, draws == (recorded.has(key("noise")) ? 1 : 0));
        verdict.relative("sample" + ofStep, step.sample, recorded.tensor(key("sample")), kSampleTolerance);
        if (recorded.has(key("pred_original")))
            verdict.relative("x0" + ofStep, step.predictedOriginal, recorded.tensor(key("pred_original")),
                             kSampleTolerance);
        sample = step.sample;
    }
    return verdict;
}

} // namespace unfog::replay
