// Pictures of one seed on the CPU and on a card, in every precision and at every stage of little memory. Part
// of the engine-only build; tests/gpu/check.sh runs it. Without a card it says so and checks the stages on
// the CPU.
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "networks/tensor_memory.h"
#include "pipeline/compute_target.h"
#include "pipeline/memory_plan.h"
#include "pipeline/torch_engine.h"

namespace unfog {

namespace {

int passed = 0, failed = 0;

void tell(bool good, const std::string& what)
{
    ++(good ? passed : failed);
    std::printf("%s %s\n", good ? "PASS" : "FAIL", what.c_str());
    std::fflush(stdout);
}

struct Checked {
    std::string name;
    DeviceChoice device;
    Precision precision;
    double largestMean; ///< allowed mean difference to the CPU's picture, in steps of 1/255
};

GenerationRequest requestFor(const std::string& model, DeviceChoice device, Precision precision)
{
    GenerationRequest request;
    request.model = model;
    request.prompt = "a red apple on a blue background";
    request.guidanceScale = 4.0;
    request.seed = 1;
    request.device = device;
    request.precision = precision;
    return request;
}

double meanDifference(const PixelImage& a, const PixelImage& b)
{
    if (a.rgb.size() != b.rgb.size() || a.rgb.empty())
        return 256.0;
    double sum = 0.0;
    for (std::size_t i = 0; i < a.rgb.size(); ++i)
        sum += std::abs(static_cast<int>(a.rgb[i]) - static_cast<int>(b.rgb[i]));
    return sum / static_cast<double>(a.rgb.size());
}

/// Empty, having told why, where there is no picture.
std::vector<GeneratedImage> pictureOf(const GenerationRequest& request, const std::string& name,
                                      std::int64_t limitBytes = 0)
{
    EngineOptions options;
    options.memoryLimitBytes = limitBytes;
    GenerationOutcome outcome = makeTorchEngine(options)->generate(request, {}, {});
    limitTensorMemory(0);
    if (const Error* error = std::get_if<Error>(&outcome))
        tell(false, name + ": " + error->message);
    if (auto* images = std::get_if<std::vector<GeneratedImage>>(&outcome))
        return std::move(*images);
    return {};
}

void compare(const std::vector<GeneratedImage>& found, const PixelImage& expected, const std::string& name,
             double allowed)
{
    if (found.empty())
        return;
    const double mean = meanDifference(found.front().pixels, expected);
    std::string notes;
    for (const std::string& note : found.front().provenance.notes)
        notes += "; " + note;
    tell(mean <= allowed, name + ": mean difference " + std::to_string(mean) + " of " +
                              std::to_string(allowed) + " allowed" + notes);
}

void checkStages(const GenerationRequest& request, const std::string& device, double allowed)
{
    const auto files = openModel(request.model);
    const auto target = chooseTarget(request.device, request.precision);
    const std::vector<GeneratedImage> plain = pictureOf(request, device + " with all memory");
    if (!files || !target || plain.empty())
        return tell(false, device + ": the stages of little memory could not be tried");
    const RunShape shape = {plain.front().request.widthPx, plain.front().request.heightPx, 1, true};
    for (const MemoryStage stage : {MemoryStage::EncodersAway, MemoryStage::StreamedUnet}) {
        // Just too little for the stage before.
        const auto before = static_cast<MemoryStage>(static_cast<int>(stage) - 1);
        const std::int64_t limit =
            estimateMemory(*files, *target, shape, before).peakBytes / 9 * 10 - (1 << 14);
        compare(pictureOf(request, device + ": " + describe(stage), limit), plain.front().pixels,
                device + ": " + describe(stage), allowed);
    }
}

int checkAll(const std::string& model)
{
    std::printf("Unfog %s, LibTorch %s\n", engineVersion().c_str(), libtorchVersion().c_str());
    const std::vector<GeneratedImage> onCpu =
        pictureOf(requestFor(model, DeviceChoice::Cpu, Precision::Float32), "cpu float32");
    if (onCpu.empty())
        return EXIT_FAILURE;
    checkStages(requestFor(model, DeviceChoice::Cpu, Precision::Float32), "cpu float32", 0.0);

    if (const auto card = chooseTarget(DeviceChoice::Cuda, Precision::Float32); !card) {
        std::printf("%s The CPU alone was checked.\n", card.error().message.c_str());
    } else {
        const std::array<Checked, 3> checks = {
            Checked{"cuda float32", DeviceChoice::Cuda, Precision::Float32, 0.5},
            Checked{"cuda float16", DeviceChoice::Cuda, Precision::Float16, 6.0},
            Checked{"cuda bfloat16", DeviceChoice::Cuda, Precision::BFloat16, 12.0}};
        for (const Checked& check : checks)
            compare(pictureOf(requestFor(model, check.device, check.precision), check.name),
                    onCpu.front().pixels, check.name, check.largestMean);
        checkStages(requestFor(model, DeviceChoice::Cuda, Precision::Float32), "cuda float32", 0.5);
    }
    std::printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

} // namespace

} // namespace unfog

int main(int count, char** words)
{
    if (count != 2) {
        std::fprintf(stderr, "Usage: device_check MODEL (a folder or a .safetensors file)\n");
        return 2;
    }
    return unfog::checkAll(words[1]);
}
