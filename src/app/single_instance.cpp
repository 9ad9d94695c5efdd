#include "app/single_instance.h"

#include <QCryptographicHash>
#include <QDataStream>
#include <QDir>
#include <QLocalServer>
#include <QLocalSocket>

namespace unfog {

namespace {

constexpr int kPatienceMs = 2000;
constexpr qint64 kMaxMessageBytes = 1 << 20;

QString serverNameFor(const QString& folder)
{
    const QByteArray path = QDir(folder).absolutePath().toUtf8();
    return QStringLiteral("unfog-") +
           QString::fromLatin1(QCryptographicHash::hash(path, QCryptographicHash::Sha256).toHex().left(24));
}

} // namespace

SingleInstance::SingleInstance(const QString& dataFolder, QObject* parent)
    : QObject(parent), m_serverName(serverNameFor(dataFolder)),
      m_lock(QDir(dataFolder).filePath(QStringLiteral("unfog.lock")))
{
    QDir().mkpath(dataFolder);
    m_lock.setStaleLockTime(0); // only a process that is gone leaves its lock behind
}

SingleInstance::~SingleInstance() = default;

bool SingleInstance::claim(const QStringList& files)
{
    if (m_lock.tryLock(0) || m_lock.error() != QLockFile::LockFailedError) {
        // A folder that can not hold a lock can not hold a queue either; the studio says so itself.
        m_server = std::make_unique<QLocalServer>();
        m_server->setSocketOptions(QLocalServer::UserAccessOption);
        QLocalServer::removeServer(m_serverName);
        connect(m_server.get(), &QLocalServer::newConnection, this, &SingleInstance::answer);
        m_server->listen(m_serverName);
        return true;
    }
    QLocalSocket socket;
    socket.connectToServer(m_serverName);
    if (socket.waitForConnected(kPatienceMs)) {
        QDataStream stream(&socket);
        stream << files;
        socket.waitForBytesWritten(kPatienceMs);
        socket.disconnectFromServer();
    }
    return false;
}

void SingleInstance::answer()
{
    while (QLocalSocket* socket = m_server->nextPendingConnection()) {
        connect(socket, &QLocalSocket::disconnected, this, [this, socket] {
            QStringList files;
            if (socket->bytesAvailable() < kMaxMessageBytes) {
                QDataStream stream(socket);
                stream >> files;
                if (stream.status() != QDataStream::Ok)
                    files.clear();
            }
            socket->deleteLater();
            Q_EMIT called(files);
        });
    }
}

} // namespace unfog
