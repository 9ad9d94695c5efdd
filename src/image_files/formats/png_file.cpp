#include "image_files/formats/png_file.h"

#include <cassert>
#include <csetjmp>
#include <cstring>
#include <new>
#include <string>

#include <png.h>

#include "image_files/formats/flatten.h"

namespace unfog {
namespace {

/// What libpng's callbacks share with us. Its errors end in a longjmp, which runs no destructor: so the
/// functions below that call setjmp own nothing, and everything that must be freed lives in a struct of their
/// caller.
struct Failure {
    std::jmp_buf jump;
    char message[160] = {};
};

[[noreturn]] void onError(png_structp png, png_const_charp message)
{
    auto* failure = static_cast<Failure*>(png_get_error_ptr(png));
    std::strncpy(failure->message, message, sizeof failure->message - 1);
    std::longjmp(failure->jump, 1);
}

void onWarning(png_structp, png_const_charp) {}

struct Writer {
    Failure failure;
    Bytes bytes;
    std::vector<std::string> chunks;
    png_structp png = nullptr;
    png_infop info = nullptr;

    ~Writer() { png_destroy_write_struct(&png, &info); }
};

void appendBytes(png_structp png, png_bytep data, std::size_t size)
{
    Bytes& bytes = *static_cast<Bytes*>(png_get_io_ptr(png));
    const auto* first = reinterpret_cast<const std::byte*>(data);
    bool isAppended = true;
    try {
        bytes.insert(bytes.end(), first, first + size);
    } catch (const std::bad_alloc&) {
        isAppended = false; // libpng is C: the longjmp has to leave from outside of the handler
    }
    if (!isAppended)
        png_error(png, "out of memory");
}

bool writeAll(Writer& writer, const PixelImage& image)
{
    png_structp png = writer.png;
    if (setjmp(writer.failure.jump))
        return false;
    png_set_write_fn(png, &writer.bytes, appendBytes, nullptr);
    png_set_compression_level(png, 6);
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_ALL_FILTERS);
    png_set_IHDR(png, writer.info, static_cast<png_uint_32>(image.widthPx),
                 static_cast<png_uint_32>(image.heightPx), 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, writer.info);
    for (const std::string& data : writer.chunks)
        png_write_chunk(png, reinterpret_cast<png_const_bytep>("iTXt"),
                        reinterpret_cast<png_const_bytep>(data.data()), data.size());
    const std::size_t stride = static_cast<std::size_t>(image.widthPx) * 3;
    for (int row = 0; row < image.heightPx; ++row)
        png_write_row(png, image.rgb.data() + row * stride);
    png_write_end(png, nullptr);
    return true;
}

struct Reader {
    Failure failure;
    std::span<const std::byte> rest;
    PixelImage image;
    std::vector<std::uint8_t> rgba; ///< one row, or the whole picture when it is interlaced
    png_structp png = nullptr;
    png_infop info = nullptr;

    ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }
};

void takeBytes(png_structp png, png_bytep out, std::size_t size)
{
    auto& rest = *static_cast<std::span<const std::byte>*>(png_get_io_ptr(png));
    if (size > rest.size())
        png_error(png, "the file is cut");
    std::memcpy(out, rest.data(), size);
    rest = rest.subspan(size);
}

/// Up to and with the header: `reader.image` gets its size.
bool readHeader(Reader& reader)
{
    png_structp png = reader.png;
    if (setjmp(reader.failure.jump))
        return false;
    png_set_read_fn(png, &reader.rest, takeBytes);
    // Only what decides the pixels: no text, profile or unknown chunk is even unpacked.
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
    png_set_user_limits(png, 0x7FFFFFFF, 0x7FFFFFFF);
    png_read_info(png, reader.info);
    reader.image.widthPx = static_cast<int>(png_get_image_width(png, reader.info));
    reader.image.heightPx = static_cast<int>(png_get_image_height(png, reader.info));
    return true;
}

/// `passes` > 1: interlaced, so that rows are complete only after the last pass.
bool readPixels(Reader& reader, int passes)
{
    png_structp png = reader.png;
    if (setjmp(reader.failure.jump))
        return false;
    const std::size_t width = static_cast<std::size_t>(reader.image.widthPx);
    for (int pass = 0; pass < passes; ++pass)
        for (int row = 0; row < reader.image.heightPx; ++row) {
            std::uint8_t* rgba = reader.rgba.data() + (passes > 1 ? row * width * 4 : 0);
            png_read_row(png, rgba, nullptr);
            if (pass + 1 == passes)
                flattenOnWhite(rgba, width, reader.image.rgb.data() + row * width * 3);
        }
    png_read_end(png, nullptr);
    return true;
}

int setRgbaOutput(Reader& reader)
{
    png_structp png = reader.png;
    if (setjmp(reader.failure.jump))
        return 0;
    png_set_strip_16(png);
    png_set_expand(png);
    png_set_gray_to_rgb(png);
    png_set_add_alpha(png, 0xFF, PNG_FILLER_AFTER);
    const int passes = png_set_interlace_handling(png);
    png_read_update_info(png, reader.info);
    return passes;
}

} // namespace

Result<Bytes> encodePng(const PixelImage& image, std::span<const PngText> texts)
{
    assert(image.widthPx > 0 && image.heightPx > 0);
    assert(image.rgb.size() == static_cast<std::size_t>(image.widthPx) * image.heightPx * 3);
    Writer writer;
    for (const PngText& text : texts) {
        auto data = internationalTextData(text);
        if (!data)
            return tl::unexpected(data.error());
        writer.chunks.push_back(std::move(*data));
    }
    writer.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &writer.failure, onError, onWarning);
    writer.info = writer.png ? png_create_info_struct(writer.png) : nullptr;
    if (!writer.info)
        return fail(ErrorKind::OutOfMemory, "no memory to write a PNG");
    if (!writeAll(writer, image))
        return fail(ErrorKind::Internal, std::string("the PNG could not be made: ") + writer.failure.message);
    return std::move(writer.bytes);
}

Result<PixelImage> decodePng(std::span<const std::byte> bytes)
{
    // Chunks first: libpng accepts a missing end and a wrong checksum in places.
    const auto chunks = readPngChunks(bytes);
    if (!chunks)
        return tl::unexpected(chunks.error());
    for (const PngChunk& chunk : *chunks)
        if (!chunk.isIntact)
            return fail(ErrorKind::BadFile, "its " + std::string(chunk.type) + " chunk has a wrong checksum");

    Reader reader;
    reader.rest = bytes;
    reader.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader.failure, onError, onWarning);
    reader.info = reader.png ? png_create_info_struct(reader.png) : nullptr;
    if (!reader.info)
        return fail(ErrorKind::OutOfMemory, "no memory to read a PNG");
    const auto broken = [&] {
        return fail(ErrorKind::BadFile, std::string("its PNG data is broken: ") + reader.failure.message);
    };
    if (!readHeader(reader))
        return broken();
    if (auto size = checkImageSize(reader.image.widthPx, reader.image.heightPx); !size)
        return tl::unexpected(size.error());
    const int passes = setRgbaOutput(reader);
    if (passes == 0)
        return broken();
    const std::size_t width = static_cast<std::size_t>(reader.image.widthPx);
    const std::size_t height = static_cast<std::size_t>(reader.image.heightPx);
    reader.image.rgb.resize(width * height * 3);
    reader.rgba.resize(width * 4 * (passes > 1 ? height : 1));
    if (!readPixels(reader, passes))
        return broken();
    return std::move(reader.image);
}

} // namespace unfog
