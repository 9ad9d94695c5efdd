#pragma once

#include <filesystem>
#include <string>

#include "generation/request/generation_request.h"
#include "pipeline/run/torch_engine.h"

/// The commands. Each prints its result on stdout and its errors on stderr, and returns an ExitCode.
namespace unfog::cli {

/// What of this machine a run may use.
struct MachineArguments {
    int threads = 0;            ///< on the CPU; 0 = one for each core
    double memoryGigabytes = 0; ///< 0 = what is free

    EngineOptions engineOptions() const
    {
        EngineOptions options;
        options.threads = threads;
        options.memoryLimitBytes = static_cast<std::int64_t>(memoryGigabytes * 1e9);
        return options;
    }
};

struct GenerateArguments {
    GenerationRequest request; ///< without the start image, which is read when the size is known
    std::string initImage;
    double strength = InitImage().strength;
    std::string output = ".";
    MachineArguments machine;
    bool json = false;
    bool quiet = false;
};
int runGenerate(const GenerateArguments& arguments);

struct InfoArguments {
    std::string path;
    bool json = false;
};
int runInfo(const InfoArguments& arguments);

struct DevicesArguments {
    bool json = false;
};
int runDevices(const DevicesArguments& arguments);

struct SchedulersArguments {
    std::string model; ///< "" = names alone; else the timesteps and σ that a run with this model would visit
    SamplerSettings sampler;
    bool json = false;
};
int runSchedulers(const SchedulersArguments& arguments);

struct ReproduceArguments {
    std::string image;
    ModelChoice model;     ///< an empty path or tokenizer: the one that the image names
    std::string initImage; ///< likewise
    std::string output;    ///< "" = the new picture is compared and not kept
    MachineArguments machine;
    bool json = false;
    bool quiet = false;
};
int runReproduce(const ReproduceArguments& arguments);

} // namespace unfog::cli
