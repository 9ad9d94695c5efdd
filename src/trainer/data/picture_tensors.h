#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include <ATen/ATen.h>

#include "base/result.h"
#include "training_pictures/picture_source.h"

namespace unfog {

/// [3, height, width] in [−1, 1], float32.
at::Tensor tensorOf(const TrainingPicture& picture);

/// The pictures first … first + count − 1 of a source (round and round where it ends) as [count, 3, height,
/// width] in [−1, 1], channels-last. InvalidRequest when they are not all of one size.
Result<at::Tensor> pictureBatch(const PictureSource& source, std::uint64_t first, int count);

/// `index` of a source that may end.
inline std::uint64_t wrappedIndex(const PictureSource& source, std::uint64_t index)
{
    return source.size() == 0 ? index : index % source.size();
}

/// Writes pictures [count, 3, height, width] around [−1, 1] (clamped) as one sheet of `columns` columns:
/// `stem`.png, or `stem`.ppm in a build without PNG.
Result<void> writePictureGrid(const std::filesystem::path& stem, const at::Tensor& pictures, int columns);

} // namespace unfog
