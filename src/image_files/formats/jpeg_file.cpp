#include "image_files/formats/jpeg_file.h"

#include <csetjmp>
#include <cstdio>
#include <string>

#include <jpeglib.h>

#include <jerror.h>

#include "image_files/formats/flatten.h"

namespace unfog {
namespace {

constexpr int maxScans = 500; ///< a picture of a few kilobytes could ask for hours of refinement

/// libjpeg leaves by longjmp, which runs no destructor: the functions below that call setjmp own nothing.
struct Reader {
    jpeg_error_mgr errors{}; // first, so that its address is that of the Reader
    std::jmp_buf jump;
    char message[JMSG_LENGTH_MAX] = {};
    jpeg_progress_mgr progress{};
    jpeg_decompress_struct jpeg{};
    PixelImage image;
    std::vector<std::uint8_t> row; ///< CMYK pictures only

    ~Reader() { jpeg_destroy_decompress(&jpeg); }
};

[[noreturn]] void onError(j_common_ptr jpeg)
{
    auto* reader = reinterpret_cast<Reader*>(jpeg->err);
    jpeg->err->format_message(jpeg, reader->message);
    std::longjmp(reader->jump, 1);
}

/// libjpeg only warns where it fills what is missing with grey.
void onMessage(j_common_ptr jpeg, int level)
{
    const int code = jpeg->err->msg_code;
    if (level < 0 && (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE))
        onError(jpeg);
}

void onProgress(j_common_ptr jpeg)
{
    if (reinterpret_cast<j_decompress_ptr>(jpeg)->input_scan_number > maxScans)
        ERREXIT(jpeg, JERR_BAD_PROGRESSION);
}

bool readHeader(Reader& reader, std::span<const std::byte> bytes)
{
    reader.jpeg.err = jpeg_std_error(&reader.errors);
    reader.errors.error_exit = onError;
    reader.errors.emit_message = onMessage;
    reader.progress.progress_monitor = onProgress;
    if (setjmp(reader.jump))
        return false;
    jpeg_create_decompress(&reader.jpeg);
    reader.jpeg.progress = &reader.progress;
    jpeg_mem_src(&reader.jpeg, reinterpret_cast<const unsigned char*>(bytes.data()),
                 static_cast<unsigned long>(bytes.size()));
    jpeg_read_header(&reader.jpeg, TRUE);
    reader.image.widthPx = static_cast<int>(reader.jpeg.image_width);
    reader.image.heightPx = static_cast<int>(reader.jpeg.image_height);
    return true;
}

bool isCmyk(const Reader& reader)
{
    return reader.jpeg.jpeg_color_space == JCS_CMYK || reader.jpeg.jpeg_color_space == JCS_YCCK;
}

/// Without a profile: each ink takes its share of the light. Adobe's files store what is left of it.
void cmykToRgb(const std::uint8_t* cmyk, int count, bool isInverted, std::uint8_t* rgb)
{
    for (int i = 0; i < count; ++i, cmyk += 4, rgb += 3)
        for (int channel = 0; channel < 3; ++channel) {
            const unsigned ink = isInverted ? cmyk[channel] : 255u - cmyk[channel];
            const unsigned black = isInverted ? cmyk[3] : 255u - cmyk[3];
            rgb[channel] = static_cast<std::uint8_t>((ink * black + 127u) / 255u);
        }
}

bool readPixels(Reader& reader)
{
    jpeg_decompress_struct& jpeg = reader.jpeg;
    if (setjmp(reader.jump))
        return false;
    const bool cmyk = isCmyk(reader);
    jpeg.out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
    jpeg_start_decompress(&jpeg);
    const std::size_t stride = static_cast<std::size_t>(jpeg.output_width) * 3;
    while (jpeg.output_scanline < jpeg.output_height) {
        std::uint8_t* out = reader.image.rgb.data() + jpeg.output_scanline * stride;
        JSAMPROW target = cmyk ? reader.row.data() : out;
        jpeg_read_scanlines(&jpeg, &target, 1);
        if (cmyk)
            cmykToRgb(reader.row.data(), reader.image.widthPx, jpeg.saw_Adobe_marker, out);
    }
    jpeg_finish_decompress(&jpeg);
    return true;
}

} // namespace

Result<PixelImage> decodeJpeg(std::span<const std::byte> bytes)
{
    Reader reader;
    const auto broken = [&] {
        return fail(ErrorKind::BadFile, std::string("its JPEG data is cut or broken: ") + reader.message);
    };
    if (!readHeader(reader, bytes))
        return broken();
    if (auto size = checkImageSize(reader.image.widthPx, reader.image.heightPx); !size)
        return tl::unexpected(size.error());
    const std::size_t width = static_cast<std::size_t>(reader.image.widthPx);
    reader.image.rgb.resize(width * static_cast<std::size_t>(reader.image.heightPx) * 3);
    if (isCmyk(reader))
        reader.row.resize(width * 4);
    if (!readPixels(reader))
        return broken();
    return std::move(reader.image);
}

} // namespace unfog
