#include "training_pictures/picture_layers.h"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

namespace unfog {

namespace {

struct Place {
    float centreX, centreY; ///< of the sheet's side
    float extent;           ///< the longer side of the object, of the sheet's side
};

void layGlyph(const GlyphBitmap& glyph, const Place& place, PictureLayers& layers)
{
    const int side = layers.alpha.cols;
    const int longer = std::max(glyph.widthPx, glyph.heightPx);
    const float scale = place.extent * static_cast<float>(side) / static_cast<float>(longer);
    const int width = std::max(1, static_cast<int>(std::lround(scale * static_cast<float>(glyph.widthPx))));
    const int height = std::max(1, static_cast<int>(std::lround(scale * static_cast<float>(glyph.heightPx))));

    const cv::Mat stored(glyph.heightPx, glyph.widthPx, CV_8UC4,
                         const_cast<std::uint8_t*>(glyph.rgba.data()));
    cv::Mat scaled, rgba;
    cv::resize(stored, scaled, cv::Size(width, height), 0, 0,
               scale < 1.0F ? cv::INTER_AREA : cv::INTER_LINEAR);
    scaled.convertTo(rgba, CV_32FC4, 1.0 / 255.0);

    const int left = static_cast<int>(std::lround(place.centreX * static_cast<float>(side))) - width / 2;
    const int top = static_cast<int>(std::lround(place.centreY * static_cast<float>(side))) - height / 2;
    for (int y = std::max(0, -top); y < height && top + y < side; ++y) {
        const auto* from = rgba.ptr<cv::Vec4f>(y);
        auto* colour = layers.colour.ptr<cv::Vec3f>(top + y);
        auto* alpha = layers.alpha.ptr<float>(top + y);
        for (int x = std::max(0, -left); x < width && left + x < side; ++x) {
            const float behind = 1.0F - from[x][3];
            for (int c = 0; c < 3; ++c)
                colour[left + x][c] = from[x][c] + behind * colour[left + x][c];
            alpha[left + x] = from[x][3] + behind * alpha[left + x];
        }
    }
}

} // namespace

PictureLayers layObjects(const PictureContent& content, const GlyphBitmap& first, const GlyphBitmap* second,
                         int sizePx, PictureRandom& random)
{
    PictureLayers layers{cv::Mat::zeros(sizePx, sizePx, CV_32FC3), cv::Mat::zeros(sizePx, sizePx, CV_32FC1)};
    const auto about = [&](float centre, float spread) {
        return random.between(centre - spread, centre + spread);
    };
    switch (content.arrangement) {
    case Arrangement::Alone:
        layGlyph(first, {about(0.5F, 0.03F), about(0.5F, 0.03F), about(0.73F, 0.04F)}, layers);
        break;
    case Arrangement::Small:
        layGlyph(first, {about(0.5F, 0.06F), about(0.5F, 0.06F), about(0.40F, 0.03F)}, layers);
        break;
    case Arrangement::Large:
        layGlyph(first, {about(0.5F, 0.01F), about(0.5F, 0.01F), about(0.95F, 0.02F)}, layers);
        break;
    case Arrangement::TwoAlike:
    case Arrangement::TwoDifferent: {
        const GlyphBitmap& other = content.arrangement == Arrangement::TwoAlike || !second ? first : *second;
        const float extent = about(0.46F, 0.02F);
        layGlyph(first, {about(0.26F, 0.015F), about(0.5F, 0.04F), extent}, layers);
        layGlyph(other, {about(0.74F, 0.015F), about(0.5F, 0.04F), extent}, layers);
        break;
    }
    }
    return layers;
}

} // namespace unfog
