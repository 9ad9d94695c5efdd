#include "gallery/picture_trash.h"

#include <span>

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QStandardPaths>
#include <QUrl>

#include "base/files/write_file.h"
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

/// Without its folders Qt 6.4 takes the working directory for the trash.
bool hasHomeTrash()
{
    const QString data = QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation);
    if (data.isEmpty())
        return false;
    for (const char* part : {"/Trash/files", "/Trash/info"}) {
        const QString folder = data + QLatin1String(part);
        if (!QDir().mkpath(folder) || !QFileInfo(folder).isWritable())
            return false;
    }
    return true;
}

/// A file in "files" with its note in "info", in a folder named as the trash specification says.
bool isInTrash(const QString& file)
{
    const QFileInfo info(file);
    const QDir files = info.dir();
    if (info.isRelative() || !info.exists() || files.dirName() != QLatin1String("files"))
        return false;
    QDir trash = files;
    if (!trash.cdUp() ||
        !QFileInfo::exists(trash.filePath(QStringLiteral("info/%1.trashinfo").arg(info.fileName()))))
        return false;
    const QString name = trash.dirName();
    QDir above = trash;
    return name == QLatin1String("Trash") || name.startsWith(QLatin1String(".Trash-")) ||
           (above.cdUp() && above.dirName() == QLatin1String(".Trash"));
}

/// Where it lies now, "" when the system has no trash for it; the file is then where it was.
QString moveToSystemTrash(const QString& name)
{
    if (!hasHomeTrash())
        return {};
    QString there;
    if (!QFile::moveToTrash(name, &there))
        return {};
    there = QFileInfo(there).absoluteFilePath();
    if (isInTrash(there))
        return there;
    moveBack(there, name);
    return {};
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

namespace {

/// The gallery's own trash, laid out as the system's.
Result<QString> moveToOwnTrash(const QString& name, const QString& galleryFolder)
{
    const QString trash = ownTrashFolder(galleryFolder);
    const QDir files(trash + QLatin1String("/files"));
    const QDir notes(trash + QLatin1String("/info"));
    for (const QDir& folder : {files, notes}) {
        if (!QDir().mkpath(folder.path()))
            return fail(ErrorKind::Io, "The folder " + folder.path().toStdString() + " cannot be made.");
    }
    const QString there = freeName(files.filePath(QFileInfo(name).fileName()));
    const QString note = notes.filePath(QFileInfo(there).fileName() + QLatin1String(".trashinfo"));
    const QString text = QStringLiteral("[Trash Info]\nPath=%1\nDeletionDate=%2\n")
                             .arg(QString::fromLatin1(QUrl::toPercentEncoding(name, "/")),
                                  QDateTime::currentDateTime().toString(Qt::ISODate));
    const QByteArray bytes = text.toUtf8();
    // The note first: what has none would never be removed.
    if (auto written = writeFileAtomically(note.toStdString(),
                                           std::as_bytes(std::span(bytes.constData(), bytes.size())));
        !written)
        return tl::unexpected<Error>(written.error());
    if (QFile::rename(name, there))
        return there;
    QFile::remove(note);
    return fail(ErrorKind::Io,
                name.toStdString() + " could not be moved to the trash " + trash.toStdString() + ".");
}

Result<QString> moveOne(const QString& name, const QString& galleryFolder)
{
    if (const QString there = moveToSystemTrash(name); !there.isEmpty())
        return there;
    return moveToOwnTrash(name, galleryFolder);
}

} // namespace

QString ownTrashFolder(const QString& galleryFolder)
{
    return galleryFolder + QLatin1String("/.trash");
}

Result<TrashedPicture> moveToTrash(const GalleryEntry& entry, const QString& galleryFolder)
{
    TrashedPicture picture{entry, {}, {}, {}};
    if (!QFileInfo::exists(entry.file)) {
        picture.entry.missing = true;
        return picture;
    }
    const auto there = moveOne(entry.file, galleryFolder);
    if (!there)
        return tl::unexpected<Error>(there.error());
    picture.trashFile = *there;
    if (there->startsWith(ownTrashFolder(galleryFolder) + u'/'))
        picture.ownTrash = ownTrashFolder(galleryFolder);
    const QString sidecar = sidecarFile(entry.file);
    if (QFileInfo::exists(sidecar)) {
        const auto beside = moveOne(sidecar, galleryFolder);
        if (!beside) {
            moveBack(picture.trashFile, entry.file);
            return tl::unexpected<Error>(beside.error());
        }
        picture.trashSidecar = *beside;
    }
    return picture;
}

void removeOldTrash(const QString& galleryFolder, const QDateTime& now)
{
    const QDir notes(ownTrashFolder(galleryFolder) + QLatin1String("/info"));
    const QStringList names = notes.entryList({QStringLiteral("*.trashinfo")}, QDir::Files | QDir::Hidden);
    for (const QString& name : names) {
        QFile note(notes.filePath(name));
        if (!note.open(QIODevice::ReadOnly))
            continue;
        const QString text = QString::fromUtf8(note.read(1 << 16));
        const QDateTime deleted = QDateTime::fromString(
            text.section(QLatin1String("DeletionDate="), 1).section(u'\n', 0, 0), Qt::ISODate);
        if (!deleted.isValid() || deleted.daysTo(now) <= kOwnTrashDays)
            continue;
        QFile::remove(notes.filePath(QLatin1String("../files/") + name.chopped(10)));
        note.remove();
    }
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
