#include "pipeline/sampler.h"

#include <chrono>

#include "networks/stop.h"

namespace unfog {

Result<at::Tensor> sample(Scheduler& scheduler, const at::Tensor& initial, int first, const Denoiser& denoiser,
                          const NoiseSource& noise, const std::function<void(const SamplerStep&)>& onStep,
                          const std::stop_token& stop)
{
    using Clock = std::chrono::steady_clock;
    scheduler.begin(first);
    at::Tensor current = initial;
    for (int evaluation = first; evaluation < scheduler.evaluationCount(); ++evaluation) {
        stopIfAsked(stop);
        const auto start = Clock::now();
        const double timestep = scheduler.timesteps()[evaluation];
        const at::Tensor output = denoiser(scheduler.scaleModelInput(current, evaluation), timestep);
        SchedulerStep taken = scheduler.step(output, current, evaluation, noise);
        current = taken.sample;
        if (!at::isfinite(current).all().item<bool>())
            return fail(ErrorKind::NonFinite, "Step " + std::to_string(evaluation - first + 1) + " of " +
                                                  std::to_string(scheduler.evaluationCount() - first) +
                                                  " computed NaN or infinity in the UNet (timestep " +
                                                  std::to_string(timestep) +
                                                  "); the picture was not made. Try precision float32.");
        if (onStep) {
            const std::chrono::duration<double> elapsed = Clock::now() - start;
            onStep({evaluation, output, taken.predictedOriginal, current, elapsed.count()});
        }
    }
    return current;
}

} // namespace unfog
