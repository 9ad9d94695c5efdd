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
        job.saved = ImageSet::firstOf(1);
        job.files = {QStringLiteral("/pictures/ä.png")};
        jobs.append(job);
    }
    return jobs;
}

/// As it is read back: what had not ended waits for the two images it still owes.
Job restored(Job job)
{
    if (!job.hasEnded()) {
        job.state = JobState::Waiting;
        job.started = {};
    }
    job.firstOfRun = job.imagesFinished;
    return job;
}

/// The sample with this text in place of that, in its one line.
QByteArray changed(const QByteArray& from, const QByteArray& to)
{
    QByteArray bytes = journalBytes({sampleJobs().constFirst()});
    if (bytes.count(from) != 1)
        qFatal("the line holds %s not once", from.constData());
    return bytes.replace(from, to);
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

    void numbersBeyondTheirRangeAreRefused_data()
    {
        QTest::addColumn<QByteArray>("from");
        QTest::addColumn<QByteArray>("to");
        const auto row = [](const char* name, const char* from, const char* to) {
            QTest::newRow(name) << QByteArray(from) << QByteArray(to);
        };
        row("id beyond its type", "\"id\":1,", "\"id\":1e300,");
        row("id none", "\"id\":1,", "\"id\":0,");
        row("id negative", "\"id\":1,", "\"id\":-1,");
        row("id the last", "\"id\":1,", "\"id\":18446744073709551615,");
        row("id a fraction", "\"id\":1,", "\"id\":1.5,");
        row("finished negative", "\"imagesFinished\":1", "\"imagesFinished\":-1");
        row("finished beyond its type", "\"imagesFinished\":1", "\"imagesFinished\":99999999999");
        row("finished more than asked", "\"imagesFinished\":1", "\"imagesFinished\":4");
        row("saved beyond the count", "\"saved\":\"0\"", "\"saved\":\"0-3\"");
        row("saved backwards", "\"saved\":\"0\"", "\"saved\":\"1-0\"");
        row("saved nonsense", "\"saved\":\"0\"", "\"saved\":\"x\"");
        row("count negative", "\"count\":3", "\"count\":-5");
        row("count none", "\"count\":3", "\"count\":0");
        row("count beyond its range", "\"count\":3", "\"count\":100000");
        row("steps none", "\"steps\":4", "\"steps\":0");
        row("guidance beyond its range", "\"guidance_scale\":7.3", "\"guidance_scale\":2e125");
        row("width no multiple", "\"width\":64", "\"width\":65");
    }

    void numbersBeyondTheirRangeAreRefused()
    {
        QFETCH(QByteArray, from);
        QFETCH(QByteArray, to);
        QByteArray bytes = changed(from, to);
        Job good = sampleJobs().at(1);
        bytes += journalBytes({good}).split('\n').at(1) + '\n';
        const JournalContents contents = parseJournal(bytes);
        QCOMPARE(contents.jobs.size(), 1); // the line behind it is read
        QCOMPARE(contents.jobs.first().id, good.id);
        QVERIFY(contents.notice.contains(QLatin1String("1 of its 2")));
    }

    void anIdCountsOnce()
    {
        QList<Job> jobs = sampleJobs().mid(0, 2);
        jobs[1].id = jobs[0].id;
        const JournalContents contents = parseJournal(journalBytes(jobs));
        QCOMPARE(contents.jobs.size(), 1);
        QVERIFY(!contents.notice.isEmpty());
    }

    void deepNestingIsRefusedAndSetAside()
    {
        QTemporaryDir folder;
        const QString name = folder.filePath("queue.jsonl");
        const QByteArray deep = QByteArray(200000, '[') + QByteArray(200000, ']');
        for (int round = 1; round <= 2; ++round) {
            QFile file(name);
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(changed("\"prompt_weights\":true", "\"x\":" + deep + QByteArray(round, ' ')));
            file.close();
            JobJournal journal(name);
            const JournalContents contents = journal.read();
            QVERIFY(contents.jobs.isEmpty());
            QVERIFY(contents.notice.contains(round == 1 ? QLatin1String(".bad.") : QLatin1String(".bad-2.")));
            QVERIFY(QFile::remove(name));
        }
        QVERIFY(QFile::exists(name + ".bad") && QFile::exists(name + ".bad-2"));
    }

    void anOlderJournalTrustsFilesOnly()
    {
        QByteArray bytes = journalBytes({sampleJobs().at(2)});
        bytes.replace("\"imagesFinished\":1", "\"imagesFinished\":2").replace("\"saved\":\"0\",", "");
        QCOMPARE(parseJournal(bytes).jobs.constFirst().imagesFinished, 1);
    }

    void aJobWhosePicturesAreAllFinishedIsDone()
    {
        Job job = sampleJobs().at(2);
        QCOMPARE(job.state, JobState::Running);
        job.imagesFinished = job.request.count;
        job.saved = ImageSet::firstOf(job.request.count);
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
