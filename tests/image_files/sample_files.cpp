#include "image_files/sample_files.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <jpeglib.h>
#include <webp/encode.h>
#include <zlib.h>

namespace unfog::samples {

Bytes bytesOf(std::string_view text)
{
    const auto* first = reinterpret_cast<const std::byte*>(text.data());
    return Bytes(first, first + text.size());
}

Bytes concat(std::initializer_list<Bytes> parts)
{
    Bytes out;
    for (const Bytes& part : parts)
        out.insert(out.end(), part.begin(), part.end());
    return out;
}

Bytes bigEndian32(std::uint32_t value)
{
    return {std::byte(value >> 24), std::byte(value >> 16), std::byte(value >> 8), std::byte(value)};
}

PixelImage gradient(int widthPx, int heightPx)
{
    PixelImage image{widthPx, heightPx, {}};
    for (int y = 0; y < heightPx; ++y)
        for (int x = 0; x < widthPx; ++x)
            for (const int value : {x * 7 + y, y * 13 + x, 255 - x * y})
                image.rgb.push_back(static_cast<std::uint8_t>(value));
    return image;
}

Bytes pngChunk(std::string_view type, const Bytes& data)
{
    const Bytes named = concat({bytesOf(type), data});
    const uLong crc = crc32(0, reinterpret_cast<const Bytef*>(named.data()), static_cast<uInt>(named.size()));
    return concat({bigEndian32(static_cast<std::uint32_t>(data.size())), named,
                   bigEndian32(static_cast<std::uint32_t>(crc))});
}

Bytes pngHeader(std::uint32_t widthPx, std::uint32_t heightPx, int bitDepth, int colorType, bool isInterlaced)
{
    return pngChunk("IHDR", concat({bigEndian32(widthPx), bigEndian32(heightPx),
                                    Bytes{std::byte(bitDepth), std::byte(colorType), std::byte{0},
                                          std::byte{0}, std::byte(isInterlaced)}}));
}

Bytes deflated(const Bytes& data)
{
    uLongf size = compressBound(data.size());
    Bytes out(size);
    compress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(data.data()),
              data.size(), 9);
    out.resize(size);
    return out;
}

Bytes pngFile(std::initializer_list<Bytes> chunks)
{
    return concat({bytesOf("\x89PNG\r\n\x1A\n"), concat(chunks), pngChunk("IEND", {})});
}

Bytes tinyPng(std::initializer_list<Bytes> chunks)
{
    return pngFile({pngHeader(2, 1, 8, 2), concat(chunks),
                    pngChunk("IDAT", deflated(bytesOf({"\0\0\0\0\xFF\xFF\xFF", 7})))});
}

