#include <QDir>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "jobs/job_journal.h"
#include "jobs/job_queue.h"
#include "studio_support/fake_engine.h"
#include "studio_support/sample_pictures.h"

using namespace unfog;
using namespace unfog::test;

namespace {

struct Bench {
    std::shared_ptr<FakeControl> control = std::make_shared<FakeControl>();
    GenerationWorker worker{[control = control] { return std::make_unique<FakeEngine>(control); }};
    JobQueue queue;
    QSignalSpy ended{&queue, &JobQueue::runEnded};
    QSignalSpy images{&queue, &JobQueue::imageFinished};

    explicit Bench(JobJournal* journal = nullptr) : queue(worker, journal) {}

    /// A job that is held before its first step until the control is released.
    JobId addHeld(const std::string& prompt = "held")
    {
        control->holdBeforeStep(0, 1);
        const JobId id = queue.add(sampleRequest(prompt));
        if (!control->waitUntilHeld())
            qFatal("the engine did not come to its first step");
        return id;
    }

    bool waitUntilIdle()
    {
        return QTest::qWaitFor([&] { return !queue.running() && queue.waitingCount() == 0; }, 10000);
    }

    QStringList prompts() const
    {
        QStringList list;
        for (const Job& job : queue.jobs())
            list.append(QString::fromStdString(job.request.prompts.positive));
        return list;
    }

    QList<JobState> states() const
    {
        QList<JobState> list;
        for (const Job& job : queue.jobs())
            list.append(job.state);
        return list;
    }

    /// In the order in which the engine got them.
    QStringList ran() const
    {
        QStringList list;
        for (const GenerationRequest& request : control->requests())
            list.append(QString::fromStdString(request.prompts.positive));
        return list;
    }
};

} // namespace

