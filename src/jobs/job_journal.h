#pragma once

#include <QByteArray>
#include <QList>
#include <QObject>
#include <QString>

#include "base/result.h"
#include "jobs/job.h"
#include "threads/newest_file_writer.h"

/// The queue on disk: JSON lines, a heading first, then one job a line.
namespace unfog {

QByteArray journalBytes(const QList<Job>& jobs);

struct JournalContents {
    QList<Job> jobs;
    QString notice; ///< what could not be read and was left out; empty = nothing
};

/// What can be read of any bytes: a line that is cut, foreign, nested too deep, holds a number beyond its
/// range, a request that validateRequest refuses or an id that came before is left out, and the notice counts
/// them.
///
/// Only images that are on the disk count as finished: a job that ran, or ended while an image of it was
/// still on its way to the disk, waits again for what is missing. The image after the first ones that are all
/// there is the next to be made, so that one behind a gap is made twice.
JournalContents parseJournal(const QByteArray& bytes);

/// Writes on its own thread, the newest list wins, each file whole or not at all. GUI thread.
class JobJournal final : public QObject {
    Q_OBJECT

public:
    explicit JobJournal(QString file, QObject* parent = nullptr);

    /// An absent file is an empty list. A file that cannot be read whole, or not at all, is set aside
    /// (base/files/set_aside.h).
    JournalContents read();
    void write(const QList<Job>& jobs);
    /// Returns when everything written so far is on disk.
    void flush();
    const QString& file() const { return m_writer.file(); }

Q_SIGNALS:
    void writeFailed(const QString& message);

private:
    NewestFileWriter m_writer;
};

} // namespace unfog
