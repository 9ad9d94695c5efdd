#include "trainer/training/training_loop.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <numbers>
#include <thread>

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

namespace unfog {

namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start)
{
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Runs `body(0)` … `body(count − 1)` at the same time, the first on this thread. LibTorch's own threads are
/// switched off meanwhile: one thread a worker leaves no core waiting for another within an operation.
void runWorkers(int count, const std::function<void(int)>& body)
{
    if (count == 1)
        return body(0);
    const int threadsBefore = at::get_num_threads();
    std::vector<std::exception_ptr> failures(static_cast<std::size_t>(count));
    const auto guardedBody = [&](int worker) {
        try {
            at::set_num_threads(1);
            body(worker);
        } catch (...) {
            failures[static_cast<std::size_t>(worker)] = std::current_exception();
        }
    };
    {
        std::vector<std::jthread> threads;
        for (int worker = 1; worker < count; ++worker)
            threads.emplace_back(guardedBody, worker);
        guardedBody(0);
    }
    at::set_num_threads(threadsBefore);
    for (const std::exception_ptr& failure : failures)
        if (failure)
            std::rethrow_exception(failure);
}

/// One update; returns the mean loss.
double computeGradients(TrainingState& state, int accumulation, const BatchLoss& lossOf)
{
    std::vector<ParameterSet>& workers = state.workers();
    const auto count = static_cast<int>(workers.size());
    std::vector<double> losses(workers.size(), 0.0);
    runWorkers(count, [&](int worker) {
        workers[static_cast<std::size_t>(worker)].gradients().zero_();
        for (int part = 0; part < accumulation; ++part) {
            const std::int64_t batch = (state.step * accumulation + part) * count + worker;
            const at::Tensor loss = lossOf(worker, batch) / (count * accumulation);
            loss.backward();
            losses[static_cast<std::size_t>(worker)] += loss.item<double>();
        }
    });
    double sum = losses.front();
    for (std::size_t worker = 1; worker < workers.size(); ++worker) {
        workers.front().gradients().add_(workers[worker].gradients());
        sum += losses[worker];
    }
    return sum;
}

double averageDecay(const LoopSettings& settings, std::int64_t step)
{
    return std::min(settings.emaDecay,
                    (1.0 + static_cast<double>(step)) / (10.0 + static_cast<double>(step)));
}

} // namespace

TrainingState::TrainingState(std::vector<ParameterSet> workers, const AdamWSettings& optimizerSettings)
    : optimizer(workers.front().values(), workers.front().decayMask(), optimizerSettings),
      m_workers(std::move(workers)), m_average(m_workers.front().values().clone())
{
}

std::map<std::string, at::Tensor> TrainingState::tensors() const
{
    return {{"weights", weights().values()},
            {"average", m_average},
            {"first_moment", optimizer.firstMoment()},
            {"second_moment", optimizer.secondMoment()}};
}

Result<void> TrainingState::restore(const std::map<std::string, at::Tensor>& tensors, std::int64_t atStep,
                                    double atSeconds)
{
    for (const auto& [name, own] : this->tensors()) {
        const auto found = tensors.find(name);
        if (found == tensors.end() || found->second.sizes() != own.sizes())
            return fail(
                ErrorKind::BadFile,
                "the checkpoint's \"" + name + "\" has " +
                    (found == tensors.end() ? std::string("no") : std::to_string(found->second.numel())) +
                    " values, expected " + std::to_string(own.numel()));
    }
    weights().values().copy_(tensors.at("weights"));
    m_average.copy_(tensors.at("average"));
    optimizer.restore(tensors.at("first_moment"), tensors.at("second_moment"), atStep);
    step = atStep;
    seconds = atSeconds;
    return {};
}

double learningRateAt(const LoopSettings& settings, std::int64_t step, double progress)
{
    if (step < settings.warmUpSteps)
        return settings.learningRate * static_cast<double>(step + 1) /
               static_cast<double>(settings.warmUpSteps);
    const double cosine = 0.5 * (1.0 + std::cos(std::numbers::pi * std::clamp(progress, 0.0, 1.0)));
    return settings.learningRate * (settings.finalRateShare + (1.0 - settings.finalRateShare) * cosine);
}

Result<void> runTrainingLoop(const LoopSettings& settings, TrainingState& state, const BatchLoss& lossOf,
                             const LoopHooks& hooks)
{
    const auto progress = [&] {
        return settings.steps > 0 ? static_cast<double>(state.step) / static_cast<double>(settings.steps)
                                  : state.seconds / (60.0 * settings.minutes);
    };
    const double secondsBefore = state.seconds;
    const Clock::time_point start = Clock::now();
    double lastCheckpoint = secondsBefore;
    while (progress() < 1.0 && !hooks.stop.stop_requested()) {
        StepReport report;
        report.learningRate = learningRateAt(settings, state.step, progress());
        report.loss = computeGradients(state, settings.accumulation, lossOf);
        report.gradientNorm = state.optimizer.step(state.weights().gradients(), report.learningRate);
        if (!std::isfinite(report.gradientNorm) || !std::isfinite(report.loss))
            return fail(ErrorKind::NonFinite,
                        "training diverged at step " + std::to_string(state.step + 1) +
                            ": loss or gradient is not finite; the last checkpoint stands, "
                            "go on from it with a smaller learning rate.");
        {
            const at::NoGradGuard noGradient;
            at::Tensor average = state.average();
            average.lerp_(state.weights().values(), 1.0 - averageDecay(settings, state.step));
        }
        ++state.step;
        state.seconds = secondsBefore + secondsSince(start);
        report.step = state.step;
        report.seconds = state.seconds;
        report.progress = progress();
        if (hooks.onStep)
            if (auto told = hooks.onStep(report); !told)
                return told;
        const bool due = state.seconds - lastCheckpoint > 60.0 * settings.checkpointMinutes ||
                         (settings.checkpointSteps > 0 && state.step % settings.checkpointSteps == 0);
        if (due && hooks.checkpoint) {
            if (auto kept = hooks.checkpoint(); !kept)
                return kept;
            lastCheckpoint = state.seconds;
        }
    }
    return hooks.checkpoint ? hooks.checkpoint() : Result<void>{};
}

} // namespace unfog
