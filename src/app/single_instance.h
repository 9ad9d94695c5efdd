#pragma once

#include <memory>

#include <QLockFile>
#include <QObject>
#include <QStringList>

class QLocalServer;

namespace unfog {

/// One window for one data folder: two would overwrite each other's queue and settings. GUI thread.
class SingleInstance final : public QObject {
    Q_OBJECT
public:
    explicit SingleInstance(const QString& dataFolder, QObject* parent = nullptr);
    ~SingleInstance() override;

    enum class Claim {
        Mine,    ///< this program is the one
        Handed,  ///< another has the folder, came to the front and took `files` to read parameters from
        Blocked, ///< another has the folder and does not answer
    };
    /// `files` absolute. Waits some seconds for one that is just closing.
    Claim claim(const QStringList& files);
    /// From now on other starts wait for the lock instead: the window is gone, the rest is closing.
    void stopAnswering();
    QString lockFile() const;

Q_SIGNALS:
    /// Another start ended in favour of this one.
    void called(const QStringList& files);

private:
    void listen();
    void answer();
    bool handOver(const QStringList& files) const;

    const QString m_serverName;
    QLockFile m_lock;
    std::unique_ptr<QLocalServer> m_server;
};

} // namespace unfog
