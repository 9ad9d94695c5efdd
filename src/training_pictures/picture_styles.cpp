#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "training_pictures/picture_layers.h"

namespace unfog {

namespace {

constexpr float kDesignSide = 128.0F; ///< stroke widths and cells below are meant for this side

float clampUnit(float value)
{
    return std::clamp(value, 0.0F, 1.0F);
}

float luminance(const cv::Vec3f& rgb)
{
    return 0.299F * rgb[0] + 0.587F * rgb[1] + 0.114F * rgb[2];
}

/// Smooth noise in −1 … 1 with about `cells` humps a side.
cv::Mat smoothNoise(int side, int cells, PictureRandom& random)
{
    cv::Mat coarse(cells + 1, cells + 1, CV_32FC1), noise;
    for (int y = 0; y <= cells; ++y) {
        for (int x = 0; x <= cells; ++x)
            coarse.at<float>(y, x) = random.between(-1.0F, 1.0F);
    }
    cv::resize(coarse, noise, cv::Size(side, side), 0, 0, cv::INTER_CUBIC);
    return noise;
}

/// |∇image|, one channel.
cv::Mat gradientOf(const cv::Mat& image)
{
    cv::Mat horizontal, vertical, magnitude;
    cv::Sobel(image, horizontal, CV_32F, 1, 0, 3, 0.25);
    cv::Sobel(image, vertical, CV_32F, 0, 1, 3, 0.25);
    cv::magnitude(horizontal, vertical, magnitude);
    return magnitude;
}

cv::Mat lightnessOf(const PictureLayers& layers, float ground)
{
    cv::Mat lightness(layers.alpha.size(), CV_32FC1);
    for (int y = 0; y < lightness.rows; ++y) {
        const auto* colour = layers.colour.ptr<cv::Vec3f>(y);
        const auto* alpha = layers.alpha.ptr<float>(y);
        auto* out = lightness.ptr<float>(y);
        for (int x = 0; x < lightness.cols; ++x)
            out[x] = luminance(colour[x]) + (1.0F - alpha[x]) * ground;
    }
    return lightness;
}

cv::Mat to8Bit(const cv::Mat& picture)
{
    cv::Mat out;
    picture.convertTo(out, CV_8UC3, 255.0);
    return out;
}

/// Objects on a flat ground. A soft rim keeps a white ghost on white and a black hat on black visible.
cv::Mat composite(const PictureLayers& layers, const cv::Vec3f& background, float rimStrength)
{
    const float scale = static_cast<float>(layers.alpha.cols) / kDesignSide;
    cv::Mat rim;
    cv::GaussianBlur(layers.alpha, rim, cv::Size(), 2.2 * scale);
    const float rimLight = luminance(background) > 0.58F ? 0.0F : 1.0F;
    cv::Mat picture(layers.alpha.size(), CV_32FC3);
    for (int y = 0; y < picture.rows; ++y) {
        const auto* colour = layers.colour.ptr<cv::Vec3f>(y);
        const auto* alpha = layers.alpha.ptr<float>(y);
        const auto* around = rim.ptr<float>(y);
        auto* out = picture.ptr<cv::Vec3f>(y);
        for (int x = 0; x < picture.cols; ++x) {
            const float shade = clampUnit(around[x]) * rimStrength;
            for (int c = 0; c < 3; ++c) {
                const float ground = background[c] + (rimLight - background[c]) * shade;
                out[x][c] = colour[x][c] + (1.0F - alpha[x]) * ground;
            }
        }
    }
    return picture;
}

/// Graphite for the objects, crayon strokes in the background's colour around them, on white paper.
cv::Mat paintPencilSketch(const PictureLayers& layers, const cv::Vec3f& background, PictureRandom& random)
{
    const int side = layers.alpha.cols;
    const float scale = static_cast<float>(side) / kDesignSide;
    const cv::Mat lightness = lightnessOf(layers, 1.0F);
    const cv::Mat lines = gradientOf(lightness);
    const cv::Mat outline = gradientOf(layers.alpha);
    const cv::Mat wobble = smoothNoise(side, 10, random);
    const cv::Mat pressure = smoothNoise(side, 16, random);
    cv::Mat halo;
    cv::GaussianBlur(layers.alpha, halo, cv::Size(), 2.0 * scale);

    const float paper = 0.97F;
    const float crayonAngle = random.between(0.55F, 0.85F);
    const float stepX = std::cos(crayonAngle) * 0.62F / scale;
    const float stepY = std::sin(crayonAngle) * 0.62F / scale;
    cv::Mat picture(layers.alpha.size(), CV_32FC3);
    for (int y = 0; y < side; ++y) {
        auto* out = picture.ptr<cv::Vec3f>(y);
        for (int x = 0; x < side; ++x) {
            const float alpha = layers.alpha.at<float>(y, x);
            const float phase = static_cast<float>(x) * stepX + static_cast<float>(y) * stepY;
            const float bend = 1.5F * wobble.at<float>(y, x);
            const float stroke = 0.5F + 0.5F * std::sin(phase + bend);
            // Darker parts get denser hatching across the crayon's direction.
            const float across =
                0.5F + 0.5F * std::sin(1.1F * (static_cast<float>(x) - static_cast<float>(y)) / scale + bend);
            const float tone = 1.0F - lightness.at<float>(y, x);
            const float hatching = clampUnit(0.42F * tone + 0.36F * tone * across);
            const float edge = clampUnit(2.6F * lines.at<float>(y, x) + 1.4F * outline.at<float>(y, x));
            const float graphite = clampUnit(hatching * alpha + 0.85F * edge);

            const float bare = clampUnit(3.0F * halo.at<float>(y, x));
            const float crayon =
                (1.0F - bare) * clampUnit(0.62F + 0.26F * stroke + 0.12F * pressure.at<float>(y, x));
            for (int c = 0; c < 3; ++c) {
                const float ground = paper + (background[c] - paper) * crayon;
                out[x][c] = ground * (1.0F - graphite) + 0.16F * graphite;
            }
        }
    }
    return picture;
}

/// Flat washes with wandering edges, dark where the pigment dries, on a sheet whose rim stays white.
cv::Mat paintWatercolour(const PictureLayers& layers, const cv::Vec3f& background, PictureRandom& random)
{
    const int side = layers.alpha.cols;
    const float scale = static_cast<float>(side) / kDesignSide;
    const cv::Mat shiftX = smoothNoise(side, 14, random);
    const cv::Mat shiftY = smoothNoise(side, 14, random);
    cv::Mat map(side, side, CV_32FC2);
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            map.at<cv::Vec2f>(y, x) = {static_cast<float>(x) + 2.2F * scale * shiftX.at<float>(y, x),
                                       static_cast<float>(y) + 2.2F * scale * shiftY.at<float>(y, x)};
        }
    }
    cv::Mat bent, washed;
    cv::remap(composite(layers, background, 0.65F), bent, map, cv::noArray(), cv::INTER_LINEAR,
              cv::BORDER_REPLICATE);
    cv::medianBlur(to8Bit(bent), washed, 5);

