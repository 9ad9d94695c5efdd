#include <cstdio>
#include <optional>
#include <set>
#include <stop_token>

#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/init_image.h"
#include "cli/interrupt.h"
#include "cli/output_files.h"
#include "cli/report.h"
#include "cli/terminal_progress.h"
#include "generation/validate.h"
#include "pipeline/torch_engine.h"

namespace unfog::cli {

namespace {

using Json = nlohmann::ordered_json;

void printJson(const Json& event)
{
    std::printf("%s\n", event.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
    std::fflush(stdout);
}

/// Writes each picture as soon as it is there and tells of it.
class PictureWriter {
public:
    PictureWriter(const OutputFiles& files, TerminalProgress& progress, bool json, std::stop_source run)
        : m_files(files), m_progress(progress), m_json(json), m_run(std::move(run))
    {
    }

    void write(const GeneratedImage& image)
    {
        auto file = keepPicture(m_files, image);
        if (file)
            return tell(image, file->string());
        // what cannot be kept is not worth computing further
        m_problem = file.error();
        m_run.request_stop();
    }

    const std::optional<Error>& problem() const { return m_problem; }

private:
    void tell(const GeneratedImage& image, const std::string& file)
    {
        m_progress.finishLine();
        if (m_json) {
            printJson({{"event", "image"},
                       {"file", file},
                       {"seed", image.request.seed},
                       {"width", image.pixels.widthPx},
                       {"height", image.pixels.heightPx},
                       {"pixelSha256", image.provenance.pixelSha256},
                       {"notes", image.provenance.notes}});
            return;
        }
        for (const std::string& note : image.provenance.notes) {
            if (m_notesTold.insert(note).second)
                std::fprintf(stderr, "Note: %s\n", note.c_str());
        }
        std::printf("%s\n", file.c_str());
        std::fflush(stdout);
    }

    const OutputFiles& m_files;
    TerminalProgress& m_progress;
    bool m_json;
    std::stop_source m_run;
    std::optional<Error> m_problem;
    std::set<std::string> m_notesTold;
};

} // namespace

int runGenerate(const GenerateArguments& arguments)
{
    GenerationRequest request = arguments.request;
    if (request.model.empty())
        request.model = starterModel().string();
    if (auto valid = validateRequest(request); !valid)
        return complain(valid.error());
    auto files = OutputFiles::plan(arguments.output, request.count);
    if (!files)
        return complain(files.error());

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
        if (arguments.json)
            printJson({{"event", "step"},
                       {"image", step.imageIndex},
                       {"step", step.step},
                       {"steps", step.stepCount},
                       {"timestep", step.timestep},
                       {"sigma", step.sigma},
                       {"seconds", step.seconds}});
    };
    observer.onImage = [&](const GeneratedImage& image) { writer.write(image); };

    if (!arguments.initImage.empty()) {
        auto prepared = withInitImage(*engine, request, arguments.initImage, arguments.strength, observer,
                                      run.get_token());
        if (!prepared)
            return complain(prepared.error());
        request = *prepared;
    }
    const GenerationOutcome outcome = engine->generate(request, observer, run.get_token());
    progress.finishLine();
    if (writer.problem())
        return complain(*writer.problem());
    if (const Error* error = std::get_if<Error>(&outcome)) {
        if (arguments.json)
            printJson({{"event", "error"}, {"message", error->message}});
        return complain(*error);
    }
    if (std::holds_alternative<Cancelled>(outcome)) {
        if (arguments.json)
            printJson({{"event", "cancelled"}});
        return complain({ErrorKind::Cancelled, "Stopped; pictures that were finished are kept."});
    }
    return kDone;
}

} // namespace unfog::cli
