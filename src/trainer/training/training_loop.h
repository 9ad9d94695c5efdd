#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "base/result.h"
#include "trainer/networks/parameter_set.h"
#include "trainer/training/adam_w.h"

/// The loop that all training shares: loss, gradient, update, moving average, checkpoint. It knows no
/// network: it is handed a function that gives a loss.
namespace unfog {

struct LoopSettings {
    std::int64_t steps = 0; ///< the run ends after so many updates; 0: by `minutes`
    double minutes = 0.0;   ///< or after so much training time, all sittings together
    double learningRate = 1e-3;
    std::int64_t warmUpSteps = 100; ///< the rate rises linearly, then falls as a half cosine to …
    double finalRateShare = 0.01;   ///< … this share of it at the end of the run
    int accumulation = 1;           ///< batches of every worker that make one update
    double emaDecay = 0.999;        ///< of the moving average of the weights, once it has run in
    AdamWSettings optimizer;
    double checkpointMinutes = 4.0;
    std::int64_t checkpointSteps = 0; ///< also after every so many updates; 0: by time alone
};

/// All that a run is made of besides its settings: restored, the run goes on as if it had never stopped.
/// Random numbers are functions of seed and step (random_streams.h), so the step stands for their state.
class TrainingState final {
public:
    /// One finished set of weights a worker; all after the first are twins of the first.
    TrainingState(std::vector<ParameterSet> workers, const AdamWSettings& optimizer);

    std::vector<ParameterSet>& workers() { return m_workers; }
    const ParameterSet& weights() const { return m_workers.front(); }
    const at::Tensor& average() const { return m_average; } ///< exponential moving average of the weights

    std::int64_t step = 0; ///< updates done
    double seconds = 0.0;  ///< spent on them
    AdamW optimizer;

    /// "weights", "average", "first_moment", "second_moment": what a checkpoint holds beside step and
    /// seconds.
    std::map<std::string, at::Tensor> tensors() const;
    /// BadFile when one is missing or of another size.
    Result<void> restore(const std::map<std::string, at::Tensor>& tensors, std::int64_t atStep,
                         double atSeconds);

private:
    std::vector<ParameterSet> m_workers;
    at::Tensor m_average;
};

struct StepReport {
    std::int64_t step = 0; ///< 1 for the first update
    double seconds = 0.0;  ///< since the beginning of the run
    double progress = 0.0; ///< 0 … 1 of the run
    double loss = 0.0;
    double learningRate = 0.0;
    double gradientNorm = 0.0;
};

/// The loss of one batch, as a scalar that carries a gradient. Called by several threads at once, each with
/// its own `worker`, whose weights it uses; `batch` counts from 0, is different for every call of a run, and
/// together with the seed decides what the batch is.
using BatchLoss = std::function<at::Tensor(int worker, std::int64_t batch)>;

struct LoopHooks {
    std::function<Result<void>(const StepReport&)> onStep; ///< after every update
    std::function<Result<void>()> checkpoint;              ///< by the clock, and when the loop ends
    std::stop_token stop;
};

/// The learning rate at `progress` (0 … 1) of a run, and at `step` for the warm-up.
double learningRateAt(const LoopSettings& settings, std::int64_t step, double progress);

/// Runs until `settings` or `hooks.stop` say enough, then asks for a last checkpoint. On the CPU every worker
/// computes on a thread of its own, and updates are the same bits for the same number of workers. NonFinite,
/// naming the step, as soon as a gradient is; throws what LibTorch throws.
Result<void> runTrainingLoop(const LoopSettings& settings, TrainingState& state, const BatchLoss& lossOf,
                             const LoopHooks& hooks);

} // namespace unfog
