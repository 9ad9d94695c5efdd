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

    /// True: this program is the one. False: another has the folder; it was asked to come to the front and was
    /// handed `files` to read parameters from.
    bool claim(const QStringList& files);

Q_SIGNALS:
    /// Another start ended in favour of this one.
    void called(const QStringList& files);

private:
    void answer();

    const QString m_serverName;
    QLockFile m_lock;
    std::unique_ptr<QLocalServer> m_server;
};

} // namespace unfog
