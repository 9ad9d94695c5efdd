#pragma once

#include <functional>
#include <memory>
#include <stop_token>

#include <QList>
#include <QObject>

#include "export/export_plan.h"
#include "export/name_template.h"

/// Batch export on a thread of its own.
namespace unfog {

class TaskThread;

struct ExportItem {
    QString file; ///< absolute; its own text says how it was made
    int stars = 0;
};

struct ExportFailure {
    QString file;
    QString message;
};

struct ExportReport {
    int written = 0;
    int skippedDone = 0;  ///< the manifest of an earlier run says this very picture is there, and it is
    int skippedClash = 0; ///< another file has the name and the plan says skip
    QList<ExportFailure> failures;
    bool cancelled = false;
    QString stopped;   ///< the export could not go on (folder, disk); "" = it could
    QString notice;    ///< what was wrong with the folder's manifest and where it is kept; "" = nothing
    QStringList files; ///< that are there now, in order, written or done before
};

struct ExportProgress {
    int done = 0;
    int total = 0;
    QString file; ///< the one at work
};

/// What a picture is named and says, for the dialog's live preview. Reads the file's metadata and heading,
/// not its pixels where the format says its size.
Result<NameValues> nameValuesOf(const ExportItem& item, const ResizeRule& resize, int number);

/// The whole work on the calling thread. `onProgress` may be empty.
///
/// Nothing leaves plan.folder: names are single path components, the folder itself is resolved once, and a
/// link found where a file is to be written is replaced or avoided, never followed. A file is whole or not
/// there. The items' own files, and files below `originalsFolder` ("" = none) that no export wrote, are never
/// overwritten: with ClashRule::Overwrite the copy gets a number. A picture whose manifest line (source hash,
/// plan hash) and file (hash) agree is not made again. The manifests are brought up to date also when the run
/// is cancelled.
ExportReport runExport(const ExportPlan& plan, const QList<ExportItem>& items, std::stop_token stop,
                       const std::function<void(const ExportProgress&)>& onProgress,
                       const QString& originalsFolder = {});

/// GUI thread only; signals arrive there. The destructor cancels and waits for the picture at work.
class Exporter final : public QObject {
    Q_OBJECT

public:
    explicit Exporter(QObject* parent = nullptr);
    ~Exporter() override;

    /// See runExport.
    void setOriginalsFolder(const QString& folder) { m_originalsFolder = folder; }
    /// One at a time; answered by finished.
    void start(const ExportPlan& plan, const QList<ExportItem>& items);
    void cancel();
    bool isRunning() const { return m_running; }

Q_SIGNALS:
    void progress(const unfog::ExportProgress& progress);
    void finished(const unfog::ExportReport& report);

private:
    QString m_originalsFolder;
    bool m_running = false;
    std::stop_source m_stop;
    std::unique_ptr<TaskThread> m_thread;
};

} // namespace unfog
