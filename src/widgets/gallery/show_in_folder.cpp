#include "widgets/gallery/show_in_folder.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDesktopServices>
#include <QFileInfo>
#include <QUrl>

namespace unfog {

namespace {
constexpr int answerMs = 3000;

void openFolderOf(const QString& file)
{
    QDesktopServices::openUrl(QUrl::fromLocalFile(QFileInfo(file).path()));
}
} // namespace

void showInFolder(const QString& file, QObject* context)
{
    const QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected() || !QFileInfo::exists(file))
        return openFolderOf(file);
    QDBusMessage call = QDBusMessage::createMethodCall(
        QStringLiteral("org.freedesktop.FileManager1"), QStringLiteral("/org/freedesktop/FileManager1"),
        QStringLiteral("org.freedesktop.FileManager1"), QStringLiteral("ShowItems"));
    call << QStringList{QUrl::fromLocalFile(file).toString(QUrl::FullyEncoded)} << QString();
    auto* answer = new QDBusPendingCallWatcher(bus.asyncCall(call, answerMs), context);
    QObject::connect(answer, &QDBusPendingCallWatcher::finished, context,
                     [file](QDBusPendingCallWatcher* watcher) {
                         if (watcher->isError())
                             openFolderOf(file);
                         watcher->deleteLater();
                     });
}

} // namespace unfog
