#pragma once

#include <filesystem>
#include <stop_token>

#include "base/result.h"
#include "networks/autoencoder/autoencoder.h"
#include "trainer/training/training_loop.h"
#include "training_pictures/picture_source.h"

namespace unfog {

struct AutoencoderTraining {
    VaeConfig config; ///< scalingFactor is measured, not read; all of it is, where `startFrom` is given
    std::filesystem::path startFrom; ///< folder of a finished autoencoder to train on; empty: a new one
    /// Leaves the encoder as it is, so that the latents of `startFrom` keep their meaning (and their scale):
    /// a better decoder for a diffusion model that is already trained.
    bool decoderOnly = false;
    LoopSettings loop;
    int batch = 16;          ///< crops in one batch of all workers together
    int cropPx = 64;         ///< side of the random crops; every eighth batch shows whole pictures instead
    double edgeWeight = 0.5; ///< of the error in the differences of neighbouring pixels
    double klWeight = 2e-4;  ///< of the divergence to the normal distribution, a latent value
    std::uint64_t seed = 0;
    int workers = 1;
    at::Device device = at::kCPU;
    bool autocast = false;        ///< bfloat16 on CUDA
    std::int64_t gridEvery = 500; ///< steps between pictures and measurements
    bool quiet = false;
};

/// Trains an AutoencoderKL (Kingma & Welling 2014; Rombach et al. 2022, section 3.1, without the adversary)
/// on a source's pictures, in `folder`: checkpoint.safetensors, log.csv (with the PSNR of 16 whole pictures),
/// grid-STEP.png (originals above reconstructions) and in the end `vae/`, a diffusers component in float32
/// with the scaling factor measured. The same call again goes on from the checkpoint.
Result<void> trainAutoencoder(const AutoencoderTraining& training, const PictureSource& source,
                              const std::filesystem::path& folder, const std::stop_token& stop);

/// Writes `folder`/vae from the run's checkpoint, as trainAutoencoder does at its end; returns the PSNR in
/// dB.
Result<double> exportAutoencoder(const std::filesystem::path& folder, const PictureSource& source);

/// L1 + edges + KL of one batch [batch, 3, height, width]; `random` draws the latents.
at::Tensor autoencoderLoss(const AutoencoderTraining& training, const Autoencoder& autoencoder,
                           const at::Tensor& pictures, const at::Generator& random);

} // namespace unfog
