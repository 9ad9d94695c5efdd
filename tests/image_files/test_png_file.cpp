#include <gtest/gtest.h>

#include <random>

#include "image_files/formats/png_file.h"
#include "image_files/image_limits.h"
#include "image_files/sample_files.h"

namespace unfog {
namespace {

using namespace samples;

std::string problemOf(const Bytes& file)
{
    const auto image = decodePng(file);
    return image ? "decoded" : image.error().message;
}

PngTexts textsOf(const Bytes& file)
{
    return readPngTexts(readPngChunks(file).value());
}

TEST(PngFile, pixelsComeBackExactly)
{
    std::mt19937 random(7);
    for (const auto& [width, height] : {std::pair{1, 1}, {3, 7}, {64, 64}, {257, 5}, {1, 300}}) {
        PixelImage image = gradient(width, height);
        EXPECT_EQ(decodePng(encodePng(image, {}).value()).value(), image);
        for (auto& value : image.rgb)
            value = static_cast<std::uint8_t>(random());
        EXPECT_EQ(decodePng(encodePng(image, {}).value()).value(), image);
    }
}

TEST(PngFile, sameContentGivesSameBytes)
{
    const std::vector<PngText> texts = {{"unfog", "{}"}};
    EXPECT_EQ(encodePng(gradient(40, 30), texts).value(), encodePng(gradient(40, 30), texts).value());
}

TEST(PngFile, textsKeepEveryCharacterAndTheirOrder)
{
    const std::vector<PngText> texts = {{"unfog", "日本の風景\n🍎👩‍🚀 \"q\" \\ \t\r\n\n  end "},
                                        {"parameters", ""},
                                        {"Title", std::string(100'000, 'x')},
                                        {"unfog", "again"}};
    const Bytes file = encodePng(gradient(5, 4), texts).value();
    EXPECT_EQ(textsOf(file).texts, texts);
    EXPECT_TRUE(textsOf(file).ignored.empty());
    EXPECT_EQ(decodePng(file).value(), gradient(5, 4));
}

TEST(PngFile, textsThatPngForbidsAreRefused)
{
    const PngText table[] = {{"", "x"},    {std::string(80, 'k'), "x"},      {" k", "x"}, {"k ", "x"},
                             {"k\n", "x"}, {"unfog", std::string("a\0b", 3)}};
    for (const PngText& text : table)
        EXPECT_EQ(encodePng(gradient(2, 2), std::span(&text, 1)).error().kind, ErrorKind::InvalidRequest);
}

TEST(PngFile, everyCutAndEveryFlippedByteIsRefused)
{
    const std::vector<PngText> texts = {{"unfog", "{\"version\": 1}"}};
    const Bytes file = encodePng(gradient(6, 5), texts).value();
    for (std::size_t size = 0; size < file.size(); ++size)
        EXPECT_NE(problemOf(Bytes(file.begin(), file.begin() + size)), "decoded") << size;
    for (std::size_t at = 0; at < file.size(); ++at) {
        Bytes broken = file;
        broken[at] ^= std::byte{0x10};
        EXPECT_NE(problemOf(broken), "decoded") << at;
    }
}

TEST(PngFile, everyKindOfPixelBecomesRgbOnWhite)
{
    const struct {
        const char* name;
        Bytes file;
        std::vector<std::uint8_t> rgb;
    } table[] = {
        {"1-bit grey",
         pngFile({pngHeader(2, 1, 1, 0), pngChunk("IDAT", deflated(bytesOf({"\0\x40", 2})))}),
         {0, 0, 0, 255, 255, 255}},
        {"16-bit grey",
         pngFile({pngHeader(2, 1, 16, 0), pngChunk("IDAT", deflated(bytesOf({"\0\x12\xFF\xAB\x00", 5})))}),
         {0x12, 0x12, 0x12, 0xAB, 0xAB, 0xAB}},
        {"16-bit RGB",
         pngFile({pngHeader(1, 1, 16, 2),
                  pngChunk("IDAT", deflated(bytesOf({"\0\x01\x02\x03\x04\x05\x06", 7})))}),
         {1, 3, 5}},
        {"palette with transparency",
         pngFile({pngHeader(2, 1, 8, 3), pngChunk("PLTE", bytesOf({"\x01\x02\x03\x10\x20\x30", 6})),
                  pngChunk("tRNS", bytesOf({"\x00", 1})),
                  pngChunk("IDAT", deflated(bytesOf({"\0\0\1", 3})))}),
         {255, 255, 255, 0x10, 0x20, 0x30}},
        {"grey and alpha",
         pngFile({pngHeader(2, 1, 8, 4), pngChunk("IDAT", deflated(bytesOf({"\0\x64\xFF\x64\x00", 5})))}),
         {100, 100, 100, 255, 255, 255}},
        {"RGBA",
         pngFile({pngHeader(1, 1, 8, 6), pngChunk("IDAT", deflated(bytesOf({"\0\x00\x64\xC8\x80", 5})))}),
         {127, 177, 227}},
        {"interlaced", // Adam7 of 2 × 2: the first pixel, the second of the row, then the second row
         pngFile({pngHeader(2, 2, 8, 0, true),
                  pngChunk("IDAT", deflated(bytesOf({"\0\x0A\0\x14\0\x1E\x28", 7})))}),
         {10, 10, 10, 20, 20, 20, 30, 30, 30, 40, 40, 40}},
        {"gamma is not applied",
         pngFile({pngHeader(1, 1, 8, 0), pngChunk("gAMA", bigEndian32(100000)),
                  pngChunk("IDAT", deflated(bytesOf({"\0\x80", 2})))}),
         {128, 128, 128}},
    };
    for (const auto& row : table) {
        const auto image = decodePng(row.file);
        ASSERT_TRUE(image) << row.name << ": " << image.error().message;
        EXPECT_EQ(image->rgb, row.rgb) << row.name;
    }
}

TEST(PngFile, brokenPixelDataIsRefused)
{
    const std::pair<Bytes, const char*> table[] = {
        {pngFile({pngHeader(60000, 60000, 8, 2), pngChunk("IDAT", deflated(bytesOf("x")))}), "60000 x 60000"},
        {pngFile({pngHeader(8193, 8192, 8, 2), pngChunk("IDAT", deflated(bytesOf("x")))}), "8193 x 8192"},
        {pngFile({pngHeader(0, 1, 8, 2), pngChunk("IDAT", deflated(bytesOf("x")))}), "broken"},
        {pngFile({pngHeader(2, 1, 3, 2), pngChunk("IDAT", deflated(bytesOf("x")))}), "broken"},
        {pngFile({pngHeader(2, 2, 8, 2), pngChunk("IDAT", deflated(bytesOf({"\0\1\2\3\4\5\6", 7})))}),
         "broken"},
        {pngFile({pngHeader(2, 1, 8, 2), pngChunk("IDAT", bytesOf("no zlib data"))}), "broken"},
        {pngFile({pngHeader(2, 1, 8, 2)}), "broken"},
        {pngFile({pngHeader(2, 1, 8, 3), pngChunk("IDAT", deflated(bytesOf({"\0\0\0", 3})))}), "broken"},
        {pngFile({}), "broken"},
        {bytesOf("GIF89a"), "does not begin as a PNG"},
        {{}, "does not begin as a PNG"},
    };
    for (const auto& [file, reason] : table)
        EXPECT_NE(problemOf(file).find(reason), std::string::npos) << problemOf(file);
}

TEST(PngFile, foreignTextsAreRead)
{
    const Bytes file = tinyPng({
        pngChunk("tEXt", bytesOf({"parameters\0caf\xE9", 15})),
        pngChunk("tEXt", bytesOf({"utf8\0caf\xC3\xA9", 10})),
        pngChunk("zTXt", concat({bytesOf({"z\0\0", 3}), deflated(bytesOf("packed"))})),
        pngChunk("iTXt", bytesOf({"i\0\0\0de\0Wort\0text", 16})),
        pngChunk("iTXt", concat({bytesOf({"ic\0\1\0\0\0", 7}), deflated(bytesOf("日本"))})),
    });
    const PngTexts texts = textsOf(file);
    EXPECT_EQ(texts.texts,
              (std::vector<PngText>{
                  {"parameters", "café"}, {"utf8", "café"}, {"z", "packed"}, {"i", "text"}, {"ic", "日本"}}));
    EXPECT_TRUE(texts.ignored.empty());
    EXPECT_EQ(problemOf(file), "decoded");
}

TEST(PngFile, brokenAndOversizedTextsAreLeftOutAndSaid)
{
    const Bytes bomb = deflated(Bytes(kMaxTextBytes + 1));
    ASSERT_LT(bomb.size(), 100'000u);
    Bytes wrongChecksum = pngChunk("tEXt", bytesOf({"crc\0x", 5}));
    wrongChecksum.back() ^= std::byte{1};
    const std::pair<Bytes, const char*> table[] = {
        {pngChunk("zTXt", concat({bytesOf({"bomb\0\0", 6}), bomb})),
         "\"bomb\" in a zTXt chunk has more than"},
        {pngChunk("iTXt", concat({bytesOf({"bomb\0\1\0\0\0", 9}), bomb})),
         "\"bomb\" in a iTXt chunk has more than"},
        {pngChunk("zTXt", bytesOf({"z\0\0not zlib", 11})), "cannot be inflated"},
        {pngChunk("zTXt", bytesOf({"z\0\1x", 4})), "unknown method"},
        {pngChunk("zTXt", bytesOf({"z\0", 2})), "is cut"},
        {pngChunk("iTXt", bytesOf({"i\0\0\0de", 6})), "is cut"},
        {pngChunk("tEXt", bytesOf("no end of keyword")), "no keyword"},
        {pngChunk("tEXt", bytesOf({"\0x", 2})), "no keyword"},
        {wrongChecksum, "wrong checksum"},
    };
    for (const auto& [chunk, reason] : table) {
        const PngTexts texts = textsOf(tinyPng({chunk, pngChunk("tEXt", bytesOf({"good\0one", 8}))}));
        EXPECT_EQ(texts.texts, (std::vector<PngText>{{"good", "one"}}));
        ASSERT_EQ(texts.ignored.size(), 1u);
        EXPECT_NE(texts.ignored[0].find(reason), std::string::npos) << texts.ignored[0];
    }
}

TEST(PngFile, manyLargeTextsStopAtTheCommonLimit)
{
    const Bytes large = pngChunk("zTXt", concat({bytesOf({"t\0\0", 3}), deflated(Bytes(kMaxTextBytes))}));
    const PngTexts texts = textsOf(tinyPng({large, large, large, large, large, large, large, large}));
    EXPECT_EQ(texts.texts.size(), 5u);
    ASSERT_EQ(texts.ignored.size(), 3u);
    EXPECT_NE(texts.ignored[0].find("all texts together"), std::string::npos);
}

} // namespace
} // namespace unfog