    cv::Mat grey, edge;
    cv::cvtColor(washed, grey, cv::COLOR_RGB2GRAY);
    grey.convertTo(grey, CV_32FC1, 1.0 / 255.0);
    cv::GaussianBlur(gradientOf(grey), edge, cv::Size(), 0.8 * scale);
    const cv::Mat pools = smoothNoise(side, 6, random);
    const cv::Mat grain = smoothNoise(side, side / 3, random);
    const cv::Mat torn = smoothNoise(side, 12, random);

    const float paper = 0.985F;
    cv::Mat picture(side, side, CV_32FC3);
    for (int y = 0; y < side; ++y) {
        const auto* wash = washed.ptr<cv::Vec3b>(y);
        auto* out = picture.ptr<cv::Vec3f>(y);
        for (int x = 0; x < side; ++x) {
            const int border = std::min({x, y, side - 1 - x, side - 1 - y});
            const float inside =
                clampUnit((static_cast<float>(border) / scale - 4.0F - 3.0F * torn.at<float>(y, x)) / 1.6F);
            const float thickness =
                inside * clampUnit(0.82F + 0.16F * pools.at<float>(y, x) + 0.07F * grain.at<float>(y, x));
            const float dried = 1.0F - 0.55F * clampUnit(2.5F * edge.at<float>(y, x));
            for (int c = 0; c < 3; ++c) {
                const float pigment = static_cast<float>(wash[x][c]) / 255.0F * dried;
                out[x][c] = paper + (pigment - paper) * thickness;
            }
        }
    }
    return picture;
}

/// 32 × 32 cells of few colours, the objects with a dark outline.
cv::Mat paintPixelArt(const PictureLayers& layers, const cv::Vec3f& background)
{
    constexpr int kCells = 32;
    constexpr float kLevels = 5.0F;
    cv::Mat cells, mask, picture;
    cv::resize(composite(layers, background, 0.0F), cells, cv::Size(kCells, kCells), 0, 0, cv::INTER_AREA);
    cv::resize(layers.alpha, mask, cv::Size(kCells, kCells), 0, 0, cv::INTER_AREA);
    const bool isDark = luminance(background) < 0.2F;
    cv::Mat quantised = cells.clone();
    for (int y = 0; y < kCells; ++y) {
        for (int x = 0; x < kCells; ++x) {
            cv::Vec3f& cell = quantised.at<cv::Vec3f>(y, x);
            if (mask.at<float>(y, x) < 0.5F) {
                bool touches = false;
                for (const auto& [dx, dy] : {std::pair{1, 0}, {-1, 0}, {0, 1}, {0, -1}}) {
                    const int nearX = std::clamp(x + dx, 0, kCells - 1);
                    const int nearY = std::clamp(y + dy, 0, kCells - 1);
                    touches = touches || mask.at<float>(nearY, nearX) >= 0.5F;
                }
                cell = touches ? (isDark ? cv::Vec3f(0.62F, 0.62F, 0.66F) : cv::Vec3f(0.10F, 0.09F, 0.12F))
                               : background;
                continue;
            }
            for (int c = 0; c < 3; ++c)
                cell[c] = std::round(clampUnit(cell[c]) * kLevels) / kLevels;
        }
    }
    cv::resize(quantised, picture, layers.alpha.size(), 0, 0, cv::INTER_NEAREST);
    return picture;
}

