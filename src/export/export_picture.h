#pragma once

#include "export/export_plan.h"
#include "export/exporter.h"
#include "image_files/metadata/picture_metadata.h"

/// One picture from its file to the bytes of its copy.
namespace unfog {

/// A picture as it was found.
struct ExportSource {
    Bytes bytes;
    QString sha256; ///< of `bytes`
    PictureMetadata metadata;
    PixelImage pixels;
};

Result<ExportSource> readSource(const QString& file);

/// For names and manifest. Sizes are those of the picture after `resize`.
NameValues valuesOf(const ExportItem& item, const PictureMetadata& metadata, QSize original,
                    const ResizeRule& resize, int number);

struct ExportedPicture {
    Bytes bytes;
    QString sha256;
    QSize size;
};

/// Resized and encoded as the plan says, with both texts (ours and A1111's) or without any.
Result<ExportedPicture> makePicture(const ExportSource& source, const ExportPlan& plan);

QString sha256Of(std::span<const std::byte> bytes);

} // namespace unfog
