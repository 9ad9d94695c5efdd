#include "app/single_instance.h"

#include <QCryptographicHash>
#include <QDataStream>
#include <QDir>
#include <QLocalServer>
#include <QLocalSocket>

namespace unfog {

namespace {

constexpr int kPatienceMs = 2000;
constexpr int kClosingMs = 5000;
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

SingleInstance::Claim SingleInstance::claim(const QStringList& files)
{
    // A folder that can not hold a lock can not hold a queue either; the studio says so itself.
    const auto isMine = [this](int patienceMs) {
        return m_lock.tryLock(patienceMs) || m_lock.error() != QLockFile::LockFailedError;
    };
    if (!isMine(0)) {
        if (handOver(files))
            return Claim::Handed;
        if (!isMine(kClosingMs))
            return Claim::Blocked;
    }
    listen();
    return Claim::Mine;
}

void SingleInstance::stopAnswering()
{
    m_server.reset();
}

QString SingleInstance::lockFile() const
{
    return m_lock.fileName();
}

void SingleInstance::listen()
{
    m_server = std::make_unique<QLocalServer>();
    m_server->setSocketOptions(QLocalServer::UserAccessOption);
    QLocalServer::removeServer(m_serverName);
    connect(m_server.get(), &QLocalServer::newConnection, this, &SingleInstance::answer);
    m_server->listen(m_serverName);
}

bool SingleInstance::handOver(const QStringList& files) const
{
    QLocalSocket socket;
    socket.connectToServer(m_serverName);
    if (!socket.waitForConnected(kPatienceMs))
        return false;
    QDataStream stream(&socket);
    stream << files;
    // The kernel takes the words of a program that is already closing: only an answer counts.
    return socket.waitForBytesWritten(kPatienceMs) && socket.waitForReadyRead(kPatienceMs);
}

void SingleInstance::answer()
{
    while (QLocalSocket* socket = m_server->nextPendingConnection()) {
        connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
        connect(socket, &QLocalSocket::readyRead, this, [this, socket] {
            if (socket->bytesAvailable() > kMaxMessageBytes)
                return socket->abort();
            QDataStream stream(socket);
            stream.startTransaction();
            QStringList files;
            stream >> files;
            if (!stream.commitTransaction())
                return; // the rest is on its way
            socket->write("1");
            socket->flush();
            Q_EMIT called(files);
        });
    }
}

} // namespace unfog
