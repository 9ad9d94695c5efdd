// unfog-cli: pictures from prompts without a window. Parses the command line; each command is a file of its
// own.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <random>
#include <sstream>
#include <string_view>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "base/ascii_text.h"
#include "base/printable.h"
#include "cli/commands.h"
#include "cli/report.h"
#include "generation/request/request_fields.h"
#include "pipeline/device/compute_threads.h"
#include "pipeline/run/torch_engine.h"
#include "program/program_start.h"

using namespace unfog;
using namespace unfog::cli;

namespace {

/// -1 = drawn at random.
std::string drawnSeed()
{
    std::random_device random;
    return std::to_string((std::uint64_t{random()} << 32 | random()) >> 1);
}

const char* typeName(FieldKind kind)
{
    switch (kind) {
    case FieldKind::Whole:
        return "INT";
    case FieldKind::Seed:
        return "UINT";
    case FieldKind::Real:
        return "FLOAT";
    default:
        return "TEXT";
    }
}

/// The option of one row of the request's table.
CLI::Option* addField(CLI::App& command, const RequestField& field, GenerationRequest& request,
                      std::string_view help = {})
{
    const std::string option(field.option);
    const std::string text(help.empty() ? field.help : help);
    const auto put = [&field, &request, option](const FieldValue& value) {
        if (const auto set = field.set(request, value); !set)
            throw CLI::ValidationError(option, set.error().message);
    };
    if (field.kind == FieldKind::Flag) {
        const bool value = !field.defaultValue().get<bool>(); // a flag changes something
        return command.add_flag_callback(
            option, [put, value] { put(value); }, text);
    }
    const auto take = [&field, put, option](const std::string& given) {
        const auto value =
            parseFieldText(field, field.kind == FieldKind::Seed && given == "-1" ? drawnSeed() : given);
        if (!value && field.kind == FieldKind::Seed)
            throw CLI::ValidationError(
                option, "must be 0 to 18446744073709551615, or -1 for a random one, found \"" + given + "\"");
        if (!value)
            throw CLI::ValidationError(option, value.error().message);
        put(*value);
    };
    CLI::Option* added = command.add_option_function<std::string>(option, take, text);
    added->type_name(typeName(field.kind));
    const FieldValue standard = field.defaultValue();
    if (standard.is_number() && field.range.minimum <= 1.0)
        added->default_str(standard.is_number_float() ? numberText(standard.get<double>()) : standard.dump());
    else if (standard.is_string() && !standard.get_ref<const std::string&>().empty())
        added->default_str(standard.get<std::string>());
    return added;
}

/// The options of all rows whose key begins with `prefix`.
void addFields(CLI::App& command, std::string_view prefix, GenerationRequest& request)
{
    for (const RequestField& field : requestFields()) {
        if (field.key.starts_with(prefix) && !field.option.empty())
            addField(command, field, request);
    }
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
        request.canvas = {width, height};
    } else if (std::sscanf(text.c_str(), "%6d%n", &width, &used) == 1 &&
               used == static_cast<int>(text.size())) {
        request.canvas = {width, width};
    } else {
        return fail(ErrorKind::InvalidRequest,
                    "size must be WIDTHxHEIGHT in pixels, such as 512x768, found \"" + text + "\".");
    }
    if (width < 1 || request.canvas.heightPx < 1)
        return fail(ErrorKind::InvalidRequest, "size must be at least 8x8, found \"" + text + "\".");
    return {};
}

void addMachine(CLI::App& command, MachineArguments& machine)
{
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

void addGenerate(CLI::App& app, GenerateArguments& arguments, std::string& size)
{
    CLI::App& command = *app.add_subcommand("generate", "Make images from a prompt");
    addFields(command, "", arguments.request);
    command.get_option("--prompt")->required();
    command.add_option("--size", size, "WIDTHxHEIGHT in pixels, multiples of 8 (default: the model's own)");
    command.add_option("--init-image", arguments.initImage, "An image to start from (PNG, JPEG, WebP)");
    command
        .add_option("--strength", arguments.strength, std::string(requestField("images.start.strength").help))
        ->capture_default_str();
    addMachine(command, arguments.machine);
    command.add_option("--output", arguments.output, "A folder, or a file name ending in .png")
        ->capture_default_str();
    command.add_flag("--json", arguments.json, "Print progress as JSON, one object per line");
    command.add_flag("--quiet", arguments.quiet, "No progress");
}

void addReproduce(CLI::App& app, ReproduceArguments& arguments, GenerationRequest& given)
{
    CLI::App& command =
        *app.add_subcommand("reproduce", "Render an image again from its own metadata and compare");
    command.add_option("image", arguments.image, "An image with generation parameters")->required();
    addField(command, requestField("model.path"), given, "Where the model is now (default: where it was)");
    addField(command, requestField("model.tokenizer"), given, "Where the tokenizer is now");
    command.add_option("--init-image", arguments.initImage, "Where the start image is now");
    addField(command, requestField("model.device"), given);
    addField(command, requestField("model.precision"), given);
    addMachine(command, arguments.machine);
    command.add_option("--output", arguments.output, "Also keep the new image: a folder or a .png file");
    command.add_flag("--json", arguments.json, "Answer as JSON");
    command.add_flag("--quiet", arguments.quiet, "No progress");
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
    GenerationRequest given; // what the command line says of it to commands that take a part of a request
    std::string size;

    addGenerate(app, generate, size);
    CLI::App& infoCommand = *app.add_subcommand("info", "Show an image's parameters, or what a model is");
    infoCommand.add_option("path", info.path, "An image, a model folder or a .safetensors file")->required();
    infoCommand.add_flag("--json", info.json, "Answer as JSON");
    CLI::App& schedulersCommand =
        *app.add_subcommand("schedulers", "List the schedulers; with --model, what a run would visit");
    schedulersCommand.add_option("--model", schedulers.model,
                                 "Show timesteps and sigma of a run with this model");
    addFields(schedulersCommand, "sampler.", given);
    schedulersCommand.add_flag("--json", schedulers.json, "Answer as JSON");
    addReproduce(app, reproduce, given);
    CLI::App& devicesCommand =
        *app.add_subcommand("devices", "List what this computer can compute on, and why a card is not used");
    devicesCommand.add_flag("--json", devices.json, "Answer as JSON");

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return answerParser(app, error, answer);
    }
    if (app.got_subcommand("generate")) {
        if (auto read = readSize(size, generate.request); !read)
            return complain(read.error(), answer);
        return runGenerate(generate);
    }
    if (app.got_subcommand("info"))
        return runInfo(info);
    if (app.got_subcommand("devices"))
        return runDevices(devices);
    if (app.got_subcommand("schedulers")) {
        schedulers.sampler = given.sampler;
        return runSchedulers(schedulers);
    }
    reproduce.model = given.model;
    return runReproduce(reproduce);
}

} // namespace

int main(int argc, char** argv)
{
    startProgram(BrokenPipe::IsAnError);
    return finishOutput(run(argc, argv));
}
