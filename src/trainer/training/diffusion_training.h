#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "trainer/networks/model_folder.h"
#include "trainer/training/training_loop.h"
#include "training_pictures/picture_source.h"

namespace unfog {

struct DiffusionTraining {
    NewModel model; ///< read when the run begins and `startFrom` is empty
    /// A finished model in the diffusers layout (Stable Diffusion 1.x, 2.x): its networks are trained on, its
    /// autoencoder, vocabulary, prediction and noise schedule are kept.
    std::filesystem::path startFrom;
    LoopSettings loop;
    int batch = 32;              ///< pictures of all workers together
    double captionDropout = 0.1; ///< share of pictures that are shown without their caption
    double minSnrGamma = 5.0;    ///< 0: off
    std::int64_t cachedPictures = 32768;
    int wordings = 8;
    std::uint64_t seed = 0;
    int workers = 1;
    at::Device device = at::kCPU;
    bool autocast = false; ///< bfloat16 on CUDA
    std::int64_t gridEvery = 500;
    std::vector<std::string> gridPrompts; ///< empty: captions of the source
    double gridGuidance = 4.0;
    bool quiet = false;
};

/// Trains text encoder and UNet together on a source's pictures, in `folder`: model/ (complete at the end),
/// latents.safetensors, checkpoint.safetensors, log.csv, grid-STEP.png (the same prompts and noise each
/// time, drawn with the averaged weights). The same call again goes on from the checkpoint; so it does when
/// `stop` ended it, which is no error.
Result<void> trainDiffusion(const DiffusionTraining& training, const PictureSource& source,
                            const std::filesystem::path& folder, const std::stop_token& stop);

/// The model of the last checkpoint in `run`, with averaged weights, as a complete folder at `output`;
/// with the autoencoder in the folder `autoencoder`, if one is named, which must have the run's latents.
Result<void> exportDiffusion(const std::filesystem::path& run, const std::filesystem::path& output,
                             const std::filesystem::path& autoencoder, at::ScalarType dtype);

} // namespace unfog
