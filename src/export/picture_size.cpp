#include "export/picture_size.h"

#include <QBuffer>
#include <QByteArray>
#include <QImageReader>

#include "image_files/read_image.h"

namespace unfog {

Result<QSize> pictureSize(std::span<const std::byte> bytes)
{
    QByteArray view = QByteArray::fromRawData(reinterpret_cast<const char*>(bytes.data()),
                                              static_cast<qsizetype>(bytes.size()));
    QBuffer buffer(&view);
    buffer.open(QIODevice::ReadOnly);
    QImageReader reader(&buffer);
    const QSize size = reader.size();
    if (size.isValid())
        return reader.transformation().testFlag(QImageIOHandler::TransformationRotate90) ? size.transposed()
                                                                                         : size;
    const auto image = decodeImage(bytes);
    if (!image)
        return tl::unexpected<Error>(image.error());
    return QSize(image->widthPx, image->heightPx);
}

} // namespace unfog
