#include <cstdio>
#include <optional>
#include <set>
#include <stop_token>

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "base/starter_model.h"
#include "cli/commands.h"
#include "cli/init_image.h"
#include "cli/output_files.h"
#include "cli/report.h"
#include "cli/terminal_progress.h"
#include "generation/request/validate.h"
#include "pipeline/run/torch_engine.h"
#include "program/interrupt.h"
#include "program/standard_output.h"

namespace unfog::cli {

namespace {

/// Writes each picture as soon as it is there and tells of it.
class PictureWriter {
public:
    PictureWriter(const OutputFiles& files, TerminalProgress& progress, bool json, std::stop_source run)
        : m_files(files), m_progress(progress), m_json(json), m_run(std::move(run))
    {
    }

    void write(const GeneratedImage& image)
    {
        auto file = keepImage(m_files, image);
        if (file) {
            ++m_saved;
            return tell(image, file->string());
        }
        // What cannot be saved is not worth computing further.
        m_problem = file.error().error;
        m_run.request_stop();
    }

    /// Nor is what nobody can be told of.
    void stopWithoutReader()
    {
        if (standardOutputProblem())
            m_run.request_stop();
    }

    const std::optional<Error>& problem() const { return m_problem; }
    int savedCount() const { return m_saved; }

private:
    void tell(const GeneratedImage& image, const std::string& file)
    {
        m_progress.finishLine();
        if (m_json) {
            printJsonLine({{"event", "image"},
                           {"file", file},
                           {"seed", image.request.output.seed},
                           {"width", image.pixels.widthPx},
                           {"height", image.pixels.heightPx},
                           {"pixelSha256", image.provenance.pixelSha256},
                           {"notes", image.provenance.notes}});
            return stopWithoutReader();
        }
        for (const std::string& note : image.provenance.notes) {
            if (m_notesTold.insert(note).second)
                std::fprintf(stderr, "Note: %s\n", printableLine(note).c_str());
        }
        // As it is for other programs, which open it; on a terminal, a person reads it.
        std::printf("%s\n", isatty(STDOUT_FILENO) ? printableLine(file).c_str() : file.c_str());
        stopWithoutReader();
    }

    const OutputFiles& m_files;
    TerminalProgress& m_progress;
    bool m_json;
    std::stop_source m_run;
    std::optional<Error> m_problem;
    int m_saved = 0;
    std::set<std::string> m_notesTold;
};

} // namespace

int runGenerate(const GenerateArguments& arguments)
{
    const Answer answer = arguments.json ? Answer::Json : Answer::Text;
    GenerationRequest request = arguments.request;
    if (request.model.path.empty())
        request.model.path = findStarterModel().string();
    if (request.model.path.empty())
        return complain(
            {ErrorKind::Io, "The model that comes with Unfog was not found; give one with --model"}, answer);
    if (auto valid = validateRequest(request); !valid)
        return complain(valid.error(), answer);
    auto files = OutputFiles::plan(arguments.output, request.output.count);
    if (!files)
        return complain(files.error(), answer);

    const InterruptStop interrupt;
    TerminalProgress progress(arguments.json || arguments.quiet ? TerminalProgress::Style::Quiet
                                                                : TerminalProgress::styleFor(stderr),
                              stderr);
    const auto engine = makeTorchEngine(arguments.machine.engineOptions());
    std::stop_source run;
    const std::stop_callback interrupted(interrupt.token(), [&run] { run.request_stop(); });
    PictureWriter writer(*files, progress, arguments.json, run);
    GenerationObserver observer;
    observer.onStage = [&](const StageProgress& stage) { progress.stage(stage); };
    observer.onStep = [&](const StepProgress& step) {
        progress.step(step);
        if (!arguments.json)
            return;
        printJsonLine({{"event", "step"},
                       {"image", step.imageIndex},
                       {"step", step.step},
                       {"steps", step.stepCount},
                       {"timestep", step.timestep},
                       {"sigma", step.sigma},
                       {"seconds", step.seconds}});
        writer.stopWithoutReader();
    };
    observer.onImage = [&](const GeneratedImage& image) { writer.write(image); };

    if (!arguments.initImage.empty()) {
        auto prepared = withInitImage(*engine, request, arguments.initImage, arguments.strength, observer,
                                      run.get_token());
        if (!prepared)
            return complain(prepared.error(), answer);
        request = *prepared;
    }
    const GenerationOutcome outcome = engine->generate(request, observer, run.get_token());
    progress.finishLine();
    if (writer.problem())
        return complain(*writer.problem(), answer);
    if (const Error* error = std::get_if<Error>(&outcome))
        return complain(*error, answer);
    if (std::holds_alternative<Cancelled>(outcome)) {
        if (standardOutputProblem())
            return complain({ErrorKind::Io, "Stopped, because nobody can be told of the images; " +
                                                std::to_string(writer.savedCount()) + " of " +
                                                std::to_string(request.output.count) + " are saved."});
        if (arguments.json)
            printJsonLine({{"event", "cancelled"}});
        return complain({ErrorKind::Cancelled, "Stopped; images that were finished are saved."});
    }
    return kDone;
}

} // namespace unfog::cli
