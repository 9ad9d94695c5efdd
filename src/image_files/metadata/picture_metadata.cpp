#include "image_files/metadata/picture_metadata.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/ascii_text.h"
#include "generation/interchange/a1111_text.h"
#include "generation/interchange/foreign_json.h"
#include "image_files/formats/image_format.h"
#include "image_files/formats/png_chunks.h"
#include "image_files/formats/png_file.h"
#include "image_files/metadata/exif.h"

namespace unfog {
namespace {

constexpr std::string_view ownKeyword = "unfog";
constexpr std::string_view ownExifPrefix = "unfog:"; // of an Exif description, in JPEG and WebP
constexpr std::string_view parametersKeyword = "parameters";

void useOwnJson(std::string_view json, PictureMetadata& out)
{
    auto parsed = parseRecord(json);
    if (!parsed) {
        out.notes.push_back("the text \"unfog\": " + parsed.error().message);
        return;
    }
    out.source = MetadataSource::Unfog;
    out.request = std::move(parsed->record.request);
    out.provenance = std::move(parsed->record.provenance);
    for (const std::string& key : parsed->ignoredKeys)
        out.notes.push_back("the text \"unfog\": " + key + " is not known here");
}

/// A text of another program that may say how the image was made.
struct ForeignText {
    std::string keyword; ///< of a PNG text; "" = in the Exif data
    std::string text;
};

bool mayHoldParameters(std::string_view keyword)
{
    constexpr std::array<std::string_view, 8> known = {
        "prompt",         "workflow",    "invokeai_metadata", "invokeai_workflow",
        "invokeai_graph", "sd-metadata", "Comment",           "Dream"};
    return std::find(known.begin(), known.end(), keyword) != known.end();
}

void useForeign(ImportedParameters imported, PictureMetadata& out)
{
    out.source = MetadataSource::Foreign;
    out.request = imported.request;
    out.modelName = imported.modelName;
    out.imported = std::move(imported);
}

/// The first text with settings is used: a lone sentence is a description, not a recipe. What could hold
/// settings and is not read is noted only where nothing else says how the image was made.
void useForeignTexts(const std::vector<ForeignText>& others, PictureMetadata& out)
{
    std::vector<std::string> unread;
    if (!out.parametersText.empty()) {
        const auto json = readForeignJson(out.parametersText);
        auto imported = json ? json->parameters : importText(out.parametersText);
        if (imported)
            return useForeign(std::move(*imported), out);
        unread.push_back(json ? "the parameters text holds " + json->what + ", which is not read here"
                              : std::string("the parameters text has no line of settings"));
    }
    for (const ForeignText& other : others) {
        const auto json = readForeignJson(other.text);
        if (json && json->parameters)
            return useForeign(*json->parameters, out);
        if (json || other.keyword != "Comment")
            unread.push_back((json ? json->what : "a text of another program") + " (" +
                             (other.keyword.empty() ? "Exif data" : "\"" + other.keyword + "\"") + ", " +
                             std::to_string(other.text.size()) + " bytes) is not read here");
    }
    out.notes.insert(out.notes.end(), unread.begin(), unread.end());
}

Result<void> readPng(std::span<const std::byte> bytes, PictureMetadata& out, std::vector<ForeignText>& others)
{
    const auto chunks = readPngChunks(bytes);
    if (!chunks)
        return tl::unexpected(chunks.error());
    PngTexts texts = readPngTexts(*chunks);
    out.notes = std::move(texts.ignored);
    for (PngText& text : texts.texts) {
        if (text.keyword == ownKeyword && !out.request)
            useOwnJson(text.text, out);
        else if (text.keyword == parametersKeyword && out.parametersText.empty())
            out.parametersText = std::move(text.text);
        else if (mayHoldParameters(text.keyword))
            others.push_back({text.keyword, std::move(text.text)});
    }
    return {};
}

void readExifTexts(std::span<const std::byte> bytes, ImageFormat format, PictureMetadata& out,
                   std::vector<ForeignText>& others)
{
    ExifFields exif = readExif(findExif(bytes, format));
    for (const std::string& text : exif.texts)
        if (text.starts_with(ownExifPrefix) && !out.request)
            useOwnJson(std::string_view(text).substr(ownExifPrefix.size()), out);
    for (const std::string& text : exif.texts) // ComfyUI
        if (text.starts_with("prompt:") || text.starts_with("workflow:"))
            others.push_back({"", text.substr(text.find(':') + 1)});
    if (out.parametersText.empty())
        out.parametersText = std::move(exif.userComment);
}

} // namespace

GenerationRecord withoutFolders(GenerationRecord record)
{
    record.request.model.path = lastPathPart(record.request.model.path);
    record.request.model.tokenizer = lastPathPart(record.request.model.tokenizer);
    if (record.request.images.start)
        record.request.images.start->file = lastPathPart(record.request.images.start->file);
    return record;
}

Result<Bytes> encodePicture(const PixelImage& pixels, const GenerationRecord& complete)
{
    const GenerationRecord record = withoutFolders(complete);
    const std::string version = record.provenance ? record.provenance->engineVersion : "";
    const std::array<PngText, 2> texts = {
        {{std::string(ownKeyword), toJson(record)},
         {std::string(parametersKeyword), writeA1111Text(record.request, {"", version})}}};
    return encodePng(pixels, texts);
}

Result<PictureMetadata> parsePictureMetadata(std::span<const std::byte> bytes)
{
    const ImageFormat format = formatOf(bytes);
    if (format == ImageFormat::Other)
        return fail(ErrorKind::Unsupported,
                    "it is " + describeOther(bytes) + "; PNG, JPEG and WebP images are read");
    PictureMetadata out;
    std::vector<ForeignText> others;
    if (format == ImageFormat::Png)
        if (auto read = readPng(bytes, out, others); !read)
            return tl::unexpected(read.error());
    readExifTexts(bytes, format, out, others);
    if (!out.request)
        useForeignTexts(others, out);
    return out;
}

Result<PictureMetadata> readPictureMetadata(const std::filesystem::path& file)
{
    const auto bytes = readFile(file);
    if (!bytes)
        return tl::unexpected(bytes.error());
    auto metadata = parsePictureMetadata(*bytes);
    if (!metadata)
        return fail(metadata.error().kind, file.string() + " cannot be read: " + metadata.error().message);
    return metadata;
}

} // namespace unfog
