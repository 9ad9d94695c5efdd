#include "export/exporter.h"

#include "threads/task_thread.h"

namespace unfog {

Exporter::Exporter(QObject* parent) : QObject(parent) {}

Exporter::~Exporter()
{
    cancel();
}

void Exporter::start(const ExportPlan& plan, const QList<ExportItem>& items)
{
    Q_ASSERT(!m_running);
    m_running = true;
    m_stop = std::stop_source();
    if (!m_thread)
        m_thread = std::make_unique<TaskThread>(QStringLiteral("export"));
    m_thread->post([=, this, originals = m_originalsFolder, stop = m_stop.get_token()] {
        const auto tell = [this](const ExportProgress& now) {
            QMetaObject::invokeMethod(
                this, [this, now] { Q_EMIT progress(now); }, Qt::QueuedConnection);
        };
        const ExportReport report = runExport(plan, items, stop, tell, originals);
        QMetaObject::invokeMethod(
            this,
            [this, report] {
                m_running = false;
                Q_EMIT finished(report);
            },
            Qt::QueuedConnection);
    });
}

void Exporter::cancel()
{
    m_stop.request_stop();
}

} // namespace unfog
