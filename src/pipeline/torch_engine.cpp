#include "pipeline/torch_engine.h"

#include <algorithm>
#include <mutex>

#include <torch/version.h>

#include "generation/validate.h"
#include "networks/tensor_memory.h"
#include "pipeline/guarded.h"
#include "pipeline/image_run.h"
#include "pipeline/image_tensors.h"
#include "pipeline/latent_decoder.h"
#include "pipeline/loaded_model.h"
#include "pipeline/preview_fit.h"

namespace unfog {

namespace {

/// What decides whether the model held is the one wanted.
struct ModelKey {
    std::string path;
    std::string tokenizer;
    ComputeTarget target;

    bool operator==(const ModelKey&) const = default;
};

constexpr int kMaxImagesPerBatchOnCard = 4;

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

class TorchEngine final : public GenerationEngine {
public:
    explicit TorchEngine(const EngineOptions& options) : m_options(options) { keepTensorMemory(); }

    GenerationOutcome generate(const GenerationRequest& request, const GenerationObserver& observer,
                               std::stop_token stop) override
    {
        auto images = atTheDoor("the run", [&] { return run(request, observer, stop); });
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
        return cancelledAsError(atTheDoor("loading the model", [&]() -> Result<ModelSummary> {
            if (auto held = holdModel(request, observer, stop); !held)
                return tl::unexpected(held.error());
            return summaryWithPreview(stop);
        }));
    }

    Result<PixelImage> decode(const LatentImage& latent, std::stop_token stop) override
    {
        return cancelledAsError(atTheDoor("decoding", [&]() -> Result<PixelImage> {
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
    auto atTheDoor(const std::string& stage, const Body& body) -> Ended<typename decltype(body())::value_type>
    {
        prepareThisThread();
        const c10::InferenceMode inference;
        struct AtTheEnd {
            ~AtTheEnd() { releaseKeptTensorMemory(); }
        } const leavesNothingBehind;
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

    // OpenMP keeps its thread count per calling thread, so it is set on the thread that computes.
    void prepareThisThread() const { setThreadCount(m_options.threads); }

    Result<std::vector<GeneratedImage>> run(const GenerationRequest& request, const GenerationObserver& observer,
                                            const std::stop_token& stop)
    {
        if (auto valid = validateRequest(request); !valid)
            return tl::unexpected(valid.error());
        if (auto held = holdModel(request, observer, stop); !held)
            return tl::unexpected(held.error());
        if (observer.onModel) {
            auto summary = summaryWithPreview(stop);
            if (!summary)
                return tl::unexpected(summary.error());
            observer.onModel(*summary);
        }
        auto prepared = prepareRequest(*m_model, request, observer, stop);
        if (!prepared)
            return tl::unexpected(prepared.error());

        std::vector<GeneratedImage> images;
        const int perBatch = imagesPerBatch();
        for (int first = 0; first < request.count; first += perBatch) {
            auto batch = runBatch(*prepared, first, std::min(perBatch, request.count - first), observer, stop);
            if (!batch)
                return batch;
            std::move(batch->begin(), batch->end(), std::back_inserter(images));
        }
        return images;
    }

    Result<void> holdModel(const GenerationRequest& request, const GenerationObserver& observer,
                           const std::stop_token& stop)
    {
        auto target = chooseTarget(request.device, request.precision);
        if (!target)
            return tl::unexpected(target.error());
        const ModelKey wanted{request.model, request.tokenizer, *target};
        if (m_model && wanted == m_key && filesUnchanged())
            return {};
        const auto progress = [&](double fraction) {
            if (observer.onStage)
                observer.onStage({Stage::LoadModel, 0, fraction});
        };
        auto loaded = unfog::loadModel(request.model, request.tokenizer, *target, progress, stop);
        if (!loaded)
            return tl::unexpected(loaded.error());
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

    int imagesPerBatch() const
    {
        if (m_options.imagesPerBatch > 0)
            return m_options.imagesPerBatch;
        return m_model->target.device.is_cuda() ? kMaxImagesPerBatchOnCard : 1;
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
        summary.modelHash = m_model->files.checkpoint.modelHash;
        summary.previewMap = m_previewMap;
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
