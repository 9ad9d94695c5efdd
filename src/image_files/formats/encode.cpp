#include "image_files/formats/encode.h"

#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include <jpeglib.h>
#include <webp/encode.h>

namespace unfog {

namespace {

/// libjpeg leaves by longjmp; nothing with a destructor may live across it.
struct JpegFailure {
    jpeg_error_mgr manager;
    std::jmp_buf leave;
    char message[JMSG_LENGTH_MAX];
};

void leaveJpeg(j_common_ptr codec)
{
    auto* failure = reinterpret_cast<JpegFailure*>(codec->err);
    codec->err->format_message(codec, failure->message);
    std::longjmp(failure->leave, 1);
}

bool runJpeg(const PixelImage& image, int quality, JpegFailure& failure, unsigned char*& bytes,
             unsigned long& size)
{
    jpeg_compress_struct codec;
    codec.err = jpeg_std_error(&failure.manager);
    failure.manager.error_exit = leaveJpeg;
    if (setjmp(failure.leave) != 0) {
        jpeg_destroy_compress(&codec);
        return false;
    }
    jpeg_create_compress(&codec);
    jpeg_mem_dest(&codec, &bytes, &size);
    codec.image_width = static_cast<JDIMENSION>(image.widthPx);
    codec.image_height = static_cast<JDIMENSION>(image.heightPx);
    codec.input_components = 3;
    codec.in_color_space = JCS_RGB;
    jpeg_set_defaults(&codec);
    jpeg_set_quality(&codec, quality, TRUE);
    codec.optimize_coding = TRUE;
    // Where quality is asked for, colour is kept at full resolution: halved, it bleeds over hard edges.
    constexpr int kFullColourFrom = 90;
    if (quality >= kFullColourFrom)
        codec.comp_info[0].h_samp_factor = codec.comp_info[0].v_samp_factor = 1;
    jpeg_start_compress(&codec, TRUE);
    while (codec.next_scanline < codec.image_height) {
        auto* row =
            const_cast<JSAMPLE*>(image.rgb.data() + std::size_t{codec.next_scanline} * image.widthPx * 3);
        jpeg_write_scanlines(&codec, &row, 1);
    }
    jpeg_finish_compress(&codec);
    jpeg_destroy_compress(&codec);
    return true;
}

Result<void> checkSides(const PixelImage& image, const char* format, int maxSidePx)
{
    if (image.widthPx > 0 && image.heightPx > 0 && image.widthPx <= maxSidePx && image.heightPx <= maxSidePx)
        return {};
    return fail(ErrorKind::Unsupported, std::string(format) + " holds 1 to " + std::to_string(maxSidePx) +
                                            " pixels a side, this image has " +
                                            std::to_string(image.widthPx) + " × " +
                                            std::to_string(image.heightPx) + ".");
}

} // namespace

Result<EncodedBytes> encodeJpeg(const PixelImage& image, int quality)
{
    if (auto sides = checkSides(image, "JPEG", 65500); !sides)
        return tl::unexpected<Error>(sides.error());
    JpegFailure failure;
    unsigned char* bytes = nullptr;
    unsigned long size = 0;
    const bool isEncoded = runJpeg(image, quality, failure, bytes, size);
    const std::unique_ptr<unsigned char, void (*)(void*)> owner(bytes, std::free);
    if (!isEncoded)
        return fail(ErrorKind::Internal,
                    std::string("The image could not be encoded as JPEG: ") + failure.message + ".");
    return EncodedBytes(bytes, bytes + size);
}

Result<EncodedBytes> encodeWebp(const PixelImage& image, int quality)
{
    if (auto sides = checkSides(image, "WebP", WEBP_MAX_DIMENSION); !sides)
        return tl::unexpected<Error>(sides.error());
    std::uint8_t* bytes = nullptr;
    const std::size_t size = WebPEncodeRGB(image.rgb.data(), image.widthPx, image.heightPx, image.widthPx * 3,
                                           static_cast<float>(quality), &bytes);
    const std::unique_ptr<std::uint8_t, void (*)(void*)> owner(bytes, WebPFree);
    if (size == 0)
        return fail(ErrorKind::OutOfMemory,
                    "The image could not be encoded as WebP: there is not enough memory.");
    return EncodedBytes(bytes, bytes + size);
}

} // namespace unfog
