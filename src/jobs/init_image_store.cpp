#include "jobs/init_image_store.h"

#include <span>

#include <QDir>
#include <QFileInfo>

#include "base/files/write_file.h"
#include "base/sha256.h"
#include "image_files/formats/png_file.h"
#include "image_files/read_image.h"
#include "jobs/latent_pictures.h"
#include "pixels/fit_image.h"

namespace unfog {

namespace {

std::string pixelHash(const PixelImage& image)
{
    return sha256Hex(std::as_bytes(std::span(image.rgb)));
}

} // namespace

InitImageStore::InitImageStore(QString folder) : m_folder(std::move(folder)) {}

Result<InitImage> InitImageStore::keep(const QImage& picture, double strength) const
{
    auto pixels = std::make_shared<const PixelImage>(toPixelImage(picture));
    if (pixels->rgb.empty())
        return fail(ErrorKind::BadFile, "The image to start from is empty.");
    InitImage init;
    init.sha256 = pixelHash(*pixels);
    init.strength = strength;
    init.pixels = pixels;
    const QString file = QDir(m_folder).filePath(QString::fromStdString(init.sha256) + QLatin1String(".png"));
    init.file = file.toStdString();
    if (QFileInfo::exists(file))
        return init;
    if (!QDir().mkpath(m_folder))
        return fail(ErrorKind::Io, "The folder " + m_folder.toStdString() + " cannot be made.");
    const auto bytes = encodePng(*pixels, {});
    if (!bytes)
        return tl::unexpected<Error>(bytes.error());
    if (auto written = writeFileAtomically(init.file, *bytes); !written)
        return tl::unexpected<Error>(written.error());
    return init;
}

Result<GenerationRequest> InitImageStore::prepare(GenerationRequest request)
{
    if (!request.images.start)
        return request;
    if (request.canvas.widthPx < 1 || request.canvas.heightPx < 1)
        return fail(ErrorKind::InvalidRequest, "Image-to-image needs a named width and height.");
    InitImage& init = *request.images.start;
    std::shared_ptr<const PixelImage> pixels = init.pixels;
    if (!pixels) {
        auto read = readImage(init.file);
        if (!read)
            return failFor(read, ErrorCause::InputImage, init.file);
        const std::string found = pixelHash(*read);
        if (!init.sha256.empty() && init.sha256 != found)
            return tl::unexpected(Error{ErrorKind::BadFile,
                                        "The start image " + init.file +
                                            " has changed: expected pixels of SHA-256 " + init.sha256 +
                                            ", found " + found + ".",
                                        ErrorCause::InputImage, init.file});
        init.sha256 = found;
        pixels = std::make_shared<const PixelImage>(std::move(*read));
    }
    if (pixels->widthPx != request.canvas.widthPx || pixels->heightPx != request.canvas.heightPx)
        pixels = std::make_shared<const PixelImage>(
            fitImage(*pixels, request.canvas.widthPx, request.canvas.heightPx));
    init.pixels = std::move(pixels);
    return request;
}

} // namespace unfog
