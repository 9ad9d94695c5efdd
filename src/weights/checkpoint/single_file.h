#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "weights/checkpoint/detect.h"
#include "weights/files/tensor_store.h"

namespace unfog {

/// The components of a single-file checkpoint, each as if it lay in a diffusers folder.
struct SingleFileParts {
    ModelFamily family = ModelFamily::Sd1;
    TensorStore unet;
    TensorStore vae;
    TensorStore textEncoder;
    std::optional<TensorStore> textEncoder2; ///< XL
    std::vector<std::string> unusedTensors;  ///< outside every component and not known to be harmless
    bool declaresVPrediction = false;        ///< carries the marker tensor "v_pred"
    bool declaresZeroTerminalSnr = false;    ///< carries the marker tensor "ztsnr"
};

/// Splits an opened single file of Stable Diffusion 1.x, 2.x or XL base. Errors name the component that is
/// missing, or what the file is instead.
Result<SingleFileParts> splitSingleFile(const TensorStore& file);

} // namespace unfog
