// unfog-train: makes training pictures, trains models on them, judges what came of it. Parses the command
// line; each command is a file of its own.

#include <cstdio>
#include <exception>
#include <sstream>
#include <vector>

#include "base/printable.h"
#include "base/stop.h"
#include "networks/kernels/tensor_memory.h"
#include "pipeline/run/guarded.h"
#include "pipeline/run/torch_engine.h"
#include "program/interrupt.h"
#include "program/program_start.h"
#include "program/standard_output.h"
#include "trainer/commands/train_commands.h"

using namespace unfog;

namespace {

enum ExitCode { kDone = 0, kFailed = 1, kWrongUse = 2 };

int complain(const Error& error)
{
    std::fprintf(stderr, "unfog-train: %s\n", printableLine(error.message).c_str());
    return error.kind == ErrorKind::InvalidRequest ? kWrongUse : kFailed;
}

Result<void> runGuarded(const TrainCommand& command, const std::stop_token& stop)
{
    try {
        return guarded("training", [&] { return command.run(stop); });
    } catch (const Stopped&) {
        return fail(ErrorKind::Cancelled, "stopped");
    }
}

int run(int argc, char** argv)
{
    keepTensorMemory();
    CLI::App app("Unfog's trainer: small text-to-image models from images with captions.", "unfog-train");
    app.set_version_flag("--version", "Unfog " + engineVersion() + ", LibTorch " + libtorchVersion());
    app.require_subcommand(1);
    app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    const std::vector<TrainCommand> commands = {addDatasetCommand(app),    addAutoencoderCommand(app),
                                                addDiffusionCommand(app),  addExportCommand(app),
                                                addClassifierCommand(app), addEvaluateCommand(app)};
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        std::ostringstream out, err;
        const bool isFine = app.exit(error, out, err) == 0;
        std::printf("%s", out.str().c_str());
        std::fprintf(stderr, "%s", printableLines(err.str()).c_str());
        return isFine ? kDone : kWrongUse;
    }
    const InterruptStop interrupt;
    for (const TrainCommand& command : commands)
        if (command.app->parsed())
            if (const auto done = runGuarded(command, interrupt.token()); !done)
                return complain(done.error());
    return kDone;
}

} // namespace

int main(int argc, char** argv)
try {
    startProgram(BrokenPipe::IsAnError);
    const int exitCode = run(argc, argv);
    const auto problem = standardOutputProblem();
    if (!problem)
        return exitCode;
    std::fprintf(stderr, "unfog-train: The output could not be written: %s.\n", problem->c_str());
    return exitCode == kDone ? kFailed : exitCode;
} catch (const std::exception& error) {
    std::fprintf(stderr, "unfog-train: Internal error: %s.\n", error.what());
    return kFailed;
}