/// White lines on ruled blue paper.
cv::Mat paintBlueprint(const PictureLayers& layers, PictureRandom& random)
{
    const int side = layers.alpha.cols;
    const float scale = static_cast<float>(side) / kDesignSide;
    const cv::Vec3f blue(0.07F, 0.25F + random.between(-0.02F, 0.02F), 0.58F + random.between(-0.03F, 0.03F));
    const cv::Vec3f chalk(0.92F, 0.96F, 1.0F);
    const cv::Mat lightness = lightnessOf(layers, 0.5F);
    const cv::Mat lines = gradientOf(lightness);
    const cv::Mat outline = gradientOf(layers.alpha);
    const int ruling = std::max(2, static_cast<int>(std::lround(16.0F * scale)));
    const int start = ruling / 2;

    cv::Mat picture(side, side, CV_32FC3);
    for (int y = 0; y < side; ++y) {
        auto* out = picture.ptr<cv::Vec3f>(y);
        for (int x = 0; x < side; ++x) {
            const bool isRuled = x % ruling == start || y % ruling == start;
            const float alpha = layers.alpha.at<float>(y, x);
            const float edge = clampUnit(3.2F * lines.at<float>(y, x) + 2.0F * outline.at<float>(y, x));
            const float fill = 0.16F * alpha * lightness.at<float>(y, x);
            const float white =
                clampUnit(std::max(edge, fill + (isRuled ? 0.16F * (1.0F - 0.7F * alpha) : 0.0F)));
            out[x] = blue + (chalk - blue) * white;
        }
    }
    return picture;
}

/// Everything dark and blue-ish, the objects in a pool of light, stars around.
cv::Mat paintNight(const PictureLayers& layers, const cv::Vec3f& background, PictureRandom& random)
{
    const int side = layers.alpha.cols;
    const float scale = static_cast<float>(side) / kDesignSide;
    const cv::Vec3f moonlight(0.80F, 0.92F, 1.25F);
    cv::Mat picture = composite(layers, background, 0.35F);
    const float middle = 0.5F * static_cast<float>(side - 1);
    for (int y = 0; y < side; ++y) {
        auto* out = picture.ptr<cv::Vec3f>(y);
        const auto* alpha = layers.alpha.ptr<float>(y);
        for (int x = 0; x < side; ++x) {
            const float dx = (static_cast<float>(x) - middle) / middle;
            const float dy = (static_cast<float>(y) - middle) / middle;
            const float ground = 0.27F + 0.22F * std::exp(-1.6F * (dx * dx + dy * dy));
            const float light = ground + (0.62F - ground) * alpha[x];
            for (int c = 0; c < 3; ++c)
                out[x][c] =
                    clampUnit(out[x][c] * light * (1.0F + (moonlight[c] - 1.0F) * (1.0F - 0.5F * alpha[x])) +
                              (c == 2 ? 0.035F : 0.01F));
        }
    }
    for (int star = 0; star < 14; ++star) {
        const int x = 1 + random.below(side - 3);
        const int y = 1 + random.below(side - 3);
        const float brightness = random.between(0.55F, 1.0F);
        const float extentPx = (star % 3 == 0 ? 3.0F : 2.0F) * scale;
        const int extent = std::max(1, static_cast<int>(std::lround(extentPx)));
        if (layers.alpha.at<float>(y, x) > 0.02F)
            continue;
        const cv::Rect dot(x, y, extent, extent);
        picture(dot & cv::Rect(0, 0, side, side)).setTo(cv::Scalar(brightness, brightness, 0.9 * brightness));
    }
    return picture;
}

} // namespace

cv::Mat paintInStyle(PictureStyle style, const PictureLayers& layers, const cv::Vec3f& background,
                     PictureRandom& random)
{
    switch (style) {
    case PictureStyle::Plain:
        return to8Bit(composite(layers, background, 0.45F));
    case PictureStyle::PencilSketch:
        return to8Bit(paintPencilSketch(layers, background, random));
    case PictureStyle::Watercolour:
        return to8Bit(paintWatercolour(layers, background, random));
    case PictureStyle::PixelArt:
        return to8Bit(paintPixelArt(layers, background));
    case PictureStyle::Blueprint:
        return to8Bit(paintBlueprint(layers, random));
    case PictureStyle::Night:
        return to8Bit(paintNight(layers, background, random));
    }
    CV_Assert(false);
    return {};
}

} // namespace unfog
