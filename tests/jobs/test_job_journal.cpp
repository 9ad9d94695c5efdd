#include <QDir>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "jobs/job_journal.h"
#include "studio_support/sample_pictures.h"

using namespace unfog;
using namespace unfog::test;

namespace {

QList<Job> sampleJobs()
{
    QList<Job> jobs;
    const JobState states[] = {JobState::Done, JobState::Failed, JobState::Running, JobState::Waiting,
                               JobState::Cancelled};
    for (int i = 0; i < 5; ++i) {
        Job job;
        job.id = static_cast<JobId>(i + 1);
        job.request =
            sampleRequest("ein Füchslein 🦊, \"quoted\"\nsecond line", 0xFFFF'FFFF'FFFF'FFF0ULL + i);
        job.request.guidanceScale = 7.3;
        job.request.count = 3;
        job.state = states[i];
        job.created = QDateTime::fromMSecsSinceEpoch(1'700'000'000'123LL + i, Qt::UTC);
        if (job.state != JobState::Waiting)
            job.started = job.created.addSecs(1);
        if (job.hasEnded())
            job.ended = job.created.addSecs(2);
        job.error = job.state == JobState::Failed ? QStringLiteral("no memory") : QString();
        job.imagesFinished = 1;
        job.files = {QStringLiteral("/pictures/ä.png")};
        jobs.append(job);
    }
    return jobs;
}

/// As it is read back: what ran waits again for the two pictures it still owes.
Job restored(Job job)
{
    if (job.state == JobState::Running) {
        job.state = JobState::Waiting;
        job.request.seed += 1;
        job.request.count = 2;
        job.started = {};
        job.imagesFinished = 0;
    }
    return job;
}

} // namespace

class TestJobJournal final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void whatIsWrittenIsReadBack()
    {
        const QList<Job> jobs = sampleJobs();
        const JournalContents contents = parseJournal(journalBytes(jobs));
        QCOMPARE(contents.notice, QString());
        QCOMPARE(contents.jobs.size(), jobs.size());
        for (int i = 0; i < jobs.size(); ++i)
            QVERIFY(contents.jobs[i] == restored(jobs[i]));
    }

    void aJournalCutAnywhereGivesItsReadablePrefix()
    {
        const QList<Job> jobs = sampleJobs();
        const QByteArray whole = journalBytes(jobs);
        for (int length = 0; length <= whole.size(); ++length) {
            const QByteArray cut = whole.left(length);
            const JournalContents contents = parseJournal(cut);
            // The last line counts when all of it is there but its line feed.
            const auto complete = cut.count('\n') + (length < whole.size() && whole[length] == '\n' ? 1 : 0);
            const auto expected = std::max<qsizetype>(0, complete - 1);
            QCOMPARE(contents.jobs.size(), expected);
            for (int i = 0; i < contents.jobs.size(); ++i)
                QVERIFY(contents.jobs[i] == restored(jobs[i]));
            const bool isBetweenLines = length == 0 || cut.endsWith('\n') ||
                                        whole[std::min<qsizetype>(length, whole.size() - 1)] == '\n';
            QCOMPARE(contents.notice.isEmpty(), isBetweenLines);
        }
    }

    void oneFlippedBitNeverInventsAJob()
    {
        const QList<Job> jobs = sampleJobs();
        const QByteArray whole = journalBytes(jobs);
        for (int at = 0; at < whole.size(); at += 7) {
            QByteArray broken = whole;
            broken[at] = static_cast<char>(broken[at] ^ 0x80);
            QVERIFY(parseJournal(broken).jobs.size() <= jobs.size());
        }
    }

    void foreignFilesStartAnEmptyQueueAndSaySo_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("text") << QByteArray("hello\n");
        QTest::newRow("binary") << QByteArray("\x00\xFF\xFE", 3);
        QTest::newRow("newer version") << QByteArray("{\"unfog-queue\":2}\n");
        QTest::newRow("an array") << QByteArray("[1]\n");
    }

    void foreignFilesStartAnEmptyQueueAndSaySo()
    {
        QFETCH(QByteArray, bytes);
        const JournalContents contents = parseJournal(bytes);
        QVERIFY(contents.jobs.isEmpty());
        QVERIFY(!contents.notice.isEmpty());
    }

    void aDamagedFileIsKeptBeside()
    {
        QTemporaryDir folder;
        const QString name = folder.filePath("queue.jsonl");
        QFile file(name);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(journalBytes(sampleJobs()).chopped(20));
        file.close();
        JobJournal journal(name);
        const JournalContents contents = journal.read();
        QCOMPARE(contents.jobs.size(), 4);
        QVERIFY(contents.notice.contains(QLatin1String(".bad")));
        QVERIFY(QFile::exists(name + ".bad"));
    }

    void aFileThatCannotBeOpenedIsNotWrittenOver()
    {
        QTemporaryDir folder;
        const QString name = folder.filePath("queue.jsonl");
        QVERIFY(QDir().mkpath(name + "/precious")); // no rights keep a super-user from opening a file
        JobJournal journal(name);
        QVERIFY(journal.read().notice.contains(QLatin1String(".bad")));
        QSignalSpy failed(&journal, &JobJournal::writeFailed);
        journal.write(sampleJobs());
        journal.flush();
        QVERIFY(QFile::exists(name + ".bad/precious"));
        QCOMPARE(journal.read().jobs.size(), sampleJobs().size());
        QVERIFY(failed.isEmpty());
    }

    void aJobWhosePicturesAreAllFinishedIsDone()
    {
        Job job = sampleJobs().at(2);
        QCOMPARE(job.state, JobState::Running);
        job.imagesFinished = job.request.count;
        const Job back = parseJournal(journalBytes({job})).jobs.constFirst();
        QCOMPARE(back.state, JobState::Done);
        QCOMPARE(back.request.count, job.request.count);
        QVERIFY(back.hasEnded() && back.ended.isValid());
    }

    void theNewestListIsOnDiskAtTheEnd()
    {
        QTemporaryDir folder;
        const QString name = folder.filePath("deep/queue.jsonl");
        const QList<Job> jobs = sampleJobs();
        {
            JobJournal journal(name);
            for (int i = 0; i <= jobs.size(); ++i)
                journal.write(jobs.mid(0, i));
        }
        JobJournal journal(name);
        QCOMPARE(journal.read().jobs.size(), jobs.size());
        QCOMPARE(QDir(folder.filePath("deep")).entryList(QDir::Files | QDir::Hidden),
                 QStringList{"queue.jsonl"});
    }

    void anUnwritableFolderIsTold()
    {
        QTemporaryDir folder;
        QFile blocker(folder.filePath("file"));
        QVERIFY(blocker.open(QIODevice::WriteOnly));
        JobJournal journal(folder.filePath("file/queue.jsonl"));
        QSignalSpy failed(&journal, &JobJournal::writeFailed);
        journal.write(sampleJobs());
        QVERIFY(failed.wait(10000));
        QVERIFY(failed.first().first().toString().contains(QLatin1String("queue.jsonl")));
    }
};

QTEST_GUILESS_MAIN(TestJobJournal)
#include "test_job_journal.moc"
