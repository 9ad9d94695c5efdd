#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "base/result.h"
#include "generation/engine/images.h"

namespace unfog {

/// A PNG, JPEG or WebP picture, told apart by content, turned as its Exif orientation says, transparency laid
/// on white. Within the limits of image_limits.h. Errors say what the file is instead, or what is broken; a
/// picture that is cut is an error, never half a picture.
Result<PixelImage> decodeImage(std::span<const std::byte> bytes);

/// The same for a file, its name in front of every error.
Result<PixelImage> readImage(const std::filesystem::path& file);

/// `orientation` as in ExifFields; 5 … 8 exchange width and height.
PixelImage orientImage(const PixelImage& image, int orientation);

} // namespace unfog
