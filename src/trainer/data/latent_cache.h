#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>

#include <ATen/ATen.h>

#include "base/result.h"
#include "networks/autoencoder/autoencoder.h"
#include "tokenizer/clip_tokenizer.h"
#include "training_pictures/picture_source.h"

namespace unfog {

/// Pictures as the diffusion model sees them, made once: the autoencoder and the drawing of pictures take no
/// part in training.
struct LatentCache {
    at::Tensor latents; ///< float16 [pictures, channels, height, width], scaled to unit variance; the mean of
                        ///< the autoencoder's distribution
    at::Tensor tokens;  ///< int32 [pictures, wordings, positions]
    at::Tensor empty;   ///< int32 [positions]: the caption that stands for none

    std::int64_t count() const { return latents.size(0); }
};

struct LatentCacheOptions {
    std::int64_t pictures = 32768; ///< of an endless source; all of one that ends
    int wordings = 8;              ///< captions kept of each picture
    int workers = 1;
    /// Names how the cache was made; a file with another mark, or of other captions, is made anew.
    std::string mark;
};

/// Reads `file`, or makes it: InvalidRequest for pictures of a size that the autoencoder does not take,
/// Cancelled when stopped. Says what it does by `say`.
Result<LatentCache> openLatentCache(const std::filesystem::path& file, const PictureSource& source,
                                    const Autoencoder& autoencoder, const ClipTokenizer& tokenizer,
                                    const LatentCacheOptions& options,
                                    const std::function<void(const std::string&)>& say,
                                    const std::stop_token& stop);

struct LatentBatch {
    at::Tensor latents; ///< float32 [batch, channels, height, width]
    at::Tensor tokens;  ///< int64 [batch, positions]
};

/// A batch drawn at random: pictures, one wording of each, and with probability `captionDropout` none
/// (Ho & Salimans 2022, algorithm 1).
LatentBatch drawBatch(const LatentCache& cache, std::int64_t size, double captionDropout,
                      const at::Generator& random, at::Device device);

} // namespace unfog
