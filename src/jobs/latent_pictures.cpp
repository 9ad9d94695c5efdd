#include "jobs/latent_pictures.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <QColorSpace>
#include <QPainter>

namespace unfog {

namespace {

/// One channel to 0 … 255 over its own range.
void spreadChannel(const float* values, std::size_t count, std::uint8_t* colour)
{
    float low = 0.0F;
    float high = 0.0F;
    bool any = false;
    for (std::size_t i = 0; i < count; ++i) {
        if (!std::isfinite(values[i]))
            continue;
        low = any ? std::min(low, values[i]) : values[i];
        high = any ? std::max(high, values[i]) : values[i];
        any = true;
    }
    const float scale = high > low ? 255.0F / (high - low) : 0.0F;
    for (std::size_t i = 0; i < count; ++i)
        colour[i * 3] =
            std::isfinite(values[i]) ? static_cast<std::uint8_t>(std::lround((values[i] - low) * scale)) : 0;
}

} // namespace

QImage toQImage(const PixelImage& image)
{
    if (image.rgb.empty())
        return {};
    return QImage(image.rgb.data(), image.widthPx, image.heightPx, qsizetype{image.widthPx} * 3,
                  QImage::Format_RGB888)
        .copy();
}

PixelImage toPixelImage(const QImage& image)
{
    if (image.isNull())
        return {};
    QImage source = image;
    if (source.colorSpace().isValid() && source.colorSpace() != QColorSpace(QColorSpace::SRgb))
        source.convertToColorSpace(QColorSpace::SRgb);
    if (source.hasAlphaChannel()) {
        QImage opaque(source.size(), QImage::Format_RGB32);
        opaque.fill(Qt::white);
        source.setDevicePixelRatio(1.0);
        QPainter(&opaque).drawImage(0, 0, source);
        source = opaque;
    }
    source = source.convertToFormat(QImage::Format_RGB888);
    PixelImage pixels{source.width(), source.height(), {}};
    const std::size_t rowBytes = static_cast<std::size_t>(source.width()) * 3;
    pixels.rgb.resize(rowBytes * source.height());
    for (int y = 0; y < source.height(); ++y)
        std::memcpy(pixels.rgb.data() + y * rowBytes, source.constScanLine(y), rowBytes);
    return pixels;
}

QImage approximatePicture(const LatentImage& latent, const LatentRgbMap& map)
{
    if (latent.values.empty())
        return {};
    if (map.isFitted() && map.channels == latent.channels)
        return toQImage(map.apply(latent));
    const std::size_t count = static_cast<std::size_t>(latent.width) * latent.height;
    PixelImage image{latent.width, latent.height, std::vector<std::uint8_t>(count * 3)};
    for (int colour = 0; colour < 3; ++colour) {
        const int channel = std::min(colour, latent.channels - 1);
        spreadChannel(latent.values.data() + channel * count, count, image.rgb.data() + colour);
    }
    return toQImage(image);
}

} // namespace unfog
