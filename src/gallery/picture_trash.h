#pragma once

#include "gallery/gallery_store.h"

/// To the system's trash and back. Files only: the index is the store's.
namespace unfog {

/// The picture and its sidecar. A picture whose file is missing already goes without one.
Result<TrashedPicture> moveToTrash(const GalleryEntry& entry);

/// Back to where it was, under the next free name when that is taken, and as it reads now. One that had
/// no file comes back as missing.
Result<GalleryEntry> takeFromTrash(const TrashedPicture& picture);

} // namespace unfog
