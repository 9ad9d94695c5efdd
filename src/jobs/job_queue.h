#pragma once

#include <memory>
#include <optional>

#include <QList>
#include <QObject>
#include <QTimer>

#include "jobs/generation_worker.h"
#include "jobs/job.h"

/// What is to be made, in order. Feeds the worker one job at a time.
namespace unfog {

class JobJournal;

/// GUI thread only. The next to run is the first waiting job of the list; a live request goes before all of
/// them, after the job that runs. Every job gets exactly one end: its state leaves Running once. A failed run
/// whose cause waits for the next job too (its model, its memory, its disk) pauses the queue.
///
/// A job that left the list while an image of it was not on the disk yet stays in the journal until it is.
class JobQueue final : public QObject {
    Q_OBJECT

public:
    /// Ended jobs kept in the list; older ones leave it.
    static constexpr int kMaxEnded = 500;
    static constexpr int kLivePatienceMs = 150;

    /// `journal` may be null: nothing is kept. Both must outlive the queue.
    JobQueue(GenerationWorker& worker, JobJournal* journal, QObject* parent = nullptr);
    ~JobQueue() override;

    /// Takes over the journal's jobs, ahead of those already there; returns what the journal had to leave
    /// out, or "". The queue is paused when waiting jobs came back and `paused` is true.
    QString restore(bool paused);

    JobId add(GenerationRequest request);
    /// Live mode: replaces the live run and a waiting live request, leaves listed jobs alone. A run that is
    /// about to show its first step is given kLivePatienceMs for it, so that a slider in motion shows what it
    /// does.
    JobId runLive(GenerationRequest request);
    /// Cancels a live run and forgets a waiting one.
    void endLive();

    void cancel(JobId id); ///< waiting → Cancelled; running → Cancelled when the engine has seen it
    void cancelRunning();  ///< also a live run
    void stopAfterPicture();
    /// Cancels everything that waits or runs.
    void cancelAll();
    /// A failed, cancelled or done job waits again, under the same id, at the end of the list: for the images
    /// it did not come to, else for all of them.
    void retry(JobId id);
    /// An ended or waiting job leaves the list; a running one is cancelled first and leaves at its end.
    void remove(JobId id);
    void clearEnded();
    /// Moves a row so that it comes to stand before row `before` of the present list (`before` = count: at
    /// the end).
    void move(int row, int before);

    void
    setPaused(bool paused); ///< a paused queue begins nothing (live requests excepted); what runs goes on
    bool isPaused() const { return m_paused; }
    /// An image could not be saved: nothing may be computed that cannot be kept. Pauses the queue, an empty
    /// one too, and stops the listed job that runs: it waits again for the images it did not come to.
    void holdForSaving();
    /// Paused by holdForSaving() and not by a person.
    bool isHeldForSaving() const { return m_heldForSaving; }

    const QList<Job>& jobs() const { return m_jobs; }
    std::optional<Job> find(JobId id) const; ///< live jobs too
    int rowOf(JobId id) const;               ///< −1 = not in the list
    std::optional<Job> running() const;
    int waitingCount() const;

    /// The image of this seed is on the disk. Unknown ids are let pass.
    void addFile(JobId id, quint64 seed, const QString& file);
    /// The image of this seed could not be saved and is in memory only.
    void noteUnsaved(JobId id);
    /// The image of this seed was given up by a person.
    void addDiscarded(JobId id, quint64 seed);
    /// An image that was computed outside the list and is about to be saved: until addFile() it is owed like
    /// the image of a job, and is made again after a crash.
    JobId addFinished(const GenerationRequest& request);

Q_SIGNALS:
    // For models: each "about to" is followed by its partner before anything else is emitted.
    void aboutToInsert(int first, int last);
    void inserted();
    void aboutToRemove(int row);
    void removed();
    void aboutToMove(int row, int before);
    void moved();
    void changed(int row);

    void runStarted(const unfog::Job& job);
    /// Not after the job was cancelled.
    void imageFinished(const unfog::Job& job, const unfog::GeneratedImagePtr& image);
    /// Exactly once per run, with the job as it ended.
    void runEnded(const unfog::Job& job, const unfog::RunEnd& end);
    void pausedChanged(bool paused);
    /// The queue paused itself, after pausedChanged and, for a run, after its runEnded: one sentence that
    /// holds the reason.
    void pausedByFailure(const QString& sentence);
    /// The journal could not be written: this queue is not on disk.
    void journalFailed(const QString& message);
    /// Nothing runs and nothing waits any more.
    void idle();

private:
    void begin(Job& job);
    void replaceLive();
    bool failsForTheSameReason(const Job& failed, const RunEnd& end) const;
    void startNext();
    void onStarted(JobId id);
    void onImage(JobId id, const GeneratedImagePtr& image);
    void onEnded(const RunEnd& end);
    void removeRow(int row);
    template <class Change>
    void changeOwed(JobId id, Change change);
    void trimEnded();
    void noteChange(int row);
    void keep();

    GenerationWorker& m_worker;
    JobJournal* m_journal;
    QList<Job> m_jobs;
    QList<Job> m_leaving;             ///< no longer in the list, images not on the disk yet
    std::optional<Job> m_live;        ///< the live job that runs
    std::optional<Job> m_waitingLive; ///< the newest live request
    QTimer m_livePatience;            ///< running: the live run has shown nothing yet and may still do so
    JobId m_nextId = 1;
    JobId m_removeAtEnd = 0;
    JobId m_held = 0; ///< runs, was stopped by holdForSaving()
    bool m_paused = false;
    bool m_heldForSaving = false;
};

} // namespace unfog
