#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "image_files/formats/image_format.h"

/// The little of Exif 2.32 that pictures of generators and cameras need.
namespace unfog {

struct ExifFields {
    int orientation = 1;            ///< 1 … 8; 1 = rows from the top, columns from the left
    std::string userComment;        ///< UTF-8; where other programs keep their parameters in JPEG and WebP
    std::vector<std::string> texts; ///< ImageDescription, Make and Model, as they are
};

/// The Exif block of a PNG (eXIf), JPEG (APP1) or WebP (EXIF) file; empty where there is none.
std::span<const std::byte> findExif(std::span<const std::byte> bytes, ImageFormat format);

/// Never fails: what is cut, out of bounds or of another type is as if it were not there.
ExifFields readExif(std::span<const std::byte> exif);

} // namespace unfog
