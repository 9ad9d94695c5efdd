#pragma once

#include <QString>

#include "base/result.h"
#include "gallery/gallery_entry.h"

/// What a picture file says of itself, and the rating beside it.
namespace unfog {

/// Reads metadata only, no pixels. The entry has no id; stars come from the sidecar.
Result<GalleryEntry> readEntry(const QString& file);
/// Request and provenance out of an entry's texts. Reads no file.
GalleryDetails detailsOf(const GalleryEntry& entry);

/// "name.png.xmp", the sidecar that digiKam and darktable read and write too.
QString sidecarFile(const QString& pictureFile);
/// 0 when there is none or it has no rating; 1 … 5. A rejected picture (−1) counts as 0.
int readStars(const QString& pictureFile);
/// 0 takes a sidecar of ours away; one with other content only has its rating changed.
Result<void> writeStars(const QString& pictureFile, int stars);

bool isPictureFile(const QString& file); ///< by suffix: png, jpg, jpeg, webp

} // namespace unfog
