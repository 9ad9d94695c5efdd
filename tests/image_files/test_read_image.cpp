#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "image_files/formats/png_file.h"
#include "image_files/image_limits.h"
#include "image_files/metadata/exif.h"
#include "image_files/read_image.h"
#include "image_files/sample_files.h"

namespace unfog {
namespace {

using namespace samples;

int largestDifference(const PixelImage& a, const PixelImage& b)
{
    if (a.widthPx != b.widthPx || a.heightPx != b.heightPx)
        return 256;
    int largest = 0;
    for (std::size_t i = 0; i < a.rgb.size(); ++i)
        largest = std::max(largest, std::abs(a.rgb[i] - b.rgb[i]));
    return largest;
}

std::string problemOf(const Bytes& file)
{
    const auto image = decodeImage(file);
    return image ? "decoded" : image.error().message;
}

TEST(ReadImage, jpegOfEveryKindIsRead)
{
    PixelImage grey{16, 8, {}};
    for (int i = 0; i < 128; ++i)
        grey.rgb.insert(grey.rgb.end(), 3, static_cast<std::uint8_t>(i * 2));
    EXPECT_LE(largestDifference(decodeImage(jpegFile(grey, JpegKind::Grey)).value(), grey), 2);
    PixelImage flat{16, 16, {}};
    for (int i = 0; i < 256; ++i)
        for (const int value : {200, 100, 50})
            flat.rgb.push_back(static_cast<std::uint8_t>(value));
    for (const JpegKind kind : {JpegKind::Rgb, JpegKind::Progressive, JpegKind::Cmyk})
        EXPECT_LE(largestDifference(decodeImage(jpegFile(flat, kind)).value(), flat), 3)
            << static_cast<int>(kind);
}

TEST(ReadImage, webpIsReadExactlyAndLaidOnWhite)
{
    EXPECT_EQ(decodeImage(webpFile(gradient(19, 11))).value(), gradient(19, 11));
    const PixelImage pixels{2, 1, {0, 100, 200, 0, 100, 200}};
    EXPECT_EQ(decodeImage(webpFile(pixels, {128, 255})).value().rgb,
              (std::vector<std::uint8_t>{127, 177, 227, 0, 100, 200}));
}

TEST(ReadImage, aCutPictureIsNeverHalfAPicture)
{
    const Bytes files[] = {jpegFile(gradient(24, 24), JpegKind::Rgb),
                           jpegFile(gradient(24, 24), JpegKind::Progressive), webpFile(gradient(24, 24)),
                           encodePng(gradient(9, 9), {}).value()};
    for (const Bytes& file : files)
        for (std::size_t size = 0; size < file.size(); ++size)
            EXPECT_NE(problemOf(Bytes(file.begin(), file.begin() + size)), "decoded") << size;
}

TEST(ReadImage, flippedBytesDoNoHarm)
{
    const Bytes files[] = {jpegFile(gradient(16, 16), JpegKind::Rgb, exifBlock(true, 6)),
                           webpWithExif(gradient(16, 16), exifBlock(false, 8))};
    for (const Bytes& file : files)
        for (std::size_t at = 0; at < file.size(); ++at)
            for (const std::byte flip : {std::byte{0x01}, std::byte{0x80}, std::byte{0xFF}}) {
                Bytes broken = file;
                broken[at] ^= flip;
                const auto image = decodeImage(broken);
                if (image) {
                    EXPECT_EQ(image->rgb.size(),
                              std::size_t(image->widthPx) * std::size_t(image->heightPx) * 3);
                } else {
                    EXPECT_FALSE(image.error().message.empty());
                }
            }
}

TEST(ReadImage, pictureIsTurnedAsItsExifSays)
{
    // Pixel values are their place in the upright 3 × 2 picture: 0 1 2 / 3 4 5.
    const std::pair<int, std::vector<int>> stored[] = {
        {1, {0, 1, 2, 3, 4, 5}}, {2, {2, 1, 0, 5, 4, 3}}, {3, {5, 4, 3, 2, 1, 0}}, {4, {3, 4, 5, 0, 1, 2}},
        {5, {0, 3, 1, 4, 2, 5}}, {6, {2, 5, 1, 4, 0, 3}}, {7, {5, 2, 4, 1, 3, 0}}, {8, {3, 0, 4, 1, 5, 2}},
    };
    PixelImage upright{3, 2, {}};
    for (int i = 0; i < 6; ++i)
        upright.rgb.insert(upright.rgb.end(), 3, static_cast<std::uint8_t>(i * 40));
    for (const auto& [orientation, places] : stored) {
        PixelImage image{orientation < 5 ? 3 : 2, orientation < 5 ? 2 : 3, {}};
        for (const int place : places)
            image.rgb.insert(image.rgb.end(), 3, static_cast<std::uint8_t>(place * 40));
        for (const bool isBigEndian : {false, true}) {
            const Bytes exif = exifBlock(isBigEndian, orientation);
            EXPECT_EQ(decodeImage(webpWithExif(image, exif)).value(), upright) << orientation;
            EXPECT_LE(largestDifference(decodeImage(jpegFile(image, JpegKind::Grey, exif)).value(), upright),
                      4)
                << orientation;
        }
        Bytes png = encodePng(image, {}).value();
        const Bytes chunk = pngChunk("eXIf", exifBlock(true, orientation));
        png.insert(png.begin() + 33, chunk.begin(), chunk.end());
        EXPECT_EQ(decodeImage(png).value(), upright) << orientation;
    }
}

TEST(ReadImage, exifOfAnyCutIsReadWithoutHarm)
{
    const Bytes comment = concat({bytesOf({"UNICODE\0", 8}), utf16(u"a fox", true)});
    const Bytes whole = exifBlock(true, 6, comment);
    EXPECT_EQ(readExif(whole).userComment, "a fox");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const ExifFields fields = readExif(std::span(whole).first(size));
        EXPECT_TRUE(fields.userComment.empty()) << size;
        EXPECT_TRUE(fields.orientation == 6 || fields.orientation == 1) << size;
    }
}

TEST(ReadImage, otherFilesAreNamedForWhatTheyAre)
{
    const std::pair<Bytes, const char*> table[] = {
        {{}, "it is empty"},
        {bytesOf("GIF89a"), "a GIF image"},
        {bytesOf("BMxxxxxx"), "a BMP image"},
        {bytesOf("<!DOCTYPE html>"), "a web page"},
        {bytesOf("version https://git-lfs.github.com/spec/v1"), "a Git LFS pointer"},
        {bytesOf({"\0\0\0\x20"
                  "ftypavif",
                  12}),
         "an AVIF, HEIC or video file"},
        {bytesOf("plain text"), "of an unknown kind; PNG, JPEG and WebP"},
    };
    for (const auto& [file, reason] : table)
        EXPECT_NE(problemOf(file).find(reason), std::string::npos) << problemOf(file);
}

TEST(ReadImage, hugeClaimsAreRefusedBeforeAnyMemory)
{
    Bytes jpeg = jpegFile(gradient(8, 8), JpegKind::Grey);
    const Bytes frame = {std::byte{0xFF}, std::byte{0xC0}};
    const auto at = std::search(jpeg.begin(), jpeg.end(), frame.begin(), frame.end());
    ASSERT_NE(at, jpeg.end());
    std::fill(at + 5, at + 9, std::byte{0xEA});
    EXPECT_NE(problemOf(jpeg).find("60138 x 60138"), std::string::npos) << problemOf(jpeg);
}

TEST(ReadImage, theNameOfAFileDoesNotMatterAndStandsInErrors)
{
    const auto file = std::filesystem::path(testing::TempDir()) / "unfog_picture.png";
    const auto write = [&](const Bytes& bytes) {
        std::ofstream(file, std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    };
    write(webpFile(gradient(4, 3)));
    EXPECT_EQ(readImage(file).value(), gradient(4, 3));
    write(bytesOf("nothing"));
    EXPECT_NE(readImage(file).error().message.find(file.string()), std::string::npos);
    std::filesystem::resize_file(file, kMaxImageFileBytes + 1);
    EXPECT_NE(readImage(file).error().message.find("at most"), std::string::npos);
    std::filesystem::remove(file);
    EXPECT_EQ(readImage(file).error().kind, ErrorKind::Io);
    EXPECT_EQ(readImage(testing::TempDir()).error().kind, ErrorKind::Io);
}

} // namespace
} // namespace unfog
