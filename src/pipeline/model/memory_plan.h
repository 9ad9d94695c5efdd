#pragma once

#include <cstdint>
#include <string>

#include "pipeline/device/compute_target.h"
#include "pipeline/families/stable_diffusion/model_files.h"

/// Whether a run fits into memory, and how it is made to fit, decided before anything is loaded.
namespace unfog {

/// Each stage does what those before it do as well.
enum class MemoryStage {
    Plain,
    TiledDecode,  ///< the autoencoder decodes in overlapping tiles
    EncodersAway, ///< text encoders are loaded for a prompt and gone afterwards; of a card's run, on the
                  ///< processor
    StreamedUnet, ///< the UNet's blocks come one by one, in every step
};

/// "the text encoders left memory after use" and the like: what that stage adds.
std::string describe(MemoryStage stage);

/// What decides how much memory a run needs beside the model.
struct RunShape {
    int widthPx = 512;
    int heightPx = 512;
    int images = 1;
    bool guided = true;
};

/// Where text encoders compute when the rest does at `target`: a card that is short of memory leaves them to
/// the processor, in float32.
ComputeTarget encoderTarget(const ComputeTarget& target, MemoryStage stage);

struct MemoryEstimate {
    std::int64_t weightBytes = 0; ///< of what stays in memory during the run
    std::int64_t peakBytes = 0;   ///< of weights and tensors at once, at the worst moment
};

/// What `stage` needs on `target`, from the shapes of weights and tensors. The CPU's working memory of a few
/// MB a thread and a card's libraries are not in it.
MemoryEstimate estimateMemory(const ModelFiles& files, const ComputeTarget& target, const RunShape& shape,
                              MemoryStage stage);

/// The first stage whose estimate leaves a tenth of `availableBytes` free, else the last.
MemoryStage planMemory(const ModelFiles& files, const ComputeTarget& target, const RunShape& shape,
                       std::int64_t availableBytes);

/// Memory that is free where `target` computes: of the card, or what the system says is available. Very large
/// where nothing is known.
std::int64_t freeMemoryBytes(const ComputeTarget& target);

} // namespace unfog
