#include "pixels/fit_image.h"

#include <algorithm>
#include <cassert>
#include <cstdint>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace unfog {
namespace {

/// The largest rectangle of the wanted proportions in the middle of the picture.
cv::Rect coveredPart(const PixelImage& image, int widthPx, int heightPx)
{
    const std::int64_t width = image.widthPx, height = image.heightPx;
    const auto scaled = [](std::int64_t value, std::int64_t by, std::int64_t over) {
        return std::max<std::int64_t>(1, (value * by + over / 2) / over);
    };
    const auto w = static_cast<int>(std::min(width, scaled(height, widthPx, heightPx)));
    const auto h = static_cast<int>(std::min(height, scaled(width, heightPx, widthPx)));
    return {(image.widthPx - w) / 2, (image.heightPx - h) / 2, w, h};
}

} // namespace

PixelImage fitImage(const PixelImage& image, int widthPx, int heightPx)
{
    assert(image.widthPx > 0 && image.heightPx > 0 && widthPx > 0 && heightPx > 0);
    if (image.widthPx == widthPx && image.heightPx == heightPx)
        return image;
    // OpenCV has no view of constant data; this one is only read.
    const cv::Mat whole(image.heightPx, image.widthPx, CV_8UC3, const_cast<std::uint8_t*>(image.rgb.data()));
    const cv::Rect part = coveredPart(image, widthPx, heightPx);
    PixelImage out{widthPx, heightPx, {}};
    out.rgb.resize(static_cast<std::size_t>(widthPx) * static_cast<std::size_t>(heightPx) * 3);
    cv::Mat target(heightPx, widthPx, CV_8UC3, out.rgb.data());
    const bool isSmaller = widthPx <= part.width && heightPx <= part.height;
    cv::resize(whole(part), target, target.size(), 0, 0, isSmaller ? cv::INTER_AREA : cv::INTER_LANCZOS4);
    return out;
}

} // namespace unfog