Bytes jpegFile(const PixelImage& image, JpegKind kind, const Bytes& exif)
{
    jpeg_error_mgr errors;
    jpeg_compress_struct jpeg;
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    unsigned char* data = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&jpeg, &data, &size);
    jpeg.image_width = static_cast<JDIMENSION>(image.widthPx);
    jpeg.image_height = static_cast<JDIMENSION>(image.heightPx);
    jpeg.input_components = kind == JpegKind::Cmyk ? 4 : 3;
    jpeg.in_color_space = kind == JpegKind::Cmyk ? JCS_CMYK : JCS_RGB;
    jpeg_set_defaults(&jpeg);
    if (kind == JpegKind::Grey)
        jpeg_set_colorspace(&jpeg, JCS_GRAYSCALE);
    for (int i = 0; i < jpeg.num_components; ++i)
        jpeg.comp_info[i].h_samp_factor = jpeg.comp_info[i].v_samp_factor = 1;
    if (kind == JpegKind::Progressive)
        jpeg_simple_progression(&jpeg);
    jpeg_set_quality(&jpeg, 100, TRUE);
    jpeg_start_compress(&jpeg, TRUE);
    if (!exif.empty()) {
        const Bytes segment = concat({bytesOf({"Exif\0\0", 6}), exif});
        jpeg_write_marker(&jpeg, JPEG_APP0 + 1, reinterpret_cast<const JOCTET*>(segment.data()),
                          static_cast<unsigned>(segment.size()));
    }
    for (int y = 0; y < image.heightPx; ++y) {
        std::vector<JSAMPLE> row;
        for (int x = 0; x < image.widthPx; ++x) {
            const std::uint8_t* rgb = &image.rgb[(static_cast<std::size_t>(y) * image.widthPx + x) * 3];
            row.insert(row.end(), rgb, rgb + 3);
            if (kind ==
                JpegKind::Cmyk) // libjpeg marks CMYK as Adobe's, whose values are what is left of the light
                row.push_back(255);
        }
        JSAMPROW pointer = row.data();
        jpeg_write_scanlines(&jpeg, &pointer, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    Bytes out(reinterpret_cast<std::byte*>(data), reinterpret_cast<std::byte*>(data) + size);
    std::free(data);
    return out;
}

Bytes webpFile(const PixelImage& image, const std::vector<std::uint8_t>& alpha)
{
    const int channels = alpha.empty() ? 3 : 4;
    std::vector<std::uint8_t> pixels;
    for (std::size_t i = 0; i * 3 < image.rgb.size(); ++i) {
        pixels.insert(pixels.end(), &image.rgb[i * 3], &image.rgb[i * 3] + 3);
        if (channels == 4)
            pixels.push_back(alpha[i]);
    }
    std::uint8_t* data = nullptr;
    const int stride = image.widthPx * channels;
    const std::size_t size =
        channels == 4 ? WebPEncodeLosslessRGBA(pixels.data(), image.widthPx, image.heightPx, stride, &data)
                      : WebPEncodeLosslessRGB(pixels.data(), image.widthPx, image.heightPx, stride, &data);
    Bytes out(reinterpret_cast<std::byte*>(data), reinterpret_cast<std::byte*>(data) + size);
    WebPFree(data);
    return out;
}

namespace {

Bytes littleEndian(std::uint32_t value, int size)
{
    Bytes out;
    for (int i = 0; i < size; ++i)
        out.push_back(std::byte(value >> (8 * i)));
    return out;
}

Bytes riffChunk(std::string_view type, const Bytes& data)
{
    Bytes out = concat({bytesOf(type), littleEndian(static_cast<std::uint32_t>(data.size()), 4), data});
    if (out.size() % 2 != 0)
        out.push_back(std::byte{0});
    return out;
}

} // namespace

Bytes webpWithExif(const PixelImage& image, const Bytes& exif)
{
    const Bytes simple = webpFile(image);
    const Bytes picture(simple.begin() + 12, simple.end());
    const Bytes extended = concat({Bytes{std::byte{0x08}, std::byte{0}, std::byte{0}, std::byte{0}},
                                   littleEndian(static_cast<std::uint32_t>(image.widthPx - 1), 3),
                                   littleEndian(static_cast<std::uint32_t>(image.heightPx - 1), 3)});
    return riffChunk(
        "RIFF", concat({bytesOf("WEBP"), riffChunk("VP8X", extended), picture, riffChunk("EXIF", exif)}));
}

Bytes exifBlock(bool isBigEndian, int orientation, const Bytes& userComment)
{
    const auto number = [&](std::uint32_t value, int size) {
        Bytes out = littleEndian(value, size);
        return isBigEndian ? Bytes(out.rbegin(), out.rend()) : out;
    };
    const auto entry = [&](std::uint32_t tag, std::uint32_t type, std::uint32_t count, const Bytes& value) {
        return concat({number(tag, 2), number(type, 2), number(count, 4), value});
    };
    // Header 8, directory 2 + 2 * 12 + 4 = 30, Exif directory at 38: 2 + 12 + 4 = 18, comment at 56.
    return concat(
        {bytesOf(isBigEndian ? std::string_view("MM\0*", 4) : std::string_view("II*\0", 4)), number(8, 4),
         number(2, 2),
         entry(0x0112, 3, 1, concat({number(static_cast<std::uint32_t>(orientation), 2), number(0, 2)})),
         entry(0x8769, 4, 1, number(38, 4)), number(0, 4), number(1, 2),
         entry(0x9286, 7, static_cast<std::uint32_t>(userComment.size()), number(56, 4)), number(0, 4),
         userComment});
}

Bytes utf16(std::u16string_view text, bool isBigEndian)
{
    Bytes out;
    for (const char16_t unit : text) {
        const std::byte high{static_cast<unsigned char>(unit >> 8)},
            low{static_cast<unsigned char>(unit & 0xFF)};
        out.push_back(isBigEndian ? high : low);
        out.push_back(isBigEndian ? low : high);
    }
    return out;
}

} // namespace unfog::samples
