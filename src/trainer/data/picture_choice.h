#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "training_pictures/picture_source.h"

namespace unfog {

/// Which combinations of object, background and style starter pictures show: a tenth of them is held out of
/// training, for `evaluate`.
enum class PictureSplit { Training, HeldOut, All };

/// Where a run's pictures come from, as the command line says it.
struct PictureChoice {
    std::string packed;                          ///< a file that `unfog-train dataset … --output` wrote
    std::string folder;                          ///< a user's own pictures
    int sizePx = 128;                            ///< of both sides; packed pictures have their own
    std::uint64_t seed = 0;                      ///< of the starter pictures
    PictureSplit split = PictureSplit::Training; ///< of the starter pictures
    std::string objects; ///< a file with a name a line: the only ones that starter pictures show
};

/// The packed file or the folder, if one is named, else the starter pictures, drawn as they are asked for.
/// Unsupported in a build without the parts that a choice needs; InvalidRequest where both are named.
Result<std::unique_ptr<PictureSource>> openPictures(const PictureChoice& choice);

} // namespace unfog
