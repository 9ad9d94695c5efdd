#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include <CLI/CLI.hpp>

#include "base/result.h"
#include "generation/request/generation_request.h"
#include "trainer/data/picture_choice.h"
#include "trainer/training/training_loop.h"

/// The commands of unfog-train. Each adds itself with its options; what it does when chosen is in `run`.
namespace unfog {

struct TrainCommand {
    CLI::App* app = nullptr;
    std::function<Result<void>(const std::stop_token&)> run;
};

TrainCommand addDatasetCommand(CLI::App& app);
TrainCommand addAutoencoderCommand(CLI::App& app);
TrainCommand addDiffusionCommand(CLI::App& app);
TrainCommand addExportCommand(CLI::App& app);
TrainCommand addClassifierCommand(CLI::App& app);
TrainCommand addEvaluateCommand(CLI::App& app);

/// Options that both kinds of training share.
struct RunOptions {
    std::string output;
    PictureChoice pictures;
    std::int64_t steps = 0;
    double minutes = 0.0;
    double learningRate = 1e-3;
    int batch = 32;
    int accumulation = 1;
    double clip = 1.0;
    double weightDecay = 0.01;
    std::int64_t warmUp = 100;
    double averageDecay = 0.999;
    double checkpointMinutes = 4.0;
    std::int64_t checkpointSteps = 0;
    std::int64_t gridEvery = 500;
    std::uint64_t seed = 0;
    int threads = 0; ///< on the CPU; 0: one for each core
    int workers = 0; ///< 0: as many as threads on the CPU, 1 on CUDA
    std::string device = "auto";
    bool quiet = false;
};

void addPictureOptions(CLI::App& command, PictureChoice& choice);
/// `--threads`, for setComputeThreads().
void addThreadsOption(CLI::App& command, int& threads);
void addRunOptions(CLI::App& command, RunOptions& options);

/// What LibTorch is told, and what of the options the loop reads.
struct RunTarget {
    at::Device device = at::kCPU;
    int workers = 1;
};
Result<RunTarget> chooseRunTarget(const RunOptions& options);
Result<LoopSettings> loopSettings(const RunOptions& options);

} // namespace unfog
