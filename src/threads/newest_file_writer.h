#pragma once

#include <functional>
#include <memory>

#include <QByteArray>
#include <QObject>

namespace unfog {

class TaskThread;

/// Writes one file again and again on a thread of its own: what is given while a write is under way replaces
/// what waits. The file is whole on the disk or as it was before. Of the thread that made it.
class NewestFileWriter final : public QObject {
    Q_OBJECT

public:
    /// Makes the folder of `file`.
    NewestFileWriter(QString file, const QString& threadName, QObject* parent = nullptr);
    /// Waits for the last write.
    ~NewestFileWriter() override;

    const QString& file() const { return m_file; }
    /// `contents` is called on the writing thread, or never when something newer comes first.
    void write(std::function<QByteArray()> contents);
    /// Returns when everything given so far is on the disk or failed() is on its way.
    void flush();

Q_SIGNALS:
    void failed(const QString& message);

private:
    struct Pending;
    const QString m_file;
    std::shared_ptr<Pending> m_pending;
    std::unique_ptr<TaskThread> m_thread;
};

} // namespace unfog
