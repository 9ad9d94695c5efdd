#include "threads/newest_file_writer.h"

#include <mutex>
#include <span>
#include <utility>

#include <QDir>
#include <QFileInfo>

#include "base/files/write_file.h"
#include "threads/task_thread.h"

namespace unfog {

struct NewestFileWriter::Pending {
    std::mutex mutex;
    std::function<QByteArray()> contents;
};

NewestFileWriter::NewestFileWriter(QString file, const QString& threadName, QObject* parent)
    : QObject(parent), m_file(std::move(file)), m_pending(std::make_shared<Pending>()),
      m_thread(std::make_unique<TaskThread>(threadName))
{
    QDir().mkpath(QFileInfo(m_file).absolutePath());
}

NewestFileWriter::~NewestFileWriter() = default;

void NewestFileWriter::write(std::function<QByteArray()> contents)
{
    {
        const std::lock_guard lock(m_pending->mutex);
        if (std::exchange(m_pending->contents, std::move(contents)))
            return;
    }
    m_thread->post([this, pending = m_pending, file = m_file.toStdString()] {
        std::function<QByteArray()> newest;
        {
            const std::lock_guard lock(pending->mutex);
            newest = std::exchange(pending->contents, nullptr);
        }
        const QByteArray bytes = newest();
        const auto written =
            writeFileAtomically(file, std::as_bytes(std::span(bytes.constData(), bytes.size())));
        if (!written)
            QMetaObject::invokeMethod(
                this,
                [this, message = QString::fromStdString(written.error().message)] { Q_EMIT failed(message); },
                Qt::QueuedConnection);
    });
}

void NewestFileWriter::flush()
{
    m_thread->drain();
}

} // namespace unfog
