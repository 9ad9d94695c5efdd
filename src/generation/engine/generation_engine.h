#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "generation/engine/latent_rgb_map.h"
#include "generation/engine/model_guide.h"
#include "generation/engine/sampler_catalog.h"
#include "generation/request/generation_request.h"
#include "generation/request/request_fields.h"

/// The door of the engine. Queue, gallery, widgets and the command line see only this.
namespace unfog {

/// How a picture came to be: written into its metadata beside the request.
struct Provenance {
    std::string engineVersion;
    std::string libtorchVersion;
    std::string device;             ///< "cpu" or "cuda:0 (name)"
    std::string precision;          ///< "float32", "float16", "bfloat16"
    std::string modelHash;          ///< SHA-256 of the UNet's safetensors header and size; "" unknown
    std::string noiseSha256;        ///< of the initial noise, float32 little-endian
    std::string latentSha256;       ///< of the final latent, float32 little-endian
    std::string pixelSha256;        ///< of PixelImage::rgb
    std::vector<std::string> notes; ///< what a person should know: tokens cut, VAE repeated in float32, …

    bool operator==(const Provenance&) const = default;
};

struct GeneratedImage {
    PixelImage pixels;
    LatentImage latent;        ///< final x₀ before decode
    GenerationRequest request; ///< resolved: this image's own seed, count 1, size and scheduler named
    Provenance provenance;
};

/// After one step of the sampler. `predictedOriginal` is x̂₀, `sample` is x_t, both of this image alone.
struct StepProgress {
    int imageIndex = 0;
    int imageCount = 1;
    int step = 0; ///< 1 … stepCount; one per network evaluation that the scheduler asks for
    int stepCount = 0;
    double timestep = 0.0;
    double sigma = 0.0; ///< σ of the noise level that the network saw, √((1−ᾱ)/ᾱ); flow models: σ in 0 … 1
    double seconds = 0.0; ///< wall time of this step
    LatentImage predictedOriginal;
    LatentImage sample;
    std::optional<PixelImage> preview; ///< x̂₀ decoded in full, when `previewEveryNthStep` asked for it
};

enum class Stage { LoadModel, EncodeText, EncodeImage, Sample, Decode };

struct StageProgress {
    Stage stage = Stage::LoadModel;
    int imageIndex = 0;
    double fraction = 0.0; ///< 0 at the start, 1 at the end of the stage
};

/// What is known of a model once it is loaded.
struct ModelSummary {
    std::string path;
    std::string family; ///< "SD 1.x", "SD 2.x", "SDXL"
    int nativeWidthPx = 0;
    int nativeHeightPx = 0;
    int latentChannels = 0;
    int latentDownscale = 8;   ///< picture pixels per latent pixel; sizes must be multiples of 8 and of this
    int textLayers = 0;        ///< of the shallowest text encoder
    int promptTokenLimit = 75; ///< tokens of a prompt that are used, start and end token not counted
    std::string modelHash;
    /// Which fields of a request make sense with it.
    ModelFeatures accepts = {ModelFeature::Prompt, ModelFeature::NegativePrompt, ModelFeature::ClipSkip,
                             ModelFeature::StartImage};
    LatentRgbMap previewMap;
    SamplerLimits samplerLimits; ///< schedulers and spacings that can't work with this model
    SamplerDefaults samplerDefaults;
    ModelGuide guide; ///< empty where the model's folder has none
};

/// Callbacks run on the engine's own thread, in order, and must not throw. Any may be empty.
/// What they do, and which previews are asked for, has no influence on the pictures.
struct GenerationObserver {
    int previewEveryNthStep =
        0; ///< 0 = no full decodes; the fast approximation is the observer's own (previewMap)
    std::function<void(const ModelSummary&)> onModel; ///< once per run, before the first step
    std::function<void(const StageProgress&)> onStage;
    std::function<void(const StepProgress&)> onStep;
    std::function<void(const GeneratedImage&)> onImage; ///< each picture as soon as it is finished
};

struct Cancelled {};

/// Exactly one of: every picture that was asked for, cancelled, or the reason why not.
using GenerationOutcome = std::variant<std::vector<GeneratedImage>, Cancelled, Error>;

class GenerationEngine {
public:
    virtual ~GenerationEngine() = default;

    /// Runs one request to its end on the calling thread; one call at a time. Loads the model when it
    /// is not the one held. Never throws. Seen within a fraction of a step: `stop`.
    virtual GenerationOutcome generate(const GenerationRequest& request, const GenerationObserver& observer,
                                       std::stop_token stop) = 0;

    /// Loads a model before it is needed, with progress by `observer.onStage`. The one held stays usable
    /// when this fails, unless memory has no room for two. Same thread rule as `generate`.
    virtual Result<ModelSummary> loadModel(const GenerationRequest& request,
                                           const GenerationObserver& observer, std::stop_token stop) = 0;

    /// Decodes one latent of the model held, for scrubbing through a finished run. Same thread rule.
    virtual Result<PixelImage> decode(const LatentImage& latent, std::stop_token stop) = 0;
};

} // namespace unfog
