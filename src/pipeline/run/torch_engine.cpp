#include "pipeline/run/torch_engine.h"

#include <algorithm>
#include <iomanip>
#include <optional>
#include <sstream>

#include <torch/version.h>

#include "base/stop.h"
#include "diffusion/catalogue/scheduler_registry.h"
#include "generation/request/validate.h"
#include "networks/kernels/tensor_memory.h"
#include "pipeline/device/compute_threads.h"
#include "pipeline/device/cuda_support.h"
#include "pipeline/families/stable_diffusion/loaded_model.h"
#include "pipeline/model/memory_plan.h"
#include "pipeline/run/guarded.h"
#include "pipeline/run/image_run.h"
#include "pipeline/run/image_tensors.h"
#include "pipeline/run/latent_decoder.h"
#include "pipeline/run/preview_fit.h"
#include "pipeline/run/sampler_catalog.h"

namespace unfog {

namespace {

/// What decides whether the model held is the one wanted.
struct ModelKey {
    std::string path;
    std::string tokenizer;
    ComputeTarget target;
    MemoryStage residence = MemoryStage::Plain;

    bool operator==(const ModelKey&) const = default;
};

constexpr int kMaxImagesPerBatchOnCard = 4;

/// How a request is run within the memory there is.
struct RunPlan {
    MemoryStage stage = MemoryStage::Plain;
    int imagesPerBatch = 1;
    bool roomForTwoModels = true; ///< the one held may stay until another is loaded
    std::string note;             ///< why it is not the plain way; empty where it is
};

std::string gigabytes(std::int64_t bytes)
{
    std::ostringstream text;
    text << std::fixed << std::setprecision(bytes < 1'000'000'000 ? 3 : 1) << static_cast<double>(bytes) / 1e9
         << " GB";
    return text.str();
}

RunShape shapeOf(const GenerationRequest& request, const ModelFiles& files)
{
    const auto native = static_cast<int>(files.unetConfig.sampleSize.value_or(64) * files.vaeConfig.scale());
    RunShape shape;
    shape.widthPx = request.canvas.widthPx > 0 ? request.canvas.widthPx : native;
    shape.heightPx = request.canvas.heightPx > 0 ? request.canvas.heightPx : native;
    shape.guided = request.guidance.scale != 1.0;
    return shape;
}

/// What of a model is in memory does not differ before text encoders leave it.
MemoryStage residenceOf(MemoryStage stage)
{
    return stage < MemoryStage::EncodersAway ? MemoryStage::Plain : stage;
}

const char* familyText(ModelFamily family)
{
    switch (family) {
    case ModelFamily::Sd1:
        return "SD 1.x";
    case ModelFamily::Sd2:
        return "SD 2.x";
    case ModelFamily::SdXl:
        return "SDXL";
    }
    return "";
}

/// Automatic means a card where one is; that it was not taken must not go by in silence.
std::string whyNotOnCard(const GenerationRequest& request, const ComputeTarget& target)
{
    const bool hasCard =
        request.model.device == DeviceChoice::Auto && target.device.is_cpu() && !cuda::report().cards.empty();
    return hasCard ? "computed on the processor: " + cuda::whyUnavailable() : "";
}

class TorchEngine final : public GenerationEngine {
public:
    explicit TorchEngine(const EngineOptions& options) : m_options(options) { keepTensorMemory(); }

    GenerationOutcome generate(const GenerationRequest& request, const GenerationObserver& observer,
                               std::stop_token stop) override
    {
        auto images = runGuardedStage("the run", stop, [&] { return run(request, observer, stop); });
        if (std::holds_alternative<Cancelled>(images))
            return Cancelled{};
        auto& result = std::get<Result<std::vector<GeneratedImage>>>(images);
        if (!result)
            return result.error();
        return std::move(*result);
    }

    Result<ModelSummary> loadModel(const GenerationRequest& request, const GenerationObserver& observer,
                                   std::stop_token stop) override
    {
        return cancelledAsError(runGuardedStage("loading the model", stop, [&]() -> Result<ModelSummary> {
            const auto target = targetOf(request);
            if (!target)
                return tl::unexpected(target.error());
            const auto plan = planRun(request, *target);
            if (!plan)
                return tl::unexpected(plan.error());
            if (auto held = holdModel(request, *target, *plan, observer, stop); !held)
                return tl::unexpected(held.error());
            return summaryWithPreview(stop);
        }));
    }

    Result<PixelImage> decode(const LatentImage& latent, std::stop_token stop) override
    {
        return cancelledAsError(runGuardedStage("decoding", stop, [&]() -> Result<PixelImage> {
            if (!m_model)
                return fail(ErrorKind::InvalidRequest, "No model is loaded that could decode a latent.");
            if (latent.channels != m_model->latentChannels())
                return fail(ErrorKind::InvalidRequest, "The latent has " + std::to_string(latent.channels) +
                                                           " channels; the model held has " +
                                                           std::to_string(m_model->latentChannels()) + ".");
            auto decoded =
                decodeLatent(*m_model, fromLatentImage(latent).to(m_model->target.device), false, stop);
            if (!decoded)
                return tl::unexpected(decoded.error());
            return toPixels(decoded->image);
        }));
    }

private:
    template <class Value>
    using Ended = std::variant<Result<Value>, Cancelled>;

    /// Everything of the engine runs inside: LibTorch's exceptions become errors, Stopped becomes Cancelled.
    template <class Body>
    auto runGuardedStage(const std::string& stage, const std::stop_token& stop, const Body& body)
        -> Ended<typename decltype(body())::value_type>
    {
        prepareThisThread();
        const StopScope scope(&stop);
        const c10::InferenceMode inference;
        struct MemoryRelease {
            ~MemoryRelease() { releaseKeptTensorMemory(); }
        } const memoryRelease;
        try {
            return guarded(stage, body);
        } catch (const Stopped&) {
            return Cancelled{};
        }
    }

    template <class Value>
    static Result<Value> cancelledAsError(Ended<Value> ended)
    {
        if (std::holds_alternative<Cancelled>(ended))
            return fail(ErrorKind::Cancelled, "Cancelled.");
        return std::get<Result<Value>>(std::move(ended));
    }

    void prepareThisThread() const
    {
        applyThreadCount(m_options.threads);
        limitTensorMemory(m_options.memoryLimitBytes);
    }

    Result<ComputeTarget> targetOf(const GenerationRequest& request) const
    {
        auto target = chooseTarget(request.model.device, request.model.precision);
        if (target && target->device.is_cuda() && m_options.memoryLimitBytes > 0)
            cuda::limitMemory(m_options.memoryLimitBytes, target->device.index());
        return target;
    }

    Result<std::vector<GeneratedImage>> run(const GenerationRequest& request,
                                            const GenerationObserver& observer, const std::stop_token& stop)
    {
        if (auto valid = validateRequest(request); !valid)
            return tl::unexpected(valid.error());
        const auto target = targetOf(request);
        if (!target)
            return tl::unexpected(target.error());
        auto plan = planRun(request, *target);
        if (!plan)
            return tl::unexpected(plan.error());

        std::vector<GeneratedImage> images;
        for (;;) {
            // Guarded one by one: what is finished stays finished when memory runs out.
            const Result<void> ran = guarded("the run", [&]() -> Result<void> {
                return runPlanned(*plan, request, *target, observer, stop, images);
            });
            if (ran)
                return images;
            if (ran.error().kind != ErrorKind::OutOfMemory || plan->stage == MemoryStage::StreamedUnet)
                return tl::unexpected(ran.error());
            fallBack(*plan);
        }
    }

    /// Appends to `images` what is missing there.
    Result<void> runPlanned(const RunPlan& plan, GenerationRequest request, const ComputeTarget& target,
                            const GenerationObserver& observer, const std::stop_token& stop,
                            std::vector<GeneratedImage>& images)
    {
        if (auto held = holdModel(request, target, plan, observer, stop); !held)
            return held;
        if (observer.onModel) {
            auto summary = summaryWithPreview(stop);
            if (!summary)
                return tl::unexpected(summary.error());
            observer.onModel(*summary);
        }
        request.output.tiledDecode |= plan.stage >= MemoryStage::TiledDecode;
        auto prepared = prepareRequest(*m_model, request, observer, stop);
        if (!prepared)
            return tl::unexpected(prepared.error());
        if (!plan.note.empty())
            prepared->notes.push_back(plan.note);
        if (const std::string why = whyNotOnCard(request, target); !why.empty())
            prepared->notes.push_back(why);

        for (int first = static_cast<int>(images.size()); first < request.output.count;
             first += plan.imagesPerBatch) {
            auto batch =
                runBatch(*prepared, first, std::min(plan.imagesPerBatch, request.output.count - first),
                         observer, stop);
            if (!batch)
                return tl::unexpected(batch.error());
            std::move(batch->begin(), batch->end(), std::back_inserter(images));
        }
        return {};
    }

    Result<RunPlan> planRun(const GenerationRequest& request, const ComputeTarget& target) const
    {
        std::optional<ModelFiles> opened;
        if (!m_model || m_key.path != request.model.path || !filesUnchanged()) {
            auto files = openModel(request.model.path);
            if (!files)
                return failFor(files, ErrorCause::Model, request.model.path);
            opened = std::move(*files);
        }
        const ModelFiles& files = opened ? *opened : m_model->files;
        const std::int64_t held =
            m_model && m_model->target.device == target.device
                ? estimateMemory(m_model->files, m_model->target, {}, m_model->memoryStage).weightBytes
                : 0;
        const std::int64_t limit = m_options.memoryLimitBytes;
        const std::int64_t available = limit > 0 ? limit : freeMemoryBytes(target) + held;

        RunPlan plan;
        RunShape shape = shapeOf(request, files);
        shape.images = std::min(mostImagesPerBatch(target), request.output.count);
        plan.stage = planMemory(files, target, shape, available);
        while (plan.stage != MemoryStage::Plain && shape.images > 1) {
            shape.images /= 2;
            plan.stage = planMemory(files, target, shape, available);
        }
        plan.imagesPerBatch = shape.images;
        const std::int64_t needed = estimateMemory(files, target, shape, MemoryStage::Plain).peakBytes;
        plan.roomForTwoModels = plan.stage == MemoryStage::Plain && needed + held <= available;
        if (plan.stage != MemoryStage::Plain)
            plan.note = "about " + gigabytes(needed) + " of memory needed, " + gigabytes(available) +
                        " at hand: " + describe(plan.stage) +
                        (encoderTarget(target, plan.stage).device != target.device
                             ? ", and text was encoded on the processor"
                             : "");
        return plan;
    }

    void fallBack(RunPlan& plan)
    {
        // Tiles were tried by then: decodeLatent does that itself, without sampling again.
        plan.stage =
            plan.stage < MemoryStage::EncodersAway ? MemoryStage::EncodersAway : MemoryStage::StreamedUnet;
        plan.imagesPerBatch = 1;
        plan.roomForTwoModels = false;
        plan.note = "memory ran out, and the run went on another way: " + describe(plan.stage);
        releaseKeptTensorMemory();
        cuda::releaseCachedMemory();
    }

    Result<void> holdModel(const GenerationRequest& request, const ComputeTarget& target, const RunPlan& plan,
                           const GenerationObserver& observer, const std::stop_token& stop)
    {
        const ModelKey wanted{request.model.path, request.model.tokenizer, target, residenceOf(plan.stage)};
        if (m_model && wanted == m_key && filesUnchanged())
            return {};
        if (!plan.roomForTwoModels)
            m_model.reset();
        const auto progress = [&](double fraction) {
            if (observer.onStage)
                observer.onStage({Stage::LoadModel, 0, fraction});
        };
        auto loaded = unfog::loadModel(request.model.path, request.model.tokenizer, target, progress, stop,
                                       wanted.residence);
        if (!loaded)
            return failFor(loaded, ErrorCause::Model, request.model.path);
        m_model = std::move(*loaded);
        m_key = wanted;
        m_previewMap = {};
        return {};
    }

    bool filesUnchanged() const
    {
        const Checkpoint& checkpoint = m_model->files.checkpoint;
        return checkpoint.unet.store.unchanged() && checkpoint.vae.store.unchanged() &&
               checkpoint.textEncoder.store.unchanged() &&
               (!checkpoint.textEncoder2 || checkpoint.textEncoder2->store.unchanged());
    }

    int mostImagesPerBatch(const ComputeTarget& target) const
    {
        if (m_options.imagesPerBatch > 0)
            return m_options.imagesPerBatch;
        return target.device.is_cuda() ? kMaxImagesPerBatchOnCard : 1;
    }

    Result<ModelSummary> summaryWithPreview(const std::stop_token& stop)
    {
        if (!m_previewMap.isFitted()) {
            auto fitted = fitPreviewMap(*m_model, m_options.cacheFolder, stop);
            if (!fitted)
                return tl::unexpected(fitted.error());
            m_previewMap = *fitted;
        }
        ModelSummary summary;
        summary.path = m_key.path;
        summary.family = familyText(m_model->files.checkpoint.family);
        summary.nativeWidthPx = m_model->nativeWidthPx;
        summary.nativeHeightPx = m_model->nativeHeightPx;
        summary.latentChannels = m_model->latentChannels();
        summary.latentDownscale = m_model->latentDownscale();
        summary.promptTokenLimit = m_model->towers.front().tokenizer.maxLength() - 2;
        summary.textLayers = m_model->files.textLayers();
        summary.guide = m_model->guide;
        summary.modelHash = m_model->files.checkpoint.modelHash;
        summary.previewMap = m_previewMap;
        summary.samplerLimits = samplerLimitsOf(m_model->files.checkpoint.schedulerConfigJson);
        summary.samplerDefaults = samplerDefaults(m_model->files.checkpoint.schedulerConfigJson);
        summary.samplerDefaults.clipSkip = m_model->isXl() ? 1 : 0;
        return summary;
    }

    EngineOptions m_options;
    std::unique_ptr<LoadedModel> m_model;
    ModelKey m_key;
    LatentRgbMap m_previewMap; ///< fitted when somebody first asks for the model's summary
};

} // namespace

std::unique_ptr<GenerationEngine> makeTorchEngine(const EngineOptions& options)
{
    return std::make_unique<TorchEngine>(options);
}

std::string libtorchVersion()
{
    return TORCH_VERSION;
}

std::string engineVersion()
{
    return UNFOG_VERSION;
}

} // namespace unfog
