#pragma once

#include <memory>

#include <QList>
#include <QObject>
#include <QString>

#include "jobs/generation_worker.h"

/// Finished pictures to disk, off the GUI thread, none ever lost: what could not be saved stays in memory.
namespace unfog {

class TaskThread;

/// A picture that could not be written.
struct UnsavedPicture {
    quint64 ticket = 0;
    JobId job = 0;
    GeneratedImagePtr image;
    QString message; ///< why, one sentence
};

/// GUI thread only; signals arrive there.
class PictureSaver final : public QObject {
    Q_OBJECT

public:
    /// Files go to folder/YYYY-MM-DD/HHMMSS-SEED-prompt.png (local time); a taken name gets -2, -3, …
    explicit PictureSaver(QString folder, QObject* parent = nullptr);
    /// Waits for what was asked for.
    ~PictureSaver() override;

    void setFolder(const QString& folder); ///< from the next picture on
    /// Answered by saved or failed with the number returned here.
    quint64 save(JobId job, const GeneratedImagePtr& image);

    const QList<UnsavedPicture>& unsaved() const { return m_unsaved; }
    /// Tries the usual folder again. Answered as save().
    void retry(quint64 ticket);
    void retryAll();
    /// "Save elsewhere": exactly this file, replaced if it is there (the file dialog asked). Answered as
    /// save().
    void saveAs(quint64 ticket, const QString& file);
    /// "Save all elsewhere": everything that could not be saved, into `folder` itself under the usual names,
    /// none replaced. Answered as save(), one by one.
    void saveAllIn(const QString& folder);
    void discard(quint64 ticket);
    bool isBusy() const { return m_pending > 0; }
    /// Returns when everything asked for is written or failed (signals may still be on the way).
    void drain();

Q_SIGNALS:
    void saved(quint64 ticket, unfog::JobId job, const QString& file, quint64 seed);
    void failed(quint64 ticket, unfog::JobId job, const QString& message);
    void discarded(quint64 ticket, unfog::JobId job, quint64 seed);
    void unsavedChanged();

private:
    /// Where to: `file` exactly, else below `folder`, in a folder of the day or not.
    struct Place {
        QString folder;
        bool byDay = true;
        QString file;
    };
    static Result<QString> writePicture(const GeneratedImage& image, const Place& place);
    void write(quint64 ticket, JobId job, const GeneratedImagePtr& image, const Place& place);
    void saveUnsaved(quint64 ticket, const Place& place);
    void onWritten(quint64 ticket, JobId job, const GeneratedImagePtr& image, const QString& file,
                   const QString& message);

    QString m_folder;
    QList<UnsavedPicture> m_unsaved;
    quint64 m_lastTicket = 0;
    int m_pending = 0;
    std::unique_ptr<TaskThread> m_thread;
};

} // namespace unfog
