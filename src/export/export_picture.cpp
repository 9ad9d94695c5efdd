#include "export/export_picture.h"

#include <QFileInfo>

#include "base/sha256.h"
#include "export/picture_size.h"
#include "generation/interchange/a1111_text.h"
#include "generation/request/request_json.h"
#include "image_files/formats/encode.h"
#include "image_files/formats/png_file.h"
#include "image_files/read_image.h"
#include "pixels/resize.h"

namespace unfog {

namespace {

struct Texts {
    std::string record;     ///< our JSON
    std::string parameters; ///< A1111
};

Texts textsOf(const PictureMetadata& metadata)
{
    Texts texts;
    texts.parameters = metadata.parametersText;
    if (metadata.source == MetadataSource::Unfog) {
        texts.record = toJson(withoutFolders({*metadata.request, metadata.provenance}));
        if (texts.parameters.empty())
            texts.parameters = writeA1111Text(
                *metadata.request,
                {"", metadata.provenance ? metadata.provenance->engineVersion : std::string()});
    }
    return texts;
}

Bytes asBytes(const EncodedBytes& encoded)
{
    const auto view = std::as_bytes(std::span(encoded));
    return {view.begin(), view.end()};
}

Result<Bytes> encodeExif(const PixelImage& image, const ExportPlan& plan, const Texts& texts)
{
    const bool isJpeg = plan.format == ExportFormat::Jpeg;
    auto encoded = isJpeg ? encodeJpeg(image, plan.quality) : encodeWebp(image, plan.quality);
    if (!encoded)
        return tl::unexpected<Error>(encoded.error());
    if (texts.record.empty() && texts.parameters.empty())
        return asBytes(*encoded);
    const EncodedBytes exif =
        exifBlock({texts.parameters, texts.record.empty() ? std::string() : kOwnExifPrefix + texts.record});
    auto complete = isJpeg ? withExifInJpeg(*encoded, exif)
                           : withExifInWebp(*encoded, exif, image.widthPx, image.heightPx);
    if (!complete)
        return tl::unexpected<Error>(complete.error());
    return asBytes(*complete);
}

Result<Bytes> encode(const PixelImage& image, const ExportPlan& plan, const Texts& texts)
{
    if (plan.format != ExportFormat::Png)
        return encodeExif(image, plan, texts);
    std::vector<PngText> chunks;
    if (!texts.record.empty())
        chunks.push_back({"unfog", texts.record});
    if (!texts.parameters.empty())
        chunks.push_back({"parameters", texts.parameters});
    return encodePng(image, chunks);
}

PixelImage resized(const PixelImage& image, const ResizeRule& rule)
{
    const QSize size = exportedSize({image.widthPx, image.heightPx}, rule);
    return rule.kind == ResizeKind::Exact ? resizeToCover(image, size.width(), size.height())
                                          : resizeLanczos(image, size.width(), size.height());
}

QString modelName(const PictureMetadata& metadata)
{
    if (!metadata.request || metadata.request->model.path.empty())
        return QString::fromStdString(metadata.modelName);
    const QString path = QString::fromStdString(metadata.request->model.path);
    const QString name = path.section(u'/', -1, -1, QString::SectionSkipEmpty);
    return name.endsWith(QLatin1String(".safetensors")) ? name.chopped(12) : name;
}

} // namespace

QString sha256Of(std::span<const std::byte> bytes)
{
    return QString::fromStdString(sha256Hex(bytes));
}

Result<ExportSource> readSource(const QString& file)
{
    const std::string name = file.toStdString();
    auto bytes = readFile(name);
    if (!bytes)
        return tl::unexpected<Error>(bytes.error());
    auto metadata = parsePictureMetadata(*bytes);
    if (!metadata)
        return fail(metadata.error().kind, name + ": " + metadata.error().message + ".");
    auto pixels = decodeImage(*bytes);
    if (!pixels)
        return fail(pixels.error().kind, name + ": " + pixels.error().message + ".");
    ExportSource source;
    source.sha256 = sha256Of(*bytes);
    source.bytes = std::move(*bytes);
    source.metadata = std::move(*metadata);
    source.pixels = std::move(*pixels);
    return source;
}

NameValues valuesOf(const ExportItem& item, const PictureMetadata& metadata, QSize original,
                    const ResizeRule& resize, int number)
{
    const QFileInfo info(item.file);
    const QSize size = exportedSize(original, resize);
    NameValues values;
    values.created = info.lastModified().toUTC();
    values.model = modelName(metadata);
    values.widthPx = size.width();
    values.heightPx = size.height();
    values.number = number;
    values.stars = item.stars;
    values.originalName = info.completeBaseName();
    if (metadata.request) {
        values.seed = metadata.request->output.seed;
        values.prompt = QString::fromStdString(metadata.request->prompts.positive);
        values.negativePrompt = QString::fromStdString(metadata.request->prompts.negative);
        values.scheduler = QString::fromStdString(metadata.request->sampler.scheduler);
        values.steps = metadata.request->sampler.steps;
        values.guidanceScale = metadata.request->guidance.scale;
    } else {
        values.prompt = QString::fromStdString(parseA1111Text(metadata.parametersText).prompt);
    }
    return values;
}

Result<ExportedPicture> makePicture(const ExportSource& source, const ExportPlan& plan)
{
    const PixelImage image = resized(source.pixels, plan.resize);
    auto bytes = encode(image, plan, plan.keepMetadata ? textsOf(source.metadata) : Texts{});
    if (!bytes)
        return tl::unexpected<Error>(bytes.error());
    ExportedPicture picture;
    picture.sha256 = sha256Of(*bytes);
    picture.bytes = std::move(*bytes);
    picture.size = {image.widthPx, image.heightPx};
    return picture;
}

Result<NameValues> nameValuesOf(const ExportItem& item, const ResizeRule& resize, int number)
{
    const auto bytes = readFile(item.file.toStdString());
    if (!bytes)
        return tl::unexpected<Error>(bytes.error());
    const auto metadata = parsePictureMetadata(*bytes);
    if (!metadata)
        return fail(metadata.error().kind, item.file.toStdString() + ": " + metadata.error().message + ".");
    const auto size = pictureSize(*bytes);
    if (!size)
        return fail(size.error().kind, item.file.toStdString() + ": " + size.error().message + ".");
    return valuesOf(item, *metadata, *size, resize, number);
}

} // namespace unfog
