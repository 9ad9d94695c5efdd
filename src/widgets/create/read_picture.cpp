#include "widgets/create/read_picture.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QImageReader>

namespace unfog {

namespace {
constexpr int allocationLimitMb = 1024; // 16384 × 16384; the default of Qt 6.4 refuses 8192 × 8192
} // namespace

Result<QImage> readPicture(const QString& file)
{
    QImageReader::setAllocationLimit(allocationLimitMb);
    QImageReader reader(file);
    reader.setAutoTransform(true);
    reader.setDecideFormatFromContent(true);
    QImage image;
    if (reader.read(&image)) // a torn file leaves half a picture in `image`: only the result counts
        return image;
    return fail(ErrorKind::BadFile,
                QCoreApplication::translate("readPicture", "“%1” cannot be read as an image: %2")
                    .arg(QFileInfo(file).fileName(), reader.errorString())
                    .toStdString());
}

} // namespace unfog
