// What a card must do as the processor does: images of one seed in every precision and at every stage of
// little memory, a run stopped, memory that runs out, peak memory against its estimate. Part of the
// engine-only build; tests/gpu/check.sh runs it. Without a card it says so and checks the processor by the
// same code as far as it goes.
//   device_check MODEL [FULL]      FULL: a model of full size, for peak memory (see full_size_model.cpp);
//   JSON on standard output
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "networks/kernels/tensor_memory.h"
#include "pipeline/device/compute_target.h"
#include "pipeline/device/cuda_support.h"
#include "pipeline/device/device_report.h"
#include "pipeline/model/memory_plan.h"
#include "pipeline/run/torch_engine.h"

namespace unfog {

namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

int passed = 0, failed = 0;
Json checks = Json::array();

void tell(bool good, const std::string& name, const std::string& what, double value = 0.0, double limit = 0.0)
{
    ++(good ? passed : failed);
    checks.push_back({{"name", name}, {"passed", good}, {"value", value}, {"limit", limit}, {"text", what}});
    std::fprintf(stderr, "%s\t%s\t%s\n", good ? "PASS" : "FAIL", name.c_str(), what.c_str());
}

struct Checked {
    std::string name;
    DeviceChoice device;
    Precision precision;
    double largest;     ///< allowed largest difference to the processor's image, in steps of 1/255; 256 = not
                        ///< looked at
    double largestMean; ///< likewise, the mean
};

GenerationRequest requestFor(const std::string& model, DeviceChoice device, Precision precision)
{
    GenerationRequest request;
    request.model.path = model;
    request.prompts.positive = "a red apple on a blue background";
    request.guidance.scale = 4.0;
    request.output.seed = 1;
    request.model.device = device;
    request.model.precision = precision;
    return request;
}

struct Difference {
    double mean = 256.0;
    double largest = 256.0;
};

Difference differenceOf(const PixelImage& a, const PixelImage& b)
{
    if (a.rgb.size() != b.rgb.size() || a.rgb.empty())
        return {};
    double sum = 0.0;
    int largest = 0;
    for (std::size_t i = 0; i < a.rgb.size(); ++i) {
        const int apart = std::abs(static_cast<int>(a.rgb[i]) - static_cast<int>(b.rgb[i]));
        sum += apart;
        largest = std::max(largest, apart);
    }
    return {sum / static_cast<double>(a.rgb.size()), static_cast<double>(largest)};
}

/// Limits hold for all tensors of the process.
void takeLimitBack(const GenerationRequest& request)
{
    limitTensorMemory(0);
    if (request.model.device.kind == DeviceChoice::Kind::Cuda)
        cuda::limitMemory(std::int64_t{1} << 50, request.model.device.card);
}

/// Empty, having told why, where there is no image.
std::vector<GeneratedImage> imageOf(const GenerationRequest& request, const std::string& name,
                                    std::int64_t limitBytes = 0)
{
    EngineOptions options;
    options.memoryLimitBytes = limitBytes;
    GenerationOutcome outcome = makeTorchEngine(options)->generate(request, {}, {});
    takeLimitBack(request);
    if (const Error* error = std::get_if<Error>(&outcome))
        tell(false, name, error->message);
    if (auto* images = std::get_if<std::vector<GeneratedImage>>(&outcome))
        return std::move(*images);
    return {};
}

void compare(const std::vector<GeneratedImage>& found, const PixelImage& expected, const std::string& name,
             double allowed, double allowedMean)
{
    if (found.empty())
        return;
    const Difference apart = differenceOf(found.front().pixels, expected);
    std::string notes;
    for (const std::string& note : found.front().provenance.notes)
        notes += "; " + note;
    char text[160];
    std::snprintf(text, sizeof(text),
                  "largest difference %g of %g allowed, mean %.4f of %.2f, in steps of 1/255", apart.largest,
                  allowed, apart.mean, allowedMean);
    tell(apart.largest <= allowed && apart.mean <= allowedMean, name, text + notes, apart.mean, allowedMean);
}

void checkStages(const GenerationRequest& request, const std::string& device, double allowed)
{
    const auto files = openModel(request.model.path);
    const auto target = chooseTarget(request.model.device, request.model.precision);
    const std::vector<GeneratedImage> plain = imageOf(request, device + " with all memory");
    if (!files || !target || plain.empty())
        return tell(false, device, "the stages of little memory could not be tried");
    const RunShape shape = {plain.front().request.canvas.widthPx, plain.front().request.canvas.heightPx, 1,
                            true};
    for (const MemoryStage stage : {MemoryStage::EncodersAway, MemoryStage::StreamedUnet}) {
        // Just too little for the stage before.
        const auto before = static_cast<MemoryStage>(static_cast<int>(stage) - 1);
        const std::int64_t limit =
            estimateMemory(*files, *target, shape, before).peakBytes / 9 * 10 - (1 << 14);
        const std::string name = device + ": " + describe(stage);
        compare(imageOf(request, name, limit), plain.front().pixels, name, allowed, allowed);
    }
}

/// A stop in the middle is seen at once, and the engine makes the same image afterwards.
void checkStop(GenerationRequest request, const std::string& device)
{
    request.sampler.steps = 40;
    const auto engine = makeTorchEngine();
    const auto run = [&](const GenerationObserver& observer, std::stop_token stop) {
        return engine->generate(request, observer, std::move(stop));
    };
    const GenerationOutcome before = run({}, {});
    std::stop_source stop;
    Clock::time_point asked;
    GenerationObserver observer;
    observer.onStep = [&](const StepProgress& step) {
        if (step.step == 5) {
            asked = Clock::now();
            stop.request_stop();
        }
    };
    const GenerationOutcome stopped = run(observer, stop.get_token());
    const double seconds = std::chrono::duration<double>(Clock::now() - asked).count();
    const GenerationOutcome after = run({}, {});
    const auto* first = std::get_if<std::vector<GeneratedImage>>(&before);
    const auto* second = std::get_if<std::vector<GeneratedImage>>(&after);
    const bool same =
        first != nullptr && second != nullptr && first->front().pixels == second->front().pixels;
    tell(std::holds_alternative<Cancelled>(stopped) && same && seconds < 0.5, device + ": stop",
         "seen after " + std::to_string(seconds) + " s, " + (same ? "the same image" : "no equal image") +
             " afterwards",
         seconds, 0.5);
}

/// Memory that runs out is one sentence, and the next run makes the same image. `limitBytes`: less than the
/// run needs with the UNet streamed.
void checkOutOfMemory(const GenerationRequest& request, const std::string& device, std::int64_t limitBytes)
{
    const std::vector<GeneratedImage> plain = imageOf(request, device + " before memory ran out");
    EngineOptions options;
    options.memoryLimitBytes = limitBytes;
    const GenerationOutcome refused = makeTorchEngine(options)->generate(request, {}, {});
    takeLimitBack(request);
    const Error* error = std::get_if<Error>(&refused);
    const std::vector<GeneratedImage> again = imageOf(request, device + " after memory ran out");
    const bool same = !plain.empty() && !again.empty() && plain.front().pixels == again.front().pixels;
    tell(error != nullptr && error->kind == ErrorKind::OutOfMemory && same, device + ": out of memory",
         (error != nullptr ? error->message : "no error") +
             (same ? " The same image afterwards." : " No equal image afterwards."));
}

/// Peak of weights and tensors against the estimate that decides how a run is made to fit.
void checkPeak(const GenerationRequest& request, const std::string& device)
{
    const auto files = openModel(request.model.path);
    const auto target = chooseTarget(request.model.device, request.model.precision);
    if (!files || !target)
        return tell(false, device + ": peak memory", files ? target.error().message : files.error().message);
    const RunShape shape = {request.canvas.widthPx, request.canvas.heightPx, 1, true};
    const std::int64_t estimated = estimateMemory(*files, *target, shape, MemoryStage::Plain).peakBytes;
    if (estimated > freeMemoryBytes(*target))
        return tell(true, device + ": peak memory",
                    "not tried, it would need " + std::to_string(estimated / 1000000) + " MB");
    resetPeakTensorMemory();
    const std::int64_t before = tensorMemory().inUseBytes;
    const auto start = Clock::now();
    const auto made = imageOf(request, device + ": peak memory");
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    if (made.empty())
        return;
    const std::int64_t peak = target->device.is_cuda() ? cuda::peakBytes(target->device.index())
                                                       : tensorMemory().peakBytes - before;
    const double ratio = static_cast<double>(estimated) / static_cast<double>(peak);
    char text[200];
    std::snprintf(text, sizeof(text), "%.2f GB at %d², estimated %.2f GB (%.2f times), %.1f s with loading",
                  static_cast<double>(peak) / 1e9, request.canvas.widthPx,
                  static_cast<double>(estimated) / 1e9, ratio, seconds);
    tell(ratio > 0.85 && ratio < 1.25, device + ": peak memory", text, ratio, 1.25);
}

void checkDevice(const std::string& model, const std::string& full, const PixelImage& onCpu,
                 DeviceChoice device, const std::string& name)
{
    const bool isCard = device.kind == DeviceChoice::Kind::Cuda;
    // The processor computes in float32 whatever the weights are kept in.
    const std::array<Checked, 3> each = {
        Checked{name + " float32", device, Precision::Float32, isCard ? 1.0 : 0.0, 0.5},
        Checked{name + " float16", device, Precision::Float16, 256.0, 6.0},
        Checked{name + " bfloat16", device, Precision::BFloat16, 256.0, 12.0}};
    for (const Checked& check : each) {
        if (check.precision == Precision::BFloat16 && !chooseTarget(device, check.precision)) {
            tell(true, check.name, "not tried: " + chooseTarget(device, check.precision).error().message);
            continue;
        }
        compare(imageOf(requestFor(model, device, check.precision), check.name), onCpu, check.name,
                check.largest, check.largestMean);
    }
    const GenerationRequest request = requestFor(model, device, Precision::Float32);
    checkStages(request, name + " float32", isCard ? 1.0 : 0.0);
    checkStop(request, name);
    if (full.empty())
        return;
    GenerationRequest large = requestFor(full, device, isCard ? Precision::Float16 : Precision::Float32);
    large.canvas.widthPx = large.canvas.heightPx = isCard ? 512 : 64;
    large.sampler.steps = 2;
    // A card's memory comes in large pieces: a small model would not feel so small a limit.
    if (isCard)
        checkOutOfMemory(large, name, 300'000'000);
    else
        checkOutOfMemory(request, name, 1 << 20);
    checkPeak(large, name);
}

int checkAll(const std::string& model, const std::string& full)
{
    const DeviceReport report = reportDevices();
    for (const auto& [label, text] : rowsOf(report))
        std::fprintf(stderr, "%-14s %s\n", label.c_str(), text.c_str());
    const std::vector<GeneratedImage> onCpu =
        imageOf(requestFor(model, DeviceChoice::Cpu, Precision::Float32), "cpu float32");
    if (onCpu.empty())
        return EXIT_FAILURE;
    if (const int card = report.firstUsableCard(); card >= 0)
        checkDevice(model, full, onCpu.front().pixels, {DeviceChoice::Kind::Cuda, card}, "cuda");
    else
        checkDevice(model, full, onCpu.front().pixels, DeviceChoice::Cpu, "cpu");
    Json rows = Json::object();
    for (const auto& [label, text] : rowsOf(report))
        rows[label] = text;
    std::printf("%s\n",
                Json{{"engine", engineVersion()}, {"devices", rows}, {"checks", checks}}.dump(1).c_str());
    std::fprintf(stderr, "%d passed, %d failed\n", passed, failed);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

} // namespace

} // namespace unfog

int main(int count, char** words)
{
    if (count != 2 && count != 3) {
        std::fprintf(stderr, "Usage: device_check MODEL [FULL] (each a folder or a .safetensors file)\n");
        return 2;
    }
    return unfog::checkAll(words[1], count == 3 ? words[2] : "");
}
