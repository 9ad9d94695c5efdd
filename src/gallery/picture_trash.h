#pragma once

#include "gallery/gallery_store.h"

/// To the trash and back: the system's, or, where there is none to be had (no data folder, one that cannot be
/// written, another file system without), one of our own in the gallery's folder. Files only: the index is
/// the store's.
namespace unfog {

inline constexpr int kOwnTrashDays = 30;

/// The picture and its sidecar, both or none. A picture whose file is missing already goes without one. Never
/// to any place but a trash.
Result<TrashedPicture> moveToTrash(const GalleryEntry& entry, const QString& galleryFolder);

/// Hidden: no scan looks into it.
QString ownTrashFolder(const QString& galleryFolder);

/// What lies in our own trash for more than kOwnTrashDays goes for good.
void removeOldTrash(const QString& galleryFolder, const QDateTime& now);

/// Back to where it was, under the next free name when that is taken, and as it reads now. One that had
/// no file comes back as missing.
Result<GalleryEntry> takeFromTrash(const TrashedPicture& picture);

} // namespace unfog
