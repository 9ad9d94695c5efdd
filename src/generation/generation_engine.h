#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "generation/generation_request.h"
#include "generation/result.h"

/// The door of the engine. Queue, gallery, widgets and the command line see only this.
namespace unfog {

/// How a picture came to be: written into its metadata beside the request.
struct Provenance {
    std::string engineVersion;
    std::string libtorchVersion;
    std::string device;       ///< "cpu" or "cuda:0 (name)"
    std::string precision;    ///< "float32", "float16", "bfloat16"
    std::string modelHash;    ///< SHA-256 of the UNet's safetensors header and size; "" unknown
    std::string noiseSha256;  ///< of the initial noise, float32 little-endian
    std::string latentSha256; ///< of the final latent, float32 little-endian
    std::string pixelSha256;  ///< of PixelImage::rgb
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
};

enum class Stage { LoadModel, EncodeText, EncodeImage, Sample, Decode };

struct StageProgress {
    Stage stage = Stage::LoadModel;
    int imageIndex = 0;
    double fraction = 0.0; ///< 0 at the start, 1 at the end of the stage
};

/// Callbacks run on the engine's own thread, in order, and must not throw. Any may be empty.
/// What they do has no influence on the pictures.
struct GenerationObserver {
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
};

} // namespace unfog