class TestJobQueue final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void jobsRunInOrderAndEndOnce()
    {
        Bench bench;
        for (const char* prompt : {"a", "b", "c"})
            bench.queue.add(sampleRequest(prompt));
        QVERIFY(bench.waitUntilIdle());
        QCOMPARE(bench.ran(), (QStringList{"a", "b", "c"}));
        QCOMPARE(bench.states(), QList<JobState>(3, JobState::Done));
        QCOMPARE(bench.ended.count(), 3);
        QCOMPARE(bench.images.count(), 3);
        const Job job = bench.queue.jobs().first();
        QVERIFY(job.created.isValid() && job.started >= job.created && job.ended >= job.started);
        QCOMPARE(job.imagesFinished, 1);
    }

    void aFailedJobDoesNotStopTheOthers()
    {
        Bench bench;
        bench.control->failBeforeStep(2, {ErrorKind::NonFinite, "NaN"});
        bench.queue.add(sampleRequest("a"));
        bench.queue.add(sampleRequest("b"));
        QVERIFY(bench.waitUntilIdle());
        QCOMPARE(bench.states(), (QList<JobState>{JobState::Failed, JobState::Done}));
        QCOMPARE(bench.queue.jobs().first().error, QStringLiteral("NaN"));
        QVERIFY(!bench.queue.isPaused());
    }

    void aFailureThatAwaitsTheNextJobPausesTheQueue_data()
    {
        QTest::addColumn<ErrorKind>("kind");
        QTest::addColumn<QString>("message");
        QTest::addColumn<QString>("nextModel");
        QTest::addColumn<bool>("pauses");
        QTest::newRow("memory") << ErrorKind::OutOfMemory << "no memory"
                                << "m" << true;
        QTest::newRow("file system") << ErrorKind::Io << "/m/unet cannot be read"
                                     << "m" << true;
        QTest::newRow("model") << ErrorKind::BadFile << "/m/unet is cut"
                               << "m" << true;
        QTest::newRow("engine") << ErrorKind::Internal << "broke off"
                                << "m" << true;
        QTest::newRow("request") << ErrorKind::InvalidRequest << "steps"
                                 << "m" << false;
        QTest::newRow("another model") << ErrorKind::BadFile << "/m/unet is cut"
                                       << "other" << false;
        QTest::newRow("start picture") << ErrorKind::BadFile << "/start.png is cut"
                                       << "m" << false;
    }

    void aFailureThatAwaitsTheNextJobPausesTheQueue()
    {
        QFETCH(ErrorKind, kind);
        QFETCH(QString, message);
        QFETCH(QString, nextModel);
        QFETCH(bool, pauses);
        Bench bench;
        QSignalSpy told(&bench.queue, &JobQueue::pausedByFailure);
        const ErrorCause cause = message.startsWith(u"/start") ? ErrorCause::InputImage : ErrorCause::Unknown;
        bench.control->failBeforeStep(2, {kind, message.toStdString(), cause});
        GenerationRequest first = sampleRequest("a");
        first.model.path = "m";
        first.images.start = InitImage{"/start.png", "", 0.5, nullptr};
        GenerationRequest second = sampleRequest("b");
        second.model.path = nextModel.toStdString();
        bench.queue.add(first);
        bench.queue.add(second);
        if (!pauses) {
            QVERIFY(bench.waitUntilIdle());
            QCOMPARE(bench.states(), (QList<JobState>{JobState::Failed, JobState::Done}));
            QVERIFY(told.isEmpty() && !bench.queue.isPaused());
            return;
        }
        QVERIFY(QTest::qWaitFor([&] { return !told.isEmpty(); }, 10000));
        QVERIFY(told.first().first().toString().contains(message));
        QVERIFY(bench.queue.isPaused());
        QCOMPARE(bench.states(), (QList<JobState>{JobState::Failed, JobState::Waiting}));
        bench.queue.setPaused(false);
        QVERIFY(bench.waitUntilIdle());
        QCOMPARE(bench.states().last(), JobState::Done);
    }

    void theLastJobsFailureLeavesTheQueueOpen()
    {
        Bench bench;
        bench.control->failBeforeStep(1, {ErrorKind::OutOfMemory, "no memory"});
        bench.queue.add(sampleRequest("a"));
        QVERIFY(bench.waitUntilIdle());
        QVERIFY(!bench.queue.isPaused());
    }

    void anImageThatCannotBeSavedStopsTheRunAndPauses()
    {
        Bench bench;
        bench.control->holdBeforeStep(2, 1);
        const JobId id = bench.queue.add(sampleRequest("a", 10, 4, 4));
        QVERIFY(bench.control->waitUntilHeld());
        QVERIFY(QTest::qWaitFor([&] { return bench.images.count() == 2; }, 10000));
        bench.queue.addFile(id, 10, "/images/10.png");
        bench.queue.noteUnsaved(id);
        bench.queue.holdForSaving();
        QVERIFY(bench.queue.isPaused());
        QVERIFY(bench.queue.isHeldForSaving());
        QVERIFY(QTest::qWaitFor([&] { return bench.ended.count() == 1; }, 10000));
        const Job held = *bench.queue.find(id);
        QCOMPARE(held.state, JobState::Waiting);
        QCOMPARE(held.saved.count(), 1);
        QCOMPARE(held.imagesFinished, 2);
        QVERIFY(held.isIncomplete());

        bench.queue.addFile(id, 11, "/elsewhere/11.png");
        QVERIFY(!bench.queue.find(id)->isIncomplete());
        bench.control->release();
        bench.queue.setPaused(false);
        QVERIFY(bench.waitUntilIdle());
        QCOMPARE(bench.control->requests().back().output.seed, std::uint64_t{12});
        QCOMPARE(bench.control->requests().back().output.count, 2);
        QCOMPARE(bench.queue.find(id)->imagesFinished, 4);
    }

    void anEmptyQueueIsHeldToo()
    {
        Bench bench;
        bench.queue.holdForSaving();
        QVERIFY(bench.queue.isHeldForSaving());
        bench.queue.add(sampleRequest("a"));
        QVERIFY(!bench.worker.isRunning());
        bench.queue.setPaused(false);
        QVERIFY(!bench.queue.isHeldForSaving());
        QVERIFY(bench.waitUntilIdle());
    }

    void imagesThatAreNotOnTheDiskAreMadeAgain_data()
    {
        QTest::addColumn<QList<int>>("saved");
        QTest::addColumn<int>("firstAgain"); // −1: nothing is made again
        QTest::newRow("none") << QList<int>{} << 0;
        QTest::newRow("the first") << QList<int>{0} << 1;
        QTest::newRow("all but one in the middle") << QList<int>{0, 2, 3} << 1;
        QTest::newRow("all") << QList<int>{0, 1, 2, 3} << -1;
    }

    void imagesThatAreNotOnTheDiskAreMadeAgain()
    {
        QFETCH(QList<int>, saved);
        QFETCH(int, firstAgain);
        QTemporaryDir folder;
        const QString file = folder.filePath("queue.jsonl");
        {
            JobJournal journal(file);
            Bench bench(&journal);
            const JobId id = bench.queue.add(sampleRequest("a", 100, 1, 4));
            QVERIFY(bench.waitUntilIdle());
            QCOMPARE(bench.queue.find(id)->state, JobState::Done);
            for (const int index : saved)
                bench.queue.addFile(id, 100 + quint64(index), "/images/x.png");
        } // as after a kill: computed, "done", and not all of it on the disk
        JobJournal journal(file);
        Bench bench(&journal);
        bench.queue.restore(false);
        QVERIFY(bench.waitUntilIdle());
        if (firstAgain < 0) {
            QVERIFY(bench.control->requests().empty());
            return;
        }
        QCOMPARE(bench.control->requests().back().output.seed, std::uint64_t(100 + firstAgain));
        QCOMPARE(bench.control->requests().back().output.count, 4 - firstAgain);
    }

    void aRemovedJobOwesItsImagesUntilTheyAreOnTheDisk()
    {
        QTemporaryDir folder;
        const QString file = folder.filePath("queue.jsonl");
        {
            JobJournal journal(file);
            Bench bench(&journal);
            const JobId owing = bench.queue.add(sampleRequest("owing", 1, 1, 1));
            const JobId settled = bench.queue.add(sampleRequest("settled", 2, 1, 1));
            QVERIFY(bench.waitUntilIdle());
            bench.queue.remove(owing);
            bench.queue.remove(settled);
            bench.queue.addFile(settled, 2, "/images/2.png");
        }
        JobJournal journal(file);
        Bench bench(&journal);
        bench.queue.restore(true);
        QCOMPARE(bench.prompts(), QStringList{"owing"});
    }

    void aJournalThatCannotBeWrittenIsTold()
    {
        QTemporaryDir folder;
        QVERIFY(QDir().mkpath(folder.filePath("queue.jsonl/in the way")));
        JobJournal journal(folder.filePath("queue.jsonl"));
        Bench bench(&journal);
        QSignalSpy failed(&bench.queue, &JobQueue::journalFailed);
        bench.queue.add(sampleRequest("a"));
        QVERIFY(!failed.isEmpty() || failed.wait(10000));
    }

    void aCutJobGoesOnWithItsNextPicture()
    {
        QTemporaryDir folder;
        const QString file = folder.filePath("queue.jsonl");
        {
            JobJournal journal(file);
            Bench bench(&journal);
            bench.control->holdBeforeStep(2, 1);
            const JobId id = bench.queue.add(sampleRequest("a", 10, 4, 5));
            QVERIFY(bench.control->waitUntilHeld());
            QVERIFY(QTest::qWaitFor([&] { return bench.images.count() == 2; }, 10000));
            for (const quint64 seed : {10, 11})
                bench.queue.addFile(id, seed, "/images/x.png");
        } // closed in the third picture
        JobJournal journal(file);
        Bench bench(&journal);
        bench.queue.restore(false);
        QVERIFY(bench.waitUntilIdle());
        QCOMPARE(bench.control->requests().back().output.seed, std::uint64_t{12});
        QCOMPARE(bench.control->requests().back().output.count, 3);
        QCOMPARE(bench.images.count(), 3);
    }

    void aPausedQueueBeginsNothing()
    {
        Bench bench;
        bench.queue.setPaused(true);
        bench.queue.add(sampleRequest("a"));
        QVERIFY(!bench.worker.isRunning());
        bench.queue.setPaused(false);
        QVERIFY(bench.waitUntilIdle());
        QCOMPARE(bench.states(), QList<JobState>{JobState::Done});
    }

    void pausingLetsTheRunningJobEnd()
    {
        Bench bench;
        bench.addHeld("a");
        bench.queue.add(sampleRequest("b"));
        bench.queue.setPaused(true);
        bench.control->release();
        QVERIFY(QTest::qWaitFor([&] { return bench.ended.count() == 1; }, 10000));
        QTest::qWait(0);
        QCOMPARE(bench.states(), (QList<JobState>{JobState::Done, JobState::Waiting}));
    }

    void reorderingDecidesWhatRunsNext()
    {
        Bench bench;
        bench.addHeld("a");
        for (const char* prompt : {"b", "c", "d"})
            bench.queue.add(sampleRequest(prompt));
        bench.queue.move(3, 1);
        QCOMPARE(bench.prompts(), (QStringList{"a", "d", "b", "c"}));
        bench.queue.move(1, 4);
        QCOMPARE(bench.prompts(), (QStringList{"a", "b", "c", "d"}));
        bench.queue.move(1, 3);
        bench.queue.move(0, 0); // nowhere
        bench.queue.move(0, 9);
        QCOMPARE(bench.prompts(), (QStringList{"a", "c", "b", "d"}));
        bench.control->release();
        QVERIFY(bench.waitUntilIdle());
        QCOMPARE(bench.ran(), (QStringList{"a", "c", "b", "d"}));
    }

    void cancellingAWaitingJobNeverRunsIt()
    {
        Bench bench;
        bench.addHeld("a");
        const JobId waiting = bench.queue.add(sampleRequest("b"));
        bench.queue.cancel(waiting);
        bench.control->release();
        QVERIFY(bench.waitUntilIdle());
        QCOMPARE(bench.ran(), QStringList{"a"});
        QCOMPARE(bench.states(), (QList<JobState>{JobState::Done, JobState::Cancelled}));
    }

    void cancellingTheRunningJobShowsNoPictureAndGoesOn()
    {
        Bench bench;
        const JobId running = bench.addHeld("a");
        bench.queue.add(sampleRequest("b"));
        bench.queue.cancel(running);
        bench.queue.cancel(running);
        QVERIFY(QTest::qWaitFor([&] { return bench.ended.count() == 1; }, 10000));
        bench.control->release();
        QVERIFY(bench.waitUntilIdle());
        QCOMPARE(bench.states(), (QList<JobState>{JobState::Cancelled, JobState::Done}));
        QCOMPARE(bench.ended.count(), 2);
        QCOMPARE(bench.images.count(), 1);
        QCOMPARE(bench.images.first().first().value<Job>().request.prompts.positive, std::string("b"));
    }

    void cancelAllLeavesNothingToDo()
    {
        Bench bench;
        bench.addHeld("a");
        bench.queue.add(sampleRequest("b"));
        bench.queue.runLive(sampleRequest("live"));
        bench.queue.cancelAll();
        QVERIFY(bench.waitUntilIdle());
        QCOMPARE(bench.states(), QList<JobState>(2, JobState::Cancelled));
        QCOMPARE(bench.ran(), QStringList{"a"});
    }

    void retryRunsAnEndedJobAgain()
    {
        Bench bench;
        bench.control->failBeforeStep(1, {ErrorKind::Io, "gone"});
        const JobId id = bench.queue.add(sampleRequest("a"));
        QVERIFY(bench.waitUntilIdle());
        bench.queue.retry(id);
        QVERIFY(bench.queue.find(id)->error.isEmpty());
        QVERIFY(bench.waitUntilIdle());
        QCOMPARE(bench.queue.find(id)->state, JobState::Done);
        QCOMPARE(bench.ended.count(), 2);
    }

    void retryOfARunningJobDoesNothing()
    {
        Bench bench;
        const JobId id = bench.addHeld();
        bench.queue.retry(id);
        QCOMPARE(bench.queue.find(id)->state, JobState::Running);
    }

    void aRemovedRunningJobLeavesAtItsEnd()
    {
        Bench bench;
        const JobId id = bench.addHeld();
        bench.queue.remove(id);
        QVERIFY(QTest::qWaitFor([&] { return bench.queue.jobs().isEmpty(); }, 10000));
        QCOMPARE(bench.ended.count(), 1);
        QCOMPARE(bench.ended.first().first().value<Job>().state, JobState::Cancelled);
    }

    void clearingLeavesWhatIsStillToDo()
    {
        Bench bench;
        bench.queue.add(sampleRequest("a"));
        QVERIFY(bench.waitUntilIdle());
        bench.addHeld("b");
        bench.queue.add(sampleRequest("c"));
        bench.queue.clearEnded();
        QCOMPARE(bench.prompts(), (QStringList{"b", "c"}));
    }

    void stopAfterThePictureEndsAsDone()
    {
        Bench bench;
        bench.control->holdBeforeStep(1, 1);
        const JobId id = bench.queue.add(sampleRequest("a", 1, 4, 9));
        QVERIFY(bench.control->waitUntilHeld());
        bench.queue.stopAfterPicture();
        bench.control->release();
        QVERIFY(bench.waitUntilIdle());
        QCOMPARE(bench.queue.find(id)->state, JobState::Done);
        QCOMPARE(bench.queue.find(id)->imagesFinished, 2);
    }

    void liveRequestsAreMergedAndTheNewestWins()
    {
        Bench bench;
        bench.control->holdBeforeStep(0, 2);
        bench.queue.runLive(sampleRequest("one"));
        QVERIFY(bench.control->waitUntilHeld());
        for (const char* prompt : {"two", "three", "four"})
            bench.queue.runLive(sampleRequest(prompt));
        QVERIFY(QTest::qWaitFor([&] { return bench.ended.count() == 1; }, 10000));
        bench.control->release();
        QVERIFY(bench.waitUntilIdle());
        QCOMPARE(bench.ran(), (QStringList{"one", "four"}));
        QCOMPARE(bench.images.count(), 1);
        QVERIFY(bench.images.first().first().value<Job>().live);
        QVERIFY(bench.queue.jobs().isEmpty());
    }

    void aLiveRunShowsItsFirstStepBeforeItIsReplaced()
    {
        Bench bench;
        bench.control->holdBeforeStep(0, 2); // each run comes to its first step and no further
        int shown = 0;
        QObject::connect(&bench.worker, &GenerationWorker::progressAvailable, &bench.worker, [&] {
            if (bench.worker.mailbox().take()) // as the screen does
                ++shown;
        });
        bench.queue.runLive(sampleRequest("one"));
        for (int change = 1; change <= 3; ++change) {
            bench.queue.runLive(sampleRequest("another"));
            QTRY_VERIFY(shown >= change);
        }
        bench.control->release();
        QTRY_COMPARE(bench.images.count(), 1);
    }

    void aLiveRequestWaitsForTheListedJobThatRunsAndGoesBeforeTheRest()
    {
        Bench bench;
        bench.addHeld("a");
        bench.queue.add(sampleRequest("b"));
        bench.queue.runLive(sampleRequest("live"));
        bench.control->release();
        QVERIFY(bench.waitUntilIdle());
        QCOMPARE(bench.ran(), (QStringList{"a", "live", "b"}));
        QCOMPARE(bench.states(), QList<JobState>(2, JobState::Done));
    }

    void liveWorksWhileTheQueueIsPaused()
    {
        Bench bench;
        bench.queue.setPaused(true);
        bench.queue.add(sampleRequest("a"));
        bench.queue.runLive(sampleRequest("live"));
        QVERIFY(QTest::qWaitFor([&] { return bench.ended.count() == 1; }, 10000));
        QCOMPARE(bench.ran(), QStringList{"live"});
    }

    void endingLiveCancelsIt()
    {
        Bench bench;
        bench.control->holdBeforeStep(0, 1);
        bench.queue.runLive(sampleRequest("one"));
        QVERIFY(bench.control->waitUntilHeld());
        bench.queue.runLive(sampleRequest("two"));
        bench.queue.endLive();
        QVERIFY(bench.waitUntilIdle());
        QTest::qWait(0);
        QCOMPARE(bench.ran(), QStringList{"one"});
        QCOMPARE(bench.images.count(), 0);
    }

    void aJobAddedFromASlotRunsOnce()
    {
        Bench bench;
        bool added = false;
        connect(&bench.queue, &JobQueue::runEnded, this, [&] {
            if (!std::exchange(added, true))
                bench.queue.add(sampleRequest("second"));
        });
        bench.queue.add(sampleRequest("first"));
        QVERIFY(QTest::qWaitFor([&] { return bench.ended.count() == 2; }, 10000));
        QCOMPARE(bench.ran(), (QStringList{"first", "second"}));
    }

    void endedJobsDoNotPileUp()
    {
        Bench bench;
        bench.queue.setPaused(true);
        for (int i = 0; i <= JobQueue::kMaxEnded + 1; ++i)
            bench.queue.cancel(bench.queue.add(sampleRequest("old")));
        bench.queue.setPaused(false);
        bench.queue.add(sampleRequest("new"));
        QVERIFY(bench.waitUntilIdle());
        QCOMPARE(bench.queue.jobs().size(), JobQueue::kMaxEnded);
        QCOMPARE(bench.prompts().last(), QStringLiteral("new"));
    }

    void theQueueIsThereAfterARestart()
    {
        QTemporaryDir folder;
        const QString file = folder.filePath("queue.jsonl");
        JobId doneId = 0;
        {
            JobJournal journal(file);
            Bench bench(&journal);
            doneId = bench.queue.add(sampleRequest("done"));
            QVERIFY(bench.waitUntilIdle());
            bench.queue.addFile(doneId, bench.queue.find(doneId)->request.output.seed, "/pictures/1.png");
            bench.addHeld("running");
            bench.queue.add(sampleRequest("waiting", 0xFFFF'FFFF'FFFF'FFFFULL));
        } // closed while a job runs
        JobJournal journal(file);
        Bench bench(&journal);
        QCOMPARE(bench.queue.restore(true), QString());
        QVERIFY(bench.queue.isPaused());
        QCOMPARE(bench.prompts(), (QStringList{"done", "running", "waiting"}));
        QCOMPARE(bench.states(), (QList<JobState>{JobState::Done, JobState::Waiting, JobState::Waiting}));
        QCOMPARE(bench.queue.jobs().first().files, QStringList{"/pictures/1.png"});
        QCOMPARE(bench.queue.jobs().last().request.output.seed, std::uint64_t(0xFFFF'FFFF'FFFF'FFFFULL));
        QVERIFY(bench.queue.add(sampleRequest("newer")) > bench.queue.jobs().at(2).id);
        bench.queue.setPaused(false);
        QVERIFY(bench.waitUntilIdle());
        QCOMPARE(bench.ran(), (QStringList{"running", "waiting", "newer"}));
    }
};

QTEST_GUILESS_MAIN(TestJobQueue)
#include "test_job_queue.moc"
