#pragma once

#include <cstdint>
#include <vector>

#include "networks/autoencoder/vae_config.h"
#include "networks/unet/unet_config.h"

/// How many bytes the tensors of a network need at once beyond its weights, from shapes alone: the order in
/// which forward passes take and give back their memory, followed without computing. Attention is taken to be
/// fused.
namespace unfog {

struct TensorShapes {
    int64_t rows = 1;   ///< pictures in the batch, twice as many with guidance
    int64_t height = 0; ///< of the latents
    int64_t width = 0;
    int64_t bytesPerNumber = 4;
    bool ownKernels = true; ///< of the CPU, which write results over what is no longer needed
};

/// `blockWeights`: bytes of each down block, the middle and each up block where they come and go one by one
/// (UNet::streamed); else empty. `textTokens`: of the prompt, whose keys and values are kept.
int64_t unetTensorBytes(const UNetConfig& config, const TensorShapes& shapes, int64_t textTokens,
                        const std::vector<int64_t>& blockWeights = {});

/// Of decoding latents of these shapes at once, the picture included.
int64_t decoderTensorBytes(const VaeConfig& config, const TensorShapes& shapes);

} // namespace unfog
