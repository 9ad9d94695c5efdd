#include <algorithm>
#include <array>
#include <cassert>

#include "base/utf8.h"
#include "image_files/formats/encode.h"

// EXIF 2.32 (TIFF 6.0), JPEG (ITU T.81 annex B), WebP container: the few structures that carry our texts.

namespace unfog {

namespace {

void put16(EncodedBytes& out, unsigned value)
{
    out.push_back(static_cast<std::uint8_t>(value >> 8));
    out.push_back(static_cast<std::uint8_t>(value));
}

void put32(EncodedBytes& out, std::uint32_t value)
{
    put16(out, value >> 16);
    put16(out, value & 0xFFFF);
}

void put32Little(EncodedBytes& out, std::uint32_t value)
{
    for (int shift = 0; shift < 32; shift += 8)
        out.push_back(static_cast<std::uint8_t>(value >> shift));
}

std::uint32_t get32Little(const std::uint8_t* at)
{
    return at[0] | at[1] << 8 | at[2] << 16 | static_cast<std::uint32_t>(at[3]) << 24;
}

/// Ill-formed UTF-8 becomes U+FFFD.
EncodedBytes utf16BigEndian(const std::string& utf8)
{
    EncodedBytes out;
    for (char32_t point : decodeUtf8(utf8)) {
        if (point >= 0x10000) {
            point -= 0x10000;
            put16(out, 0xD800 + (point >> 10));
            put16(out, 0xDC00 + (point & 0x3FF));
        } else {
            put16(out, point);
        }
    }
    return out;
}

struct Field {
    unsigned tag = 0;
    unsigned type = 0; ///< 2 = text, 4 = long, 7 = undefined
    EncodedBytes value;
};

/// One directory and the values behind it; `offset` is its place in the block. No directory follows it.
EncodedBytes directory(const std::vector<Field>& fields, std::size_t offset)
{
    EncodedBytes out;
    EncodedBytes values;
    put16(out, static_cast<unsigned>(fields.size()));
    const std::size_t valuesAt = offset + 2 + fields.size() * 12 + 4;
    for (const Field& field : fields) {
        put16(out, field.tag);
        put16(out, field.type);
        put32(out, static_cast<std::uint32_t>(field.type == 4 ? field.value.size() / 4 : field.value.size()));
        if (field.value.size() <= 4) {
            EncodedBytes inPlace = field.value;
            inPlace.resize(4);
            out.insert(out.end(), inPlace.begin(), inPlace.end());
            continue;
        }
        put32(out, static_cast<std::uint32_t>(valuesAt + values.size()));
        values.insert(values.end(), field.value.begin(), field.value.end());
        if (values.size() % 2 != 0)
            values.push_back(0);
    }
    put32(out, 0);
    out.insert(out.end(), values.begin(), values.end());
    return out;
}

void appendChunk(EncodedBytes& out, const char* name, const EncodedBytes& content)
{
    out.insert(out.end(), name, name + 4);
    put32Little(out, static_cast<std::uint32_t>(content.size()));
    out.insert(out.end(), content.begin(), content.end());
    if (content.size() % 2 != 0)
        out.push_back(0);
}

} // namespace

EncodedBytes exifBlock(const ExifTexts& texts)
{
    constexpr std::size_t kFirstDirectory = 8;
    std::vector<Field> first;
    if (!texts.description.empty()) {
        EncodedBytes text(texts.description.begin(), texts.description.end());
        text.push_back(0);
        first.push_back({0x010E, 2, std::move(text)});
    }
    std::vector<Field> second;
    if (!texts.userComment.empty()) {
        EncodedBytes comment{'U', 'N', 'I', 'C', 'O', 'D', 'E', 0};
        const EncodedBytes text = utf16BigEndian(texts.userComment);
        comment.insert(comment.end(), text.begin(), text.end());
        second.push_back({0x9286, 7, std::move(comment)});
        first.push_back(
            {0x8769, 4, EncodedBytes(4)}); // its place is known once the first directory is laid out
    }
    EncodedBytes block{'M', 'M', 0, 42, 0, 0, 0, kFirstDirectory};
    if (!second.empty()) {
        const std::size_t secondAt = kFirstDirectory + directory(first, kFirstDirectory).size();
        first.back().value.clear();
        put32(first.back().value, static_cast<std::uint32_t>(secondAt));
        const EncodedBytes head = directory(first, kFirstDirectory);
        const EncodedBytes tail = directory(second, secondAt);
        block.insert(block.end(), head.begin(), head.end());
        block.insert(block.end(), tail.begin(), tail.end());
        return block;
    }
    const EncodedBytes head = directory(first, kFirstDirectory);
    block.insert(block.end(), head.begin(), head.end());
    return block;
}

Result<EncodedBytes> withExifInJpeg(const EncodedBytes& jpeg, const EncodedBytes& exif)
{
    if (jpeg.size() < 4 || jpeg[0] != 0xFF || jpeg[1] != 0xD8)
        return fail(ErrorKind::BadFile, "Expected a JPEG image, found other bytes.");
    constexpr std::size_t kMaxSegment = 65533;
    if (exif.size() + 6 > kMaxSegment)
        return fail(ErrorKind::Unsupported, "The image's parameters take " + std::to_string(exif.size()) +
                                                " bytes, a JPEG file holds at most " +
                                                std::to_string(kMaxSegment - 6) + ".");
    // Readers that know JFIF look for it directly behind SOI.
    std::size_t at = 2;
    if (jpeg[2] == 0xFF && jpeg[3] == 0xE0 && jpeg.size() >= 6)
        at = std::min(jpeg.size(), std::size_t{4} + (jpeg[4] << 8 | jpeg[5]));
    EncodedBytes out(jpeg.begin(), jpeg.begin() + static_cast<std::ptrdiff_t>(at));
    put16(out, 0xFFE1);
    put16(out, static_cast<unsigned>(2 + 6 + exif.size()));
    out.insert(out.end(), {'E', 'x', 'i', 'f', 0, 0});
    out.insert(out.end(), exif.begin(), exif.end());
    out.insert(out.end(), jpeg.begin() + static_cast<std::ptrdiff_t>(at), jpeg.end());
    return out;
}

Result<EncodedBytes> withExifInWebp(const EncodedBytes& webp, const EncodedBytes& exif, int widthPx,
                                    int heightPx)
{
    constexpr std::size_t kHeading = 12;
    const auto is = [&webp](std::size_t at, const char* name) {
        return webp.size() >= at + 4 &&
               std::equal(name, name + 4, webp.begin() + static_cast<std::ptrdiff_t>(at));
    };
    if (!is(0, "RIFF") || !is(8, "WEBP") || webp.size() < kHeading + 8)
        return fail(ErrorKind::BadFile, "Expected a WebP image, found other bytes.");

    constexpr std::uint8_t kHasExif = 0x08;
    EncodedBytes body;
    if (is(kHeading, "VP8X")) {
        body.assign(webp.begin() + kHeading, webp.end());
        body[8] |= kHasExif;
    } else {
        EncodedBytes extended{kHasExif, 0, 0, 0};
        for (const int side : {widthPx - 1, heightPx - 1}) {
            for (int shift = 0; shift < 24; shift += 8)
                extended.push_back(static_cast<std::uint8_t>(side >> shift));
        }
        // A lossless stream says in its own header whether it has alpha (VP8L: bit 28 behind the signature
        // byte).
        if (is(kHeading, "VP8L") && webp.size() >= kHeading + 13 &&
            (get32Little(&webp[kHeading + 9]) >> 28 & 1) != 0)
            extended[0] |= 0x10;
        appendChunk(body, "VP8X", extended);
        body.insert(body.end(), webp.begin() + kHeading, webp.end());
    }
    if (body.size() % 2 != 0)
        body.push_back(0);
    appendChunk(body, "EXIF", exif);

    EncodedBytes out{'R', 'I', 'F', 'F'};
    put32Little(out, static_cast<std::uint32_t>(4 + body.size()));
    out.insert(out.end(), {'W', 'E', 'B', 'P'});
    out.insert(out.end(), body.begin(), body.end());
    return out;
}

} // namespace unfog
