#include <gtest/gtest.h>

#include <algorithm>

#include "image_files/formats/png_file.h"
#include "image_files/metadata/picture_metadata.h"
#include "image_files/read_image.h"
#include "image_files/sample_files.h"

namespace unfog {
namespace {

using namespace samples;

GenerationRecord recordWith(const std::string& prompt)
{
    GenerationRecord record;
    record.request.model.path = "/models/starter";
    record.request.prompts.positive = prompt;
    record.request.prompts.negative = "blurry";
    record.request.sampler = {"dpmpp-2m", "karras", "", 25, std::nullopt};
    record.request.output.seed = ~std::uint64_t{0};
    record.request.canvas.widthPx = 64;
    record.request.canvas.heightPx = 64;
    record.request.guidance.scale = 0.1 + 6.4;
    Provenance& provenance = record.provenance.emplace();
    provenance.engineVersion = "0.1.0";
    provenance.device = "cpu";
    provenance.notes = {"2 tokens cut"};
    return record;
}

bool mentions(const std::vector<std::string>& lines, std::string_view what)
{
    return std::any_of(lines.begin(), lines.end(),
                       [&](const std::string& line) { return line.find(what) != std::string::npos; });
}

const char* const webUiText =
    "a fox\nNegative prompt: blurry\nSteps: 25, Sampler: Euler a, CFG scale: 6.5, Seed: 12, "
    "Size: 512x768, Model: v1-5, RNG: CPU";

void expectWebUiRequest(const PictureMetadata& metadata)
{
    EXPECT_EQ(metadata.source, MetadataSource::Foreign);
    ASSERT_TRUE(metadata.request);
    EXPECT_EQ(metadata.request->prompts.positive, "a fox");
    EXPECT_EQ(metadata.request->prompts.negative, "blurry");
    EXPECT_EQ(metadata.request->sampler.scheduler, "euler-ancestral");
    EXPECT_EQ(metadata.request->output.seed, 12u);
    EXPECT_EQ(metadata.request->canvas.heightPx, 768);
    EXPECT_EQ(metadata.modelName, "v1-5");
    EXPECT_FALSE(metadata.provenance);
}

TEST(PictureMetadata, ourOwnRecordComesBackWithTheSamePixels)
{
    for (const char* prompt :
         {"", "a red fox", "日本の風景 🍎👩‍🚀", "two\nlines\r\n\n\"quoted\", \\ {json: 1}",
          "Negative prompt: trap\nSteps: 1, Seed: 2, Size: 3x4", " outer space\t"}) {
        const GenerationRecord record = recordWith(prompt);
        const Bytes file = encodePicture(gradient(64, 64), record).value();
        EXPECT_EQ(file, encodePicture(gradient(64, 64), record).value());
        EXPECT_EQ(decodeImage(file).value(), gradient(64, 64));
        const PictureMetadata metadata = parsePictureMetadata(file).value();
        EXPECT_EQ(metadata.source, MetadataSource::Unfog);
        EXPECT_EQ(metadata.request, withoutFolders(record).request) << prompt;
        EXPECT_EQ(metadata.request->model.path, "starter");
        EXPECT_EQ(metadata.provenance, record.provenance);
        EXPECT_TRUE(metadata.notes.empty());
        EXPECT_NE(metadata.parametersText.find("\nSteps: 25, Sampler: DPM++ 2M, Schedule type: Karras, "),
                  std::string::npos);
    }
}

TEST(PictureMetadata, imagesOfVersionOneGiveTheirRequest)
{
    const auto metadata = readPictureMetadata(UNFOG_SOURCE_DIR "/tests/samples/version-1/image.png");
    ASSERT_TRUE(metadata) << metadata.error().message;
    GenerationRequest expected;
    expected.model.path = "starter";
    expected.prompts = {"a (red:1.2) apple on a blue background", "pear", true, 1};
    expected.sampler = {"dpmpp-2m", "karras", "", 8, std::nullopt, 80.0};
    expected.guidance = {3.5, 0.25};
    expected.canvas = {64, 64};
    expected.output = {9007199254740993ULL, 1, true};
    ASSERT_TRUE(metadata->request);
    EXPECT_EQ(*metadata->request, expected);
    EXPECT_TRUE(metadata->provenance);
    EXPECT_TRUE(metadata->notes.empty());
}

TEST(PictureMetadata, promptsWithNulAndIllFormedBytesAreWritten)
{
    const Bytes file = encodePicture(gradient(8, 8), recordWith(std::string("a\0b\xFF", 4))).value();
    EXPECT_EQ(parsePictureMetadata(file)->request->prompts.positive, std::string("a\0b\uFFFD", 6));
}

TEST(PictureMetadata, webUiTextIsReadFromEveryKindOfFile)
{
    expectWebUiRequest(
        parsePictureMetadata(
            tinyPng({pngChunk("tEXt", concat({bytesOf({"parameters\0", 11}), bytesOf(webUiText)}))}))
            .value());
    const std::u16string wide(webUiText, webUiText + std::char_traits<char>::length(webUiText));
    for (const bool isBigEndian : {true, false}) {
        const Bytes comment = concat({bytesOf({"UNICODE\0", 8}), utf16(wide, isBigEndian)});
        const Bytes exif = exifBlock(true, 1, comment);
        expectWebUiRequest(parsePictureMetadata(jpegFile(gradient(8, 8), JpegKind::Rgb, exif)).value());
        expectWebUiRequest(parsePictureMetadata(webpWithExif(gradient(8, 8), exif)).value());
    }
    const Bytes ascii = concat({bytesOf({"ASCII\0\0\0", 8}), bytesOf(webUiText)});
    expectWebUiRequest(
        parsePictureMetadata(jpegFile(gradient(8, 8), JpegKind::Rgb, exifBlock(false, 1, ascii))).value());
}

TEST(PictureMetadata, userCommentsOfEveryWriterAreRead)
{
    const Bytes text = bytesOf(webUiText);
    const std::u16string wide(webUiText, webUiText + std::char_traits<char>::length(webUiText));
    const struct {
        const char* writer;
        Bytes comment;
    } table[] = {
        {"no name of an encoding", text},
        {"an undefined encoding", concat({bytesOf({"\0\0\0\0\0\0\0\0", 8}), text})},
        {"UTF-8 under the name of Unicode", concat({bytesOf({"UNICODE\0", 8}), text})},
        {"padded with NULs and blanks",
         concat({bytesOf({"ASCII\0\0\0", 8}), text, bytesOf({"  \0\0\0\0", 6})})},
        {"a byte order mark", concat({bytesOf({"UNICODE\0", 8}), bytesOf("\xFF\xFE"), utf16(wide, false)})},
    };
    for (const auto& row : table) {
        SCOPED_TRACE(row.writer);
        const auto metadata =
            parsePictureMetadata(jpegFile(gradient(8, 8), JpegKind::Rgb, exifBlock(true, 1, row.comment)));
        expectWebUiRequest(metadata.value());
    }
}

TEST(PictureMetadata, aNewerRecordIsSaidAndTheWebUiTextIsUsed)
{
    const std::vector<PngText> texts = {{"unfog", R"({"version": 9, "request": {}})"},
                                        {"parameters", webUiText}};
    const PictureMetadata metadata = parsePictureMetadata(encodePng(gradient(4, 4), texts).value()).value();
    expectWebUiRequest(metadata);
    EXPECT_TRUE(mentions(metadata.notes, "newer Unfog"));
}

TEST(PictureMetadata, unknownKeysOfOurRecordAreSaid)
{
    const std::vector<PngText> texts = {
        {"unfog", R"({"version": 1, "request": {"prompt": "x", "hires": 2}})"}};
    const PictureMetadata metadata = parsePictureMetadata(encodePng(gradient(4, 4), texts).value()).value();
    EXPECT_EQ(metadata.request->prompts.positive, "x");
    EXPECT_TRUE(mentions(metadata.notes, "request.hires"));
}

TEST(PictureMetadata, foreignMetadataIsSaidAndNotUsed)
{
    const std::vector<PngText> texts = {{"prompt", "{\"1\": {}}"},
                                        {"workflow", std::string(10 << 20, '{')},
                                        {"invokeai_metadata", "{"},
                                        {"parameters", "only a description"},
                                        {"Software", "other"}};
    const PictureMetadata metadata = parsePictureMetadata(encodePng(gradient(4, 4), texts).value()).value();
    EXPECT_EQ(metadata.source, MetadataSource::None);
    EXPECT_FALSE(metadata.request);
    EXPECT_EQ(metadata.parametersText, "only a description");
    for (const char* what :
         {"\"prompt\"", "\"workflow\", 10485760 bytes", "\"invokeai_metadata\"", "no line of settings"})
        EXPECT_TRUE(mentions(metadata.notes, what)) << what;
    EXPECT_FALSE(mentions(metadata.notes, "Software")) << "what no program keeps parameters in is not listed";
}

TEST(PictureMetadata, foldersOfTheMakerAreInNoByte)
{
    GenerationRecord record = recordWith("a fox");
    record.request.model.path = "/home/jane-roe/models/fox";
    record.request.model.tokenizer = "/home/jane-roe/words/";
    record.request.images.start = InitImage{"/home/jane-roe/start.png", "aa", 0.5, nullptr};
    const Bytes file = encodePicture(gradient(8, 8), record).value();
    const std::string_view bytes(reinterpret_cast<const char*>(file.data()), file.size());
    EXPECT_EQ(bytes.find("jane-roe"), std::string_view::npos);
    const auto request = parsePictureMetadata(file)->request;
    EXPECT_EQ(request->model.path, "fox");
    EXPECT_EQ(request->model.tokenizer, "words");
    EXPECT_EQ(request->images.start->file, "start.png");
}

TEST(PictureMetadata, jsonOfOtherProgramsIsRead)
{
    const std::vector<PngText> texts = {
        {"parameters",
         R"({"sui_image_params": {"prompt": "a fox, Style: ink, Mood: calm, Light: soft", "seed": 7,
                            "steps": 12, "cfgscale": 6.0, "model": "dream", "width": 512, "height": 768}})"}};
    const PictureMetadata metadata = parsePictureMetadata(encodePng(gradient(4, 4), texts).value()).value();
    ASSERT_EQ(metadata.source, MetadataSource::Foreign);
    EXPECT_EQ(metadata.imported->program, "SwarmUI");
    EXPECT_EQ(metadata.request->prompts.positive, "a fox, Style: ink, Mood: calm, Light: soft");
    EXPECT_EQ(metadata.request->output.seed, 7u);
    EXPECT_EQ(metadata.request->sampler.steps, 12);
    EXPECT_EQ(metadata.modelName, "dream");
}

TEST(PictureMetadata, pictureWithoutMetadataHasNone)
{
    for (const Bytes& file :
         {tinyPng({}), jpegFile(gradient(8, 8), JpegKind::Rgb), webpFile(gradient(8, 8))}) {
        const PictureMetadata metadata = parsePictureMetadata(file).value();
        EXPECT_EQ(metadata.source, MetadataSource::None);
        EXPECT_FALSE(metadata.request);
        EXPECT_TRUE(metadata.notes.empty());
    }
    EXPECT_EQ(parsePictureMetadata(bytesOf("GIF89a")).error().kind, ErrorKind::Unsupported);
    EXPECT_EQ(readPictureMetadata("/nowhere/picture.png").error().kind, ErrorKind::Io);
}

} // namespace
} // namespace unfog
