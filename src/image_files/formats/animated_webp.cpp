#include "image_files/formats/animated_webp.h"

#include <memory>

#include <webp/encode.h>
#include <webp/mux.h>

namespace unfog {

namespace {

using EncoderPtr = std::unique_ptr<WebPAnimEncoder, decltype(&WebPAnimEncoderDelete)>;

class Picture final {
public:
    Picture() { m_valid = WebPPictureInit(&m_picture) != 0; }
    ~Picture() { WebPPictureFree(&m_picture); }
    Picture(const Picture&) = delete;
    Picture& operator=(const Picture&) = delete;
    bool isValid() const { return m_valid; }
    WebPPicture* get() { return &m_picture; }

private:
    WebPPicture m_picture{};
    bool m_valid = false;
};

bool addFrame(WebPAnimEncoder* encoder, const PixelImage& image, int timestampMs, const WebPConfig& config)
{
    Picture picture;
    if (!picture.isValid())
        return false;
    picture.get()->width = image.widthPx;
    picture.get()->height = image.heightPx;
    picture.get()->use_argb = 1;
    return WebPPictureImportRGB(picture.get(), image.rgb.data(), image.widthPx * 3) != 0 &&
           WebPAnimEncoderAdd(encoder, picture.get(), timestampMs, &config) != 0;
}

} // namespace

Result<std::vector<std::uint8_t>> encodeAnimatedWebp(std::span<const AnimationFrame> frames, int quality,
                                                     const std::stop_token& stop)
{
    if (frames.empty())
        return fail(ErrorKind::InvalidRequest, "an animation needs at least one image");
    const int width = frames.front().image.widthPx;
    const int height = frames.front().image.heightPx;
    WebPAnimEncoderOptions options;
    WebPConfig config;
    if (!WebPAnimEncoderOptionsInit(&options) || !WebPConfigInit(&config))
        return fail(ErrorKind::Internal, "libwebp is of another version than its headers");
    options.anim_params.loop_count = 0;
    config.lossless = quality >= 100 ? 1 : 0;
    config.quality = static_cast<float>(quality);
    config.method = 2;
    EncoderPtr encoder(WebPAnimEncoderNew(width, height, &options), &WebPAnimEncoderDelete);
    if (!encoder)
        return fail(ErrorKind::OutOfMemory, "there is not enough memory for the animation");
    int timestampMs = 0;
    for (const AnimationFrame& frame : frames) {
        if (stop.stop_requested())
            return fail(ErrorKind::Cancelled, "the animation was stopped");
        if (frame.image.widthPx != width || frame.image.heightPx != height)
            return fail(ErrorKind::InvalidRequest, "the images of an animation must be of one size");
        if (!addFrame(encoder.get(), frame.image, timestampMs, config))
            return fail(ErrorKind::Internal,
                        std::string("libwebp refused an image: ") + WebPAnimEncoderGetError(encoder.get()));
        timestampMs += frame.milliseconds;
    }
    WebPData data;
    WebPDataInit(&data);
    if (!WebPAnimEncoderAdd(encoder.get(), nullptr, timestampMs, nullptr) ||
        !WebPAnimEncoderAssemble(encoder.get(), &data))
        return fail(ErrorKind::Internal, std::string("libwebp could not end the animation: ") +
                                             WebPAnimEncoderGetError(encoder.get()));
    std::vector<std::uint8_t> bytes(data.bytes, data.bytes + data.size);
    WebPDataClear(&data);
    return bytes;
}

} // namespace unfog
