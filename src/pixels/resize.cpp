#include "pixels/resize.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <numbers>

#include <opencv2/imgproc.hpp>

namespace unfog {

namespace {

constexpr int kLobes = 3; // a of the Lanczos window

double sinc(double x)
{
    return x == 0.0 ? 1.0 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x);
}

/// A low pass for one axis: the Lanczos kernel stretched to the new sampling distance, normalised.
cv::Mat lowPass(double distance)
{
    const int reach = std::max(0, static_cast<int>(std::ceil(kLobes * distance)) - 1);
    cv::Mat kernel(1, 2 * reach + 1, CV_32F);
    double sum = 0.0;
    for (int i = -reach; i <= reach; ++i) {
        const double x = i / distance;
        const double weight = sinc(x) * sinc(x / kLobes);
        kernel.at<float>(0, i + reach) = static_cast<float>(weight);
        sum += weight;
    }
    kernel /= sum;
    return kernel;
}

PixelImage toPixels(const cv::Mat& mat)
{
    assert(mat.type() == CV_8UC3);
    PixelImage image{mat.cols, mat.rows,
                     std::vector<std::uint8_t>(static_cast<std::size_t>(mat.cols) * mat.rows * 3)};
    mat.copyTo(cv::Mat(mat.rows, mat.cols, CV_8UC3, image.rgb.data()));
    return image;
}

const cv::Mat asMat(const PixelImage& image)
{
    return cv::Mat(image.heightPx, image.widthPx, CV_8UC3, const_cast<std::uint8_t*>(image.rgb.data()));
}

cv::Mat resized(const cv::Mat& source, int widthPx, int heightPx)
{
    const double distanceX = std::max(1.0, static_cast<double>(source.cols) / widthPx);
    const double distanceY = std::max(1.0, static_cast<double>(source.rows) / heightPx);
    cv::Mat limited = source;
    if (distanceX > 1.0 || distanceY > 1.0) {
        // Floats between the two passes: rounding and clipping in between would be seen.
        cv::Mat wide;
        source.convertTo(wide, CV_32FC3);
        cv::sepFilter2D(wide, limited, CV_32F, lowPass(distanceX), lowPass(distanceY), {-1, -1}, 0.0,
                        cv::BORDER_REFLECT);
    }
    cv::Mat result;
    cv::resize(limited, result, {widthPx, heightPx}, 0.0, 0.0, cv::INTER_LANCZOS4);
    if (result.depth() != CV_8U)
        result.convertTo(result, CV_8UC3);
    return result;
}

} // namespace

PixelImage resizeLanczos(const PixelImage& image, int widthPx, int heightPx)
{
    assert(image.widthPx > 0 && image.heightPx > 0 && widthPx > 0 && heightPx > 0);
    if (image.widthPx == widthPx && image.heightPx == heightPx)
        return image;
    return toPixels(resized(asMat(image), widthPx, heightPx));
}

PixelImage resizeToCover(const PixelImage& image, int widthPx, int heightPx)
{
    assert(image.widthPx > 0 && image.heightPx > 0 && widthPx > 0 && heightPx > 0);
    const double ratio = static_cast<double>(widthPx) / heightPx;
    const int cropWidth = std::clamp(static_cast<int>(std::lround(image.heightPx * ratio)), 1, image.widthPx);
    const int cropHeight =
        std::clamp(static_cast<int>(std::lround(image.widthPx / ratio)), 1, image.heightPx);
    const cv::Rect crop((image.widthPx - cropWidth) / 2, (image.heightPx - cropHeight) / 2, cropWidth,
                        cropHeight);
    if (cropWidth == widthPx && cropHeight == heightPx)
        return toPixels(asMat(image)(crop));
    return toPixels(resized(asMat(image)(crop).clone(), widthPx, heightPx));
}

} // namespace unfog
