#include "gallery/picture_trash.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include "export/new_file.h"
#include "gallery/picture_file.h"

namespace unfog {

namespace {

/// The trash keeps a note beside each file (freedesktop.org trash specification): it goes when the file goes.
bool moveBack(const QString& trashFile, const QString& target)
{
    if (!QFile::rename(trashFile, target))
        return false;
    const QFileInfo info(trashFile);
    const QDir files = info.dir();
    if (files.dirName() == QLatin1String("files"))
        QFile::remove(files.filePath(QStringLiteral("../info/%1.trashinfo").arg(info.fileName())));
    return true;
}

QString freeName(const QString& wanted)
{
    const QFileInfo info(wanted);
    QString name = wanted;
    for (int number = 2; QFileInfo::exists(name); ++number)
        name = info.dir().filePath(numberedName(info.completeBaseName(), info.suffix(), number));
    return name;
}

} // namespace

Result<TrashedPicture> moveToTrash(const GalleryEntry& entry)
{
    TrashedPicture picture{entry, {}, {}};
    if (!QFileInfo::exists(entry.file)) {
        picture.entry.missing = true;
        return picture;
    }
    QFile file(entry.file);
    if (!file.moveToTrash())
        return fail(ErrorKind::Io, entry.file.toStdString() + " could not be moved to the trash: " +
                                       file.errorString().toStdString() + ".");
    picture.trashFile = file.fileName();
    const QString sidecar = sidecarFile(entry.file);
    if (QFileInfo::exists(sidecar))
        QFile::moveToTrash(sidecar, &picture.trashSidecar);
    return picture;
}

Result<GalleryEntry> takeFromTrash(const TrashedPicture& picture)
{
    if (picture.trashFile.isEmpty())
        return picture.entry;
    QDir().mkpath(QFileInfo(picture.entry.file).absolutePath());
    const QString target = freeName(picture.entry.file);
    if (!moveBack(picture.trashFile, target))
        return fail(ErrorKind::Io,
                    picture.entry.file.toStdString() + " could not be taken out of the trash.");
    if (!picture.trashSidecar.isEmpty())
        moveBack(picture.trashSidecar, sidecarFile(target));
    return readEntry(target);
}

} // namespace unfog
