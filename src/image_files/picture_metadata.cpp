#include "image_files/picture_metadata.h"

#include <array>
#include <string_view>
#include <utility>

#include "generation/a1111_text.h"
#include "image_files/exif.h"
#include "image_files/image_format.h"
#include "image_files/png_chunks.h"
#include "image_files/png_file.h"

namespace unfog {
namespace {

constexpr std::string_view ownKeyword = "unfog";
constexpr std::string_view ownExifPrefix = "unfog:"; // of an Exif description, in JPEG and WebP
constexpr std::string_view parametersKeyword = "parameters";

/// Texts of other programs that are recognised and left alone.
std::string_view ownerOf(std::string_view keyword)
{
    constexpr std::array<std::pair<std::string_view, std::string_view>, 7> known = {
        {{"prompt", "a ComfyUI graph"},
         {"workflow", "a ComfyUI workflow"},
         {"invokeai_metadata", "InvokeAI's parameters"},
         {"invokeai_workflow", "an InvokeAI workflow"},
         {"invokeai_graph", "an InvokeAI graph"},
         {"Description", "a description"},
         {"Comment", "a comment"}}};
    for (const auto& [name, what] : known)
        if (name == keyword)
            return what;
    return "a text of another program";
}

void useOwnJson(std::string_view json, PictureMetadata& out)
{
    auto parsed = parseRecord(json);
    if (!parsed) {
        out.ignored.push_back("the text \"unfog\": " + parsed.error().message);
        return;
    }
    out.source = MetadataSource::Unfog;
    out.request = std::move(parsed->record.request);
    out.provenance = std::move(parsed->record.provenance);
    out.taken.emplace_back(ownKeyword);
    for (const std::string& key : parsed->ignoredKeys)
        out.ignored.push_back("the text \"unfog\": " + key + " is not known here");
}

/// Only where the text has settings: a lone sentence is a description, not a recipe.
void useParametersText(PictureMetadata& out)
{
    const A1111Parameters parameters = parseA1111Text(out.parametersText);
    if (parameters.values.empty()) {
        out.ignored.emplace_back("the parameters text has no line of settings");
        return;
    }
    A1111Request read = toRequest(parameters);
    out.source = MetadataSource::A1111;
    out.request = std::move(read.request);
    out.modelName = std::move(read.modelName);
    out.taken = std::move(read.taken);
    out.ignored.insert(out.ignored.end(), read.ignored.begin(), read.ignored.end());
}

Result<void> readPng(std::span<const std::byte> bytes, PictureMetadata& out)
{
    const auto chunks = readPngChunks(bytes);
    if (!chunks)
        return tl::unexpected(chunks.error());
    PngTexts texts = readPngTexts(*chunks);
    out.ignored = std::move(texts.ignored);
    for (PngText& text : texts.texts) {
        if (text.keyword == ownKeyword && !out.request)
            useOwnJson(text.text, out);
        else if (text.keyword == parametersKeyword && out.parametersText.empty())
            out.parametersText = std::move(text.text);
        else
            out.ignored.push_back("the text \"" + text.keyword + "\" (" + std::string(ownerOf(text.keyword)) +
                                  ", " + std::to_string(text.text.size()) + " bytes) is not used");
    }
    return {};
}

void readExifTexts(std::span<const std::byte> bytes, ImageFormat format, PictureMetadata& out)
{
    ExifFields exif = readExif(findExif(bytes, format));
    for (const std::string& text : exif.texts)
        if (text.starts_with(ownExifPrefix) && !out.request)
            useOwnJson(std::string_view(text).substr(ownExifPrefix.size()), out);
    for (const std::string& text : exif.texts)
        if (text.starts_with("prompt:") || text.starts_with("workflow:"))
            out.ignored.push_back("a ComfyUI " + text.substr(0, text.find(':')) + " in the Exif data (" +
                                  std::to_string(text.size()) + " bytes) is not used");
    if (out.parametersText.empty())
        out.parametersText = std::move(exif.userComment);
}

} // namespace

Result<Bytes> encodePicture(const PixelImage& pixels, const GenerationRecord& record)
{
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
                    "it is " + describeOther(bytes) + "; PNG, JPEG and WebP pictures are read");
    PictureMetadata out;
    if (format == ImageFormat::Png)
        if (auto read = readPng(bytes, out); !read)
            return tl::unexpected(read.error());
    readExifTexts(bytes, format, out);
    if (!out.request && !out.parametersText.empty())
        useParametersText(out);
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
