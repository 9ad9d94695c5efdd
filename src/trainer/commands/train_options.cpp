#include <thread>

#include <ATen/Parallel.h>

#include "generation/request/request_json.h"
#include "pipeline/device/compute_target.h"
#include "pipeline/device/compute_threads.h"
#include "trainer/commands/train_commands.h"

namespace unfog {

void addPictureOptions(CLI::App& command, PictureChoice& choice)
{
    command.add_option("--packed", choice.packed, "A file of packed images (`unfog-train dataset`)");
    command.add_option("--folder", choice.folder, "Your own images, with .txt captions or a metadata.csv");
    command.add_option("--size", choice.sizePx, "Side of the images in pixels")
        ->check(CLI::Range(32, 1024))
        ->capture_default_str();
    command.add_option("--objects", choice.objects,
                       "A file with a name a line: the only things that starter images show (default: all)");
    command
        .add_option("--pictures-seed", choice.seed,
                    "Of the starter images, which are used where neither is given")
        ->capture_default_str();
}

void addThreadsOption(CLI::App& command, int& threads)
{
    command
        .add_option("--threads", threads, "Threads that compute on the CPU, 0 (one for each core) to 1024")
        ->check(CLI::Range(0, kMaxComputeThreads))
        ->capture_default_str();
}

void addRunOptions(CLI::App& command, RunOptions& options)
{
    command
        .add_option("--output", options.output, "Folder of the run; one with a checkpoint goes on from there")
        ->required();
    addPictureOptions(command, options.pictures);
    auto* steps = command.add_option("--steps", options.steps, "Updates in all")->check(CLI::PositiveNumber);
    command
        .add_option("--minutes", options.minutes,
                    "Training time in all; the learning rate falls by the clock")
        ->check(CLI::PositiveNumber)
        ->excludes(steps);
    command.add_option("--batch", options.batch, "Images a batch")
        ->check(CLI::Range(1, 4096))
        ->capture_default_str();
    command.add_option("--accumulation", options.accumulation, "Batches an update")
        ->check(CLI::Range(1, 1024))
        ->capture_default_str();
    command.add_option("--learning-rate", options.learningRate, "The largest, after the warm-up")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command.add_option("--warm-up", options.warmUp, "Updates until then")->capture_default_str();
    command.add_option("--weight-decay", options.weightDecay, "Of AdamW")->capture_default_str();
    command.add_option("--clip", options.clip, "Largest norm of the gradient; 0: any")->capture_default_str();
    command.add_option("--average-decay", options.averageDecay, "Of the moving average of the weights")
        ->check(CLI::Range(0.0, 0.999999))
        ->capture_default_str();
    command.add_option("--checkpoint-minutes", options.checkpointMinutes, "Between checkpoints")
        ->check(CLI::Range(0.0, 5.0))
        ->capture_default_str();
    command.add_option("--checkpoint-steps", options.checkpointSteps,
                       "Also a checkpoint after every so many updates");
    command.add_option("--grid-every", options.gridEvery, "Updates between sheets of images")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command.add_option("--seed", options.seed, "Of all random numbers")->capture_default_str();
    addThreadsOption(command, options.threads);
    command.add_option("--workers", options.workers,
                       "Threads that compute a part of each batch (default: as many as --threads)");
    command.add_option("--device", options.device, "auto, cpu, cuda, cuda:1 …")->capture_default_str();
    command.add_flag("--quiet", options.quiet, "No progress");
}

Result<RunTarget> chooseRunTarget(const RunOptions& options)
{
    const auto device = parseDevice(options.device);
    if (!device)
        return tl::unexpected(device.error());
    const auto target = chooseTarget(*device, Precision::Float32);
    if (!target)
        return tl::unexpected(target.error());
    setComputeThreads(options.threads);
    applyThreadCount(0);
    RunTarget chosen;
    chosen.device = target->device;
    chosen.workers = options.workers;
    if (chosen.device.is_cuda() && options.workers > 1)
        return fail(ErrorKind::InvalidRequest, "--workers is for the CPU; on CUDA one worker computes.");
    if (chosen.workers <= 0)
        chosen.workers = chosen.device.is_cuda() ? 1 : at::get_num_threads();
    chosen.workers = std::min(chosen.workers, options.batch);
    if (options.batch % chosen.workers != 0)
        return fail(ErrorKind::InvalidRequest, "--batch " + std::to_string(options.batch) +
                                                   " cannot be shared by " + std::to_string(chosen.workers) +
                                                   " workers; choose a multiple, or --workers.");
    return chosen;
}

Result<LoopSettings> loopSettings(const RunOptions& options)
{
    if (options.steps <= 0 && options.minutes <= 0.0)
        return fail(ErrorKind::InvalidRequest, "--steps or --minutes must say when the run ends.");
    LoopSettings loop;
    loop.steps = options.steps;
    loop.minutes = options.minutes;
    loop.learningRate = options.learningRate;
    loop.warmUpSteps = options.warmUp;
    loop.accumulation = options.accumulation;
    loop.emaDecay = options.averageDecay;
    loop.optimizer.clipNorm = options.clip;
    loop.optimizer.weightDecay = options.weightDecay;
    loop.checkpointMinutes = options.checkpointMinutes;
    loop.checkpointSteps = options.checkpointSteps;
    return loop;
}

} // namespace unfog
