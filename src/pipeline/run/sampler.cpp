#include "pipeline/run/sampler.h"

#include <chrono>
#include <optional>

#include "base/stop.h"
#include "pipeline/device/cuda_support.h"

namespace unfog {

namespace {

using Clock = std::chrono::steady_clock;

/// A step that was computed, or asked of a card, and not yet told.
struct PendingStep {
    int evaluation;
    double timestep;
    at::Tensor output;
    cuda::HostCopy isFinite, predictedOriginal, sample;
};

} // namespace

Result<at::Tensor> sample(Scheduler& scheduler, const at::Tensor& initial, int first,
                          const Denoiser& denoiser, const NoiseSource& noise,
                          const std::function<void(const SamplerStep&)>& onStep, const std::stop_token& stop)
{
    scheduler.begin(first);
    at::Tensor current = initial;
    Clock::time_point toldLast = Clock::now();
    const auto tell = [&](PendingStep& step) -> Result<void> {
        if (!step.isFinite.wait().item<bool>())
            return fail(ErrorKind::NonFinite, "Step " + std::to_string(step.evaluation - first + 1) + " of " +
                                                  std::to_string(scheduler.evaluationCount() - first) +
                                                  " computed NaN or infinity in the UNet (timestep " +
                                                  std::to_string(step.timestep) +
                                                  "); the image was not made.");
        const std::chrono::duration<double> elapsed = Clock::now() - toldLast;
        if (onStep)
            onStep({step.evaluation, step.output, step.predictedOriginal.wait(), step.sample.wait(),
                    elapsed.count()});
        toldLast = Clock::now();
        return {};
    };

    // A card is asked for the next step before the last one is told, so that it never waits for the host.
    std::optional<PendingStep> untold;
    for (int evaluation = first; evaluation < scheduler.evaluationCount(); ++evaluation) {
        stopIfAsked(stop);
        const double timestep = scheduler.timesteps()[evaluation];
        const at::Tensor output = denoiser(scheduler.scaleModelInput(current, evaluation), timestep);
        const SchedulerStep taken = scheduler.step(output, current, evaluation, noise);
        current = taken.sample;
        PendingStep step{evaluation,
                         timestep,
                         output,
                         cuda::HostCopy(at::isfinite(current).all()),
                         cuda::HostCopy(taken.predictedOriginal),
                         cuda::HostCopy(current)};
        if (untold)
            if (auto told = tell(*untold); !told)
                return tl::unexpected(told.error());
        untold = std::move(step);
        if (!current.is_cuda()) {
            if (auto told = tell(*untold); !told)
                return tl::unexpected(told.error());
            untold.reset();
        }
    }
    if (untold)
        if (auto told = tell(*untold); !told)
            return tl::unexpected(told.error());
    return current;
}

} // namespace unfog
