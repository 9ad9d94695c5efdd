#pragma once

#include <memory>
#include <optional>
#include <string>

#include "generation/engine/images.h"

namespace unfog {

/// The image that image-to-image starts from.
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

/// The images that go into a run.
struct ImageInputs {
    std::optional<InitImage> start; ///< none = the run starts from noise

    bool operator==(const ImageInputs&) const = default;
};

} // namespace unfog
