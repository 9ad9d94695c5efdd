#pragma once

#include <QImage>
#include <QString>

#include "base/result.h"

namespace unfog {

/// Any format that Qt knows, told apart by content, turned as its Exif orientation says; as large as the
/// largest that is painted here. Any thread. Errors name the file.
Result<QImage> readPicture(const QString& file);

} // namespace unfog
