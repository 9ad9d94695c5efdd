// unfog-cli: pictures from prompts without a window. Parses the command line; each command is a file of its
// own.

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <random>
#include <sstream>
#include <string_view>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "cli/commands.h"
#include "cli/report.h"
#include "generation/request/request_json.h"
#include "pipeline/device/compute_threads.h"
#include "pipeline/run/torch_engine.h"
#include "program/program_start.h"

using namespace unfog;
using namespace unfog::cli;

namespace {

/// What the parser cannot put into a request itself.
struct Texts {
    std::string size;
    std::string device = "auto";
    std::string precision = "auto";
};

/// A whole number of 64 bits, or −1 for one drawn at random. CLI11 would take −1 as 2^64 − 1.
std::uint64_t readSeed(const std::string& text)
{
    if (text == "-1") {
        std::random_device random;
        return (std::uint64_t{random()} << 32 | random()) >> 1;
    }
    std::uint64_t seed = 0;
    const char* const end = text.data() + text.size();
    const auto [next, error] = std::from_chars(text.data(), end, seed);
    if (error != std::errc() || next != end)
        throw CLI::ValidationError(
            "--seed", "must be 0 to 18446744073709551615, or -1 for a random one, found \"" + text + "\"");
    return seed;
}

/// "512x768" or "512".
Result<void> readSize(const std::string& text, GenerationRequest& request)
{
    if (text.empty())
        return {};
    int width = 0;
    int height = 0;
    int used = 0;
    const int fields = std::sscanf(text.c_str(), "%6dx%6d%n", &width, &height, &used);
    if (fields == 2 && used == static_cast<int>(text.size())) {
        request.widthPx = width;
        request.heightPx = height;
    } else if (std::sscanf(text.c_str(), "%6d%n", &width, &used) == 1 &&
               used == static_cast<int>(text.size())) {
        request.widthPx = request.heightPx = width;
    } else {
        return fail(ErrorKind::InvalidRequest,
                    "size must be WIDTHxHEIGHT in pixels, such as 512x768, found \"" + text + "\".");
    }
    if (width < 1 || request.heightPx < 1)
        return fail(ErrorKind::InvalidRequest, "size must be at least 8x8, found \"" + text + "\".");
    return {};
}

void addSampler(CLI::App& command, SamplerSettings& sampler)
{
    command.add_option("--scheduler", sampler.scheduler,
                       "Name from `unfog-cli schedulers` (default: the model's own)");
    command.add_option(
        "--spacing", sampler.spacing,
        "linspace, leading, trailing, karras, exponential, beta, lu, flow (default: the model's own)");
    command.add_option("--prediction", sampler.prediction,
                       "epsilon, v_prediction, sample (default: as the model says)");
    command.add_option("--steps", sampler.steps, "1 to 1000")->capture_default_str();
    command.add_option(
        "--sigma-max", sampler.sigmaMax,
        "Largest noise level that the run visits, 0.5 to 1000000; 0 = where the model's schedule ends "
        "(default: there too; 80 for Karras, exponential, beta and Lu spacing and for heun, dpm2, lms, "
        "pndm, deis and dpm-* where it ends above 200, as zero-terminal-SNR models do)");
    command.add_option("--eta", sampler.eta, "Stochasticity of ddim and tcd, 0 to 1");
}

void addMachine(CLI::App& command, Texts& texts, MachineArguments& machine)
{
    command.add_option("--device", texts.device, "auto, cpu, cuda, cuda:1 … (see `unfog-cli devices`)")
        ->capture_default_str();
    command.add_option("--precision", texts.precision, "auto, float32, float16, bfloat16")
        ->capture_default_str();
    command
        .add_option("--threads", machine.threads,
                    "Threads that compute on the CPU, 0 (one for each core) to 1024")
        ->check(CLI::Range(0, kMaxComputeThreads))
        ->capture_default_str();
    command
        .add_option("--memory-limit", machine.memoryGigabytes,
                    "Most memory for weights and tensors in GB (default: what is free)")
        ->check(CLI::PositiveNumber);
}

void addGenerate(CLI::App& app, GenerateArguments& arguments, Texts& texts)
{
    CLI::App& command = *app.add_subcommand("generate", "Make images from a prompt");
    GenerationRequest& request = arguments.request;
    command.add_option("--model", request.model,
                       "A model folder or a .safetensors file (default: the starter model)");
    command.add_option("--tokenizer", request.tokenizer,
                       "A folder with vocab.json and merges.txt, for a single file that has none beside it");
    command.add_option("--prompt", request.prompt, "What the image shows")->required();
    command.add_option("--negative", request.negativePrompt, "What it should keep away from");
    command.add_flag("--plain-prompt{false}", request.promptWeights,
                     "Read brackets in prompts as text, not as weights: (a:1.2) [a]");
    addSampler(command, request.sampler);
    command.add_option("--guidance", request.guidanceScale, "Guidance scale w, 1 (off) to 100")
        ->capture_default_str();
    command.add_option("--guidance-rescale", request.guidanceRescale, "0 (off) to 1")->capture_default_str();
    command
        .add_option_function<std::string>(
            "--seed", [&request](const std::string& text) { request.seed = readSeed(text); },
            "Of the first image; the next ones count up. -1: a random one")
        ->default_str("0");
    command.add_option("--size", texts.size,
                       "WIDTHxHEIGHT in pixels, multiples of 8 (default: the model's own)");
    command.add_option("--count", request.count, "How many images")->capture_default_str();
    command.add_option("--clip-skip", request.clipSkip, "Last layers of the text encoder to leave out");
    command.add_option("--init-image", arguments.initImage, "An image to start from (PNG, JPEG, WebP)");
    command.add_option("--strength", arguments.strength, "How much of it may change, above 0 to 1")
        ->capture_default_str();
    command.add_flag("--tiled-decode", request.tiledDecode, "Decode in tiles: less memory");
    addMachine(command, texts, arguments.machine);
    command.add_option("--output", arguments.output, "A folder, or a file name ending in .png")
        ->capture_default_str();
    command.add_flag("--json", arguments.json,
                     "Tell what happens as one JSON object a line on standard output");
    command.add_flag("--quiet", arguments.quiet, "No progress");
}

void addReproduce(CLI::App& app, ReproduceArguments& arguments, Texts& texts)
{
    CLI::App& command =
        *app.add_subcommand("reproduce", "Render an image again from its own metadata and compare");
    command.add_option("image", arguments.image, "An image with generation parameters")->required();
    command.add_option("--model", arguments.model, "Where the model is now (default: where it was)");
    command.add_option("--tokenizer", arguments.tokenizer, "Where the tokenizer is now");
    command.add_option("--init-image", arguments.initImage, "Where the initial image is now");
    addMachine(command, texts, arguments.machine);
    command.add_option("--output", arguments.output, "Also keep the new image: a folder or a .png file");
    command.add_flag("--json", arguments.json, "Answer as JSON");
    command.add_flag("--quiet", arguments.quiet, "No progress");
}

Result<void> readMachine(const Texts& texts, DeviceChoice& device, Precision& precision)
{
    auto parsedDevice = parseDevice(texts.device);
    if (!parsedDevice)
        return tl::unexpected(parsedDevice.error());
    auto parsedPrecision = parsePrecision(texts.precision);
    if (!parsedPrecision)
        return tl::unexpected(parsedPrecision.error());
    device = *parsedDevice;
    precision = *parsedPrecision;
    return {};
}

/// Help and version on standard output, what is wrong with the command line on standard error; the exit code.
int answerParser(const CLI::App& app, const CLI::ParseError& error, Answer answer)
{
    std::ostringstream out, err;
    const bool isFine = app.exit(error, out, err) == 0;
    std::printf("%s", out.str().c_str());
    std::fprintf(stderr, "%s", printableLines(err.str()).c_str());
    if (!isFine && answer == Answer::Json)
        printJsonLine({{"event", "error"}, {"message", error.what()}});
    return isFine ? kDone : kWrongUse;
}

/// For errors that come before the options are known.
Answer askedFor(int argc, char** argv)
{
    const bool isJson =
        std::any_of(argv, argv + argc, [](const char* word) { return std::string_view(word) == "--json"; });
    return isJson ? Answer::Json : Answer::Text;
}

int run(int argc, char** argv)
{
    const Answer answer = askedFor(argc, argv);
    CLI::App app("Unfog: latent-diffusion images on this machine.", "unfog-cli");
    app.set_version_flag("--version", "Unfog " + engineVersion() + ", LibTorch " + libtorchVersion());
    app.require_subcommand(1);
    app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    GenerateArguments generate;
    InfoArguments info;
    SchedulersArguments schedulers;
    DevicesArguments devices;
    ReproduceArguments reproduce;
    Texts texts;

    addGenerate(app, generate, texts);
    CLI::App& infoCommand = *app.add_subcommand("info", "Show an image's parameters, or what a model is");
    infoCommand.add_option("path", info.path, "An image, a model folder or a .safetensors file")->required();
    infoCommand.add_flag("--json", info.json, "Answer as JSON");
    CLI::App& schedulersCommand =
        *app.add_subcommand("schedulers", "List the schedulers; with --model, what a run would visit");
    schedulersCommand.add_option("--model", schedulers.model,
                                 "Show timesteps and sigma of a run with this model");
    addSampler(schedulersCommand, schedulers.sampler);
    schedulersCommand.add_flag("--json", schedulers.json, "Answer as JSON");
    addReproduce(app, reproduce, texts);
    CLI::App& devicesCommand =
        *app.add_subcommand("devices", "List what this computer can compute on, and why a card is not used");
    devicesCommand.add_flag("--json", devices.json, "Answer as JSON");

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return answerParser(app, error, answer);
    }
    if (app.got_subcommand("generate")) {
        if (auto read = readMachine(texts, generate.request.device, generate.request.precision); !read)
            return complain(read.error(), answer);
        if (auto read = readSize(texts.size, generate.request); !read)
            return complain(read.error(), answer);
        return runGenerate(generate);
    }
    if (app.got_subcommand("info"))
        return runInfo(info);
    if (app.got_subcommand("devices"))
        return runDevices(devices);
    if (app.got_subcommand("schedulers"))
        return runSchedulers(schedulers);
    if (auto read = readMachine(texts, reproduce.device, reproduce.precision); !read)
        return complain(read.error(), answer);
    return runReproduce(reproduce);
}

} // namespace

int main(int argc, char** argv)
{
    startProgram(BrokenPipe::IsAnError);
    return finishOutput(run(argc, argv));
}
