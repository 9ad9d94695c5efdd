#include "export/new_file.h"

#include <cerrno>
#include <cstdio>
#include <system_error>

#include <QFileInfo>
#include <QUuid>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image_files/write_file.h"

namespace unfog {

namespace {

/// 0 or errno; EEXIST when `to` is there in any form.
int renameWithoutReplacing(const char* from, const char* to)
{
    if (::renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return errno;
    if (::link(from, to) == 0) {
        ::unlink(from);
        return 0;
    }
    if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS)
        return errno;
    // Neither call exists on this file system (FAT over FUSE): a look first is the best there is.
    struct stat status {};
    if (::lstat(to, &status) == 0)
        return EEXIST;
    return ::rename(from, to) == 0 ? 0 : errno;
}

} // namespace

QString numberedName(const QString& stem, const QString& suffix, int number)
{
    const QString name = number <= 1 ? stem : stem + u'-' + QString::number(number);
    return name + u'.' + suffix;
}

Result<bool> writeNewFile(const QString& file, std::span<const std::byte> bytes)
{
    const QString temporary =
        QStringLiteral("%1/.unfog-%2.part")
            .arg(QFileInfo(file).path(), QUuid::createUuid().toString(QUuid::WithoutBraces));
    const std::string from = temporary.toStdString();
    const std::string to = file.toStdString();
    if (auto written = writeFileAtomically(from, bytes); !written) {
        Error error = written.error();
        if (const auto at = error.message.find(from); at != std::string::npos)
            error.message.replace(at, from.size(), to);
        return tl::unexpected<Error>(std::move(error));
    }
    const int error = renameWithoutReplacing(from.c_str(), to.c_str());
    if (error == 0)
        return true;
    ::unlink(from.c_str());
    if (error == EEXIST)
        return false;
    return fail(ErrorKind::Io, to + " was not saved: " + std::generic_category().message(error));
}

Result<QString> writeUnderFreeName(const QString& folder, const QString& stem, const QString& suffix,
                                   std::span<const std::byte> bytes)
{
    constexpr int kMaxNumber = 100000;
    for (int number = 1; number <= kMaxNumber; ++number) {
        const QString file = folder + u'/' + numberedName(stem, suffix, number);
        // Most taken names are seen here, without writing the bytes for nothing.
        if (QFileInfo(file).exists())
            continue;
        const auto isWritten = writeNewFile(file, bytes);
        if (!isWritten)
            return tl::unexpected<Error>(isWritten.error());
        if (*isWritten)
            return file;
    }
    return fail(ErrorKind::Io,
                "No free name for " + stem.toStdString() + " was found in " + folder.toStdString() + ".");
}

} // namespace unfog
