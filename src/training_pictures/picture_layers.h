#pragma once

#include <opencv2/core.hpp>

#include "training_pictures/captions.h"
#include "training_pictures/glyph_font.h"
#include "training_pictures/picture_random.h"

/// From glyphs on an empty sheet to a picture in a style. Pictures are square, float, red green blue, 0 … 1.
namespace unfog {

struct PictureLayers {
    cv::Mat colour; ///< CV_32FC3, what the objects show, multiplied by alpha
    cv::Mat alpha;  ///< CV_32FC1
};

/// Lays the objects of `content` on an empty sheet, at slightly different sizes and places each time.
/// `second` may be null unless two different ones are asked for.
PictureLayers layObjects(const PictureContent& content, const GlyphBitmap& first, const GlyphBitmap* second,
                         int sizePx, PictureRandom& random);

/// CV_8UC3, red green blue.
cv::Mat paintInStyle(PictureStyle style, const PictureLayers& layers, const cv::Vec3f& background,
                     PictureRandom& random);

} // namespace unfog
