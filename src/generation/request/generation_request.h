#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "generation/engine/images.h"

/// Everything that decides a picture, in one value. The same value is run, queued, written into
/// the PNG and stored in the gallery; its JSON form is in generation/request/request_json.h.
namespace unfog {

/// Where the networks run. Auto: the first NVIDIA card that can compute, else the processor.
struct DeviceChoice {
    enum class Kind { Auto, Cpu, Cuda };
    Kind kind = Kind::Auto;
    int card = 0; ///< with Cuda, counted as CUDA does

    bool operator==(const DeviceChoice&) const = default;
    static const DeviceChoice Auto;
    static const DeviceChoice Cpu;
    static const DeviceChoice Cuda; ///< the first card
};
inline constexpr DeviceChoice DeviceChoice::Auto{};
inline constexpr DeviceChoice DeviceChoice::Cpu{DeviceChoice::Kind::Cpu};
inline constexpr DeviceChoice DeviceChoice::Cuda{DeviceChoice::Kind::Cuda};

enum class Precision { Auto, Float32, Float16, BFloat16 };

/// How the noise is taken away. Empty strings mean "as the model's own scheduler_config.json says".
struct SamplerSettings {
    std::string
        scheduler; ///< a name that `unfog-cli schedulers` lists, e.g. "dpmpp-2m"; "" = the model's own
    std::string
        spacing; ///< "linspace", "leading", "trailing", "karras", "exponential", "beta", "lu"; "" = own
    std::string prediction;    ///< "epsilon", "v_prediction", "sample"; "" = the model's own
    int steps = 20;            ///< 1 … 1000
    std::optional<double> eta; ///< DDIM and TCD stochasticity, 0 … 1; none = the scheduler's default
    /// Largest noise level σ = √((1 − ᾱ)/ᾱ) that the run visits, 0.5 … 1e6; 0 = where the model's schedule
    /// ends; none = there too, except for combinations that can't use so high an end
    /// (diffusion/schedule/sigma_ceiling.h). A finished image's request states the number.
    std::optional<double> sigmaMax = {};

    bool operator==(const SamplerSettings&) const = default;
};

/// The picture that image-to-image starts from.
struct InitImage {
    std::string file;                         ///< where it was read from; only for people and for `reproduce`
    std::string sha256;                       ///< of its decoded pixels, lower-case hex
    double strength = 0.75;                   ///< 0 < strength ≤ 1: the share of the steps that is run
    std::shared_ptr<const PixelImage> pixels; ///< never null when run; already of the request's size

    bool operator==(const InitImage& other) const
    {
        return file == other.file && sha256 == other.sha256 && strength == other.strength;
    }
};

struct GenerationRequest {
    std::string model;     ///< a diffusers folder or a .safetensors single file
    std::string tokenizer; ///< a folder with vocab.json and merges.txt; "" = the model's own or one beside it
    std::string prompt;
    std::string negativePrompt;
    /// Whether brackets in both prompts are weights, as tokenizer/prompt_syntax/prompt_weights.h reads them;
    /// else plain text.
    bool promptWeights = true;
    SamplerSettings sampler;
    double guidanceScale = 7.5;   ///< w of classifier-free guidance, 1 … 100; 1 = no guidance
    double guidanceRescale = 0.0; ///< φ of Lin et al. 2023, 0 … 1
    std::uint64_t seed = 0;       ///< of the first image; image i uses seed + i
    int widthPx = 0;              ///< a multiple of 8; 0 = the model's native size
    int heightPx = 0;
    int count = 1;    ///< images per request, 1 … 1000
    int clipSkip = 0; ///< 0 = the model's own layer; n ≥ 1 = skip the n last layers of the text encoder
    std::optional<InitImage> initImage;
    DeviceChoice device = DeviceChoice::Auto;
    Precision precision = Precision::Auto;
    bool tiledDecode = false;

    bool operator==(const GenerationRequest&) const = default;
};

} // namespace unfog
