// Replays every recorded case under a folder against the engine.
//
//     reference_replay DIR [--models FOLDER] [--verbose]
//
// DIR holds any of schedulers/ networks/ pipelines/ (one safetensors file a case), tokenizer.json,
// models/NAME and single-file/NAME.safetensors. A model that DIR/models lacks is looked for in FOLDER, then
// among the copies that the tests bring. A single file replays the network and pipeline cases of the model it
// is named after. Prints a line a case, ends with "N passed, M failed", exits 1 when one failed and 2 when
// there is nothing to replay.

#include <algorithm>
#include <cstdio>

#include "generation/request/request_json.h"
#include "pipeline/device/compute_target.h"
#include "pipeline/device/compute_threads.h"
#include "pipeline/run/guarded.h"
#include "replay/replay_models.h"
#include "replay/replay_scheduler.h"
#include "replay/replay_tokenizer.h"

namespace fs = std::filesystem;
using namespace unfog;
using namespace unfog::replay;

namespace {

class Tally {
public:
    void add(const Verdict& verdict)
    {
        std::printf("%s\n", verdict.line().c_str());
        std::fflush(stdout);
        ++(verdict.passed() ? m_passed : m_failed);
    }

    void failed(const std::string& name, const std::string& why)
    {
        Verdict verdict(name);
        verdict.failed(why);
        add(verdict);
    }

    int finish() const
    {
        std::printf("%d passed, %d failed\n", m_passed, m_failed);
        return m_passed + m_failed == 0 ? 2 : m_failed == 0 ? 0 : 1;
    }

private:
    int m_passed = 0;
    int m_failed = 0;
};

std::vector<fs::path> sortedFiles(const fs::path& folder, const std::string& suffix)
{
    std::vector<fs::path> files;
    std::error_code error;
    for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        if (entry->is_regular_file() && entry->path().extension() == suffix)
            files.push_back(entry->path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

Verdict replayWithModel(const ReferenceCase& recorded, const LoadedModel& model)
{
    if (recorded.kind == "text_encoder")
        return replayTextEncoder(recorded, model);
    if (recorded.kind == "unet")
        return replayUnet(recorded, model);
    if (recorded.kind == "vae")
        return replayVae(recorded, model);
    return replayPipeline(recorded, model);
}

/// A case must not take the others with it: what it throws is its own failure.
template <class Replay>
Verdict caught(const std::string& name, const Replay& replay)
{
    auto verdict = guarded("the replay", [&]() -> Result<Verdict> {
        try {
            return replay();
        } catch (const nlohmann::json::exception& error) {
            return fail(ErrorKind::BadFile, error.what());
        } catch (const std::out_of_range&) {
            return fail(ErrorKind::BadFile, "a tensor that this kind of case needs is not recorded");
        }
    });
    if (verdict)
        return *verdict;
    Verdict failure(name);
    failure.failed(verdict.error().message);
    return failure;
}

bool needsModel(const ReferenceCase& recorded)
{
    static const std::vector<std::string> kinds = {"text_encoder", "unet", "vae", "pipeline"};
    return std::find(kinds.begin(), kinds.end(), recorded.kind) != kinds.end();
}

void replayCase(const ReferenceCase& recorded, ModelShelf& shelf, const fs::path& root, Tally& tally)
{
    if (recorded.kind == "scheduler") {
        tally.add(caught(recorded.name, [&] { return replayScheduler(recorded); }));
        return;
    }
    if (!needsModel(recorded)) {
        tally.failed(recorded.name,
                     "kind \"" + recorded.kind +
                         "\" is unknown; known are scheduler, text_encoder, unet, vae, pipeline");
        return;
    }
    const std::string name = recorded.reference.value("model", "");
    const auto replayOn = [&](const Result<const LoadedModel*>& model, const std::string& title) {
        if (!model) {
            tally.failed(title, model.error().message);
            return;
        }
        ReferenceCase titled = recorded;
        titled.name = title;
        tally.add(caught(title, [&] { return replayWithModel(titled, **model); }));
    };
    replayOn(shelf.folderModel(name), recorded.name);
    const fs::path single = root / "single-file" / (name + ".safetensors");
    if (fs::exists(single))
        replayOn(shelf.singleFileModel(single, name), "single-file/" + recorded.name);
}

} // namespace

int main(int argc, char** argv)
{
    std::vector<fs::path> modelFolders;
    fs::path root;
    DeviceChoice device = DeviceChoice::Cpu;
    Precision precision = Precision::Float32;
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        if (argument == "--models" && i + 1 < argc)
            modelFolders.emplace_back(argv[++i]);
        else if (argument == "--device" && i + 1 < argc && parseDevice(argv[i + 1]))
            device = *parseDevice(argv[++i]);
        else if (argument == "--precision" && i + 1 < argc && parsePrecision(argv[i + 1]))
            precision = *parsePrecision(argv[++i]);
        else if (argument == "--verbose")
            Verdict::verbose = true;
        else if (root.empty() && argument.rfind("--", 0) != 0)
            root = argument;
        else
            root.clear(), i = argc;
    }
    if (root.empty() || !fs::is_directory(root)) {
        std::fprintf(stderr, "usage: reference_replay DIR [--models FOLDER] [--device cpu|cuda] [--precision "
                             "float32|float16|bfloat16] "
                             "[--verbose]; DIR must be a folder of recorded cases\n");
        return 2;
    }
    applyThreadCount(0);
    // A card's convolutions round float32 inputs to 10 bits unless told otherwise.
    at::globalContext().setAllowTF32CuDNN(false);
    const c10::InferenceMode inference;
    modelFolders.insert(modelFolders.begin(), root / "models");
    modelFolders.emplace_back(UNFOG_REFERENCE_DIR "/models");
    modelFolders.emplace_back(UNFOG_SOURCE_DIR "/models");
    const auto target = chooseTarget(device, precision);
    if (!target) {
        std::fprintf(stderr, "reference_replay: %s\n", target.error().message.c_str());
        return 2;
    }
    ModelShelf shelf(modelFolders, *target);
    Tally tally;

    if (const fs::path texts = root / "tokenizer.json"; fs::exists(texts)) {
        auto vocabulary = shelf.find("tiny-sd15");
        tally.add(vocabulary
                      ? caught("tokenizer", [&] { return replayTokenizer(texts, *vocabulary / "tokenizer"); })
                      : caught("tokenizer", [&] { return replayTokenizer(texts, root / "tokenizer"); }));
    }
    for (const char* folder : {"schedulers", "networks", "pipelines"}) {
        for (const fs::path& file : sortedFiles(root / folder, ".safetensors")) {
            auto recorded = loadCase(file, root);
            if (recorded)
                replayCase(*recorded, shelf, root, tally);
            else
                tally.failed(fs::relative(file, root).generic_string(), recorded.error().message);
        }
    }
    return tally.finish();
}
