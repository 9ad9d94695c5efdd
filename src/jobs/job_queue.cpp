#include "jobs/job_queue.h"

#include <algorithm>

#include "jobs/job_journal.h"

namespace unfog {

namespace {

Job newJob(JobId id, GenerationRequest request, bool live)
{
    Job job;
    job.id = id;
    job.request = std::move(request);
    job.live = live;
    job.created = QDateTime::currentDateTimeUtc();
    return job;
}

JobState stateOf(RunEndKind kind)
{
    switch (kind) {
    case RunEndKind::Finished:
        return JobState::Done;
    case RunEndKind::Cancelled:
        return JobState::Cancelled;
    case RunEndKind::Failed:
        return JobState::Failed;
    }
    Q_UNREACHABLE();
}

QString pauseSentence(const QString& reason)
{
    return JobQueue::tr("Queue paused: the next jobs would fail for the same reason. %1").arg(reason);
}

} // namespace

JobQueue::JobQueue(GenerationWorker& worker, JobJournal* journal, QObject* parent)
    : QObject(parent), m_worker(worker), m_journal(journal)
{
    connect(&m_worker, &GenerationWorker::started, this, &JobQueue::onStarted);
    connect(&m_worker, &GenerationWorker::imageFinished, this, &JobQueue::onImage);
    connect(&m_worker, &GenerationWorker::ended, this, &JobQueue::onEnded);
    m_livePatience.setSingleShot(true);
    m_livePatience.setInterval(kLivePatienceMs);
    connect(&m_livePatience, &QTimer::timeout, this, &JobQueue::replaceLive);
    connect(&m_worker, &GenerationWorker::progressAvailable, this, [this] {
        if (!m_live || !m_livePatience.isActive())
            return;
        m_livePatience.stop();
        // Later, for the screen has yet to take what is there.
        QMetaObject::invokeMethod(this, &JobQueue::replaceLive, Qt::QueuedConnection);
    });
    if (m_journal)
        connect(m_journal, &JobJournal::writeFailed, this, &JobQueue::journalFailed);
}

JobQueue::~JobQueue() = default;

QString JobQueue::restore(bool paused)
{
    if (!m_journal)
        return {};
    const JournalContents contents = m_journal->read();
    const QList<Job>& jobs = contents.jobs;
    if (!jobs.isEmpty()) {
        for (const Job& job : jobs)
            m_nextId = std::max(m_nextId, job.id + 1);
        Q_EMIT aboutToInsert(0, static_cast<int>(jobs.size()) - 1);
        m_jobs = jobs + m_jobs;
        Q_EMIT inserted();
        if (paused && waitingCount() > 0)
            setPaused(true);
    }
    keep();
    startNext();
    return contents.notice;
}

JobId JobQueue::add(GenerationRequest request)
{
    const JobId id = m_nextId++;
    const int row = static_cast<int>(m_jobs.size());
    Q_EMIT aboutToInsert(row, row);
    m_jobs.append(newJob(id, std::move(request), false));
    Q_EMIT inserted();
    keep();
    startNext();
    return id;
}

JobId JobQueue::runLive(GenerationRequest request)
{
    const JobId id = m_nextId++;
    m_waitingLive = newJob(id, std::move(request), true);
    if (!m_livePatience.isActive())
        replaceLive();
    startNext();
    return id;
}

void JobQueue::replaceLive()
{
    if (m_live && m_waitingLive)
        m_worker.cancelRun();
}

void JobQueue::endLive()
{
    m_waitingLive.reset();
    if (m_live)
        m_worker.cancelRun();
}

void JobQueue::cancel(JobId id)
{
    if (id == 0)
        return;
    if (m_waitingLive && m_waitingLive->id == id) {
        m_waitingLive.reset();
        return;
    }
    if (m_worker.runningJob() == id) {
        cancelRunning();
        return;
    }
    const int row = rowOf(id);
    if (row < 0 || m_jobs.at(row).state != JobState::Waiting)
        return;
    m_jobs[row].state = JobState::Cancelled;
    m_jobs[row].ended = QDateTime::currentDateTimeUtc();
    noteChange(row);
}

void JobQueue::cancelRunning()
{
    m_held = 0;
    m_worker.cancelRun();
}

void JobQueue::stopAfterPicture()
{
    m_worker.stopAfterPicture();
}

void JobQueue::cancelAll()
{
    m_waitingLive.reset();
    for (const Job& job : QList<Job>(m_jobs)) {
        if (!job.hasEnded())
            cancel(job.id);
    }
    cancelRunning();
}

void JobQueue::retry(JobId id)
{
    const int row = rowOf(id);
    if (row < 0 || !m_jobs.at(row).hasEnded())
        return;
    Job& job = m_jobs[row];
    job.state = JobState::Waiting;
    job.error.clear();
    if (job.imagesFinished >= job.request.output.count) {
        job.imagesFinished = 0;
        job.saved = {};
        job.discarded = {};
        job.saveFailed = false;
    }
    job.started = {};
    job.ended = {};
    Q_EMIT changed(row);
    move(row, static_cast<int>(m_jobs.size()));
    keep();
    startNext();
}

void JobQueue::remove(JobId id)
{
    const int row = rowOf(id);
    if (row < 0)
        return;
    if (m_jobs.at(row).state == JobState::Running) {
        m_removeAtEnd = id;
        cancelRunning();
        return;
    }
    removeRow(row);
    keep();
}

void JobQueue::clearEnded()
{
    for (int row = static_cast<int>(m_jobs.size()) - 1; row >= 0; --row) {
        if (m_jobs.at(row).hasEnded())
            removeRow(row);
    }
    keep();
}

void JobQueue::move(int row, int before)
{
    const int count = static_cast<int>(m_jobs.size());
    if (row < 0 || row >= count || before < 0 || before > count || before == row || before == row + 1)
        return;
    Q_EMIT aboutToMove(row, before);
    m_jobs.move(row, before > row ? before - 1 : before);
    Q_EMIT moved();
    keep();
}

void JobQueue::setPaused(bool paused)
{
    if (m_paused == paused)
        return;
    m_paused = paused;
    m_heldForSaving = false;
    Q_EMIT pausedChanged(paused);
    startNext();
}

void JobQueue::holdForSaving()
{
    const auto job = running();
    if (job && !job->live && m_held != job->id) {
        m_held = job->id;
        m_worker.cancelRun();
    }
    if (m_paused)
        return;
    m_paused = true;
    m_heldForSaving = true;
    Q_EMIT pausedChanged(true);
}

bool JobQueue::failsForTheSameReason(const Job& failed, const RunEnd& end) const
{
    const bool isOfThePlace = end.errorKind == ErrorKind::Io || end.errorKind == ErrorKind::BadFile ||
                              end.errorKind == ErrorKind::OutOfMemory || end.errorKind == ErrorKind::Internal;
    if (end.kind != RunEndKind::Failed || !isOfThePlace || m_paused)
        return false;
    if (end.errorCause == ErrorCause::InputImage) // another job starts from another image
        return false;
    const auto next = std::find_if(m_jobs.begin(), m_jobs.end(),
                                   [](const Job& job) { return job.state == JobState::Waiting; });
    return next != m_jobs.end() && next->request.model.path == failed.request.model.path;
}

std::optional<Job> JobQueue::find(JobId id) const
{
    if (m_live && m_live->id == id)
        return m_live;
    if (m_waitingLive && m_waitingLive->id == id)
        return m_waitingLive;
    const int row = rowOf(id);
    return row < 0 ? std::nullopt : std::optional<Job>(m_jobs.at(row));
}

int JobQueue::rowOf(JobId id) const
{
    const auto found =
        std::find_if(m_jobs.begin(), m_jobs.end(), [id](const Job& job) { return job.id == id; });
    return found == m_jobs.end() ? -1 : static_cast<int>(found - m_jobs.begin());
}

std::optional<Job> JobQueue::running() const
{
    return m_worker.isRunning() ? find(m_worker.runningJob()) : std::nullopt;
}

int JobQueue::waitingCount() const
{
    return static_cast<int>(std::count_if(m_jobs.begin(), m_jobs.end(),
                                          [](const Job& job) { return job.state == JobState::Waiting; }));
}

template <class Change>
void JobQueue::changeOwed(JobId id, Change change)
{
    const auto changed = [&](Job& job) {
        change(job);
        if (job.isSettled())
            job.saveFailed = false;
    };
    if (const int row = rowOf(id); row >= 0) {
        changed(m_jobs[row]);
        return noteChange(row);
    }
    const auto leaving =
        std::find_if(m_leaving.begin(), m_leaving.end(), [id](const Job& job) { return job.id == id; });
    if (leaving == m_leaving.end())
        return;
    changed(*leaving);
    if (leaving->isSettled())
        m_leaving.erase(leaving);
    keep();
}

void JobQueue::addFile(JobId id, quint64 seed, const QString& file)
{
    changeOwed(id, [&](Job& job) {
        job.saved.insert(job.indexOf(seed));
        job.files.append(file);
    });
}

void JobQueue::noteUnsaved(JobId id)
{
    changeOwed(id, [](Job& job) { job.saveFailed = true; });
}

void JobQueue::addDiscarded(JobId id, quint64 seed)
{
    changeOwed(id, [seed](Job& job) { job.discarded.insert(job.indexOf(seed)); });
}

JobId JobQueue::addFinished(const GenerationRequest& request)
{
    Job job = newJob(m_nextId++, request, false);
    job.state = JobState::Done;
    job.started = job.ended = job.created;
    job.imagesFinished = request.output.count;
    m_leaving.append(job);
    keep();
    return job.id;
}

void JobQueue::startNext()
{
    if (m_worker.isRunning())
        return;
    if (m_waitingLive) {
        m_live = std::exchange(m_waitingLive, std::nullopt);
        m_livePatience.start();
        begin(*m_live);
        return;
    }
    if (m_paused)
        return;
    const auto next = std::find_if(m_jobs.begin(), m_jobs.end(),
                                   [](const Job& job) { return job.state == JobState::Waiting; });
    if (next == m_jobs.end())
        return;
    const int row = static_cast<int>(next - m_jobs.begin());
    begin(m_jobs[row]);
    noteChange(row);
}

void JobQueue::begin(Job& job)
{
    job.state = JobState::Running;
    job.started = QDateTime::currentDateTimeUtc();
    job.firstOfRun = job.imagesFinished;
    m_worker.run(job.id, job.remaining());
}

void JobQueue::onStarted(JobId id)
{
    if (const auto job = find(id))
        Q_EMIT runStarted(*job);
}

void JobQueue::onImage(JobId id, const GeneratedImagePtr& image)
{
    if (m_live && m_live->id == id) {
        ++m_live->imagesFinished;
    } else if (const int row = rowOf(id); row >= 0) {
        ++m_jobs[row].imagesFinished;
        noteChange(row);
    }
    if (const auto job = find(id))
        Q_EMIT imageFinished(*job, image);
}

void JobQueue::onEnded(const RunEnd& end)
{
    const auto close = [&end](Job& job) {
        job.state = stateOf(end.kind);
        job.error = end.error;
        job.imagesFinished = job.firstOfRun + end.imagesFinished;
        job.ended = QDateTime::currentDateTimeUtc();
    };
    const bool isHeld = std::exchange(m_held, 0) == end.job && end.kind == RunEndKind::Cancelled;
    if (m_live && m_live->id == end.job) {
        m_livePatience.stop();
        Job job = *std::exchange(m_live, std::nullopt);
        close(job);
        Q_EMIT runEnded(job, end);
    } else if (const int row = rowOf(end.job); row >= 0) {
        close(m_jobs[row]);
        if (isHeld) {
            m_jobs[row].state = JobState::Waiting;
            m_jobs[row].started = {};
            m_jobs[row].ended = {};
        }
        const Job job = m_jobs.at(row);
        if (m_removeAtEnd == end.job)
            removeRow(row);
        else
            Q_EMIT changed(row);
        m_removeAtEnd = 0;
        trimEnded();
        keep();
        // Before anybody hears of the end: a slot that adds or retries must not begin the next one.
        const bool isPause = failsForTheSameReason(job, end);
        if (isPause)
            setPaused(true);
        Q_EMIT runEnded(job, end);
        if (isPause)
            Q_EMIT pausedByFailure(pauseSentence(end.error));
    }
    startNext();
    if (!m_worker.isRunning() && waitingCount() == 0)
        Q_EMIT idle();
}

void JobQueue::removeRow(int row)
{
    Q_EMIT aboutToRemove(row);
    Job job = m_jobs.takeAt(row);
    if (!job.isSettled()) {
        if (!job.hasEnded())
            job.state = JobState::Cancelled; // owes what it computed, no more
        m_leaving.append(std::move(job));
    }
    Q_EMIT removed();
}

void JobQueue::trimEnded()
{
    auto ended = std::count_if(m_jobs.begin(), m_jobs.end(), [](const Job& job) { return job.hasEnded(); });
    for (int row = 0; ended > kMaxEnded && row < m_jobs.size();) {
        if (m_jobs.at(row).hasEnded()) {
            removeRow(row);
            --ended;
        } else {
            ++row;
        }
    }
}

void JobQueue::noteChange(int row)
{
    Q_EMIT changed(row);
    keep();
}

void JobQueue::keep()
{
    if (m_journal)
        m_journal->write(m_jobs + m_leaving);
}

} // namespace unfog
