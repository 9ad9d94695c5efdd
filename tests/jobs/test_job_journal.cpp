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
        job.request.guidance.scale = 7.3;
        job.request.output.count = 3;
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

/// As it is read back: what ran waits again for the images that are not on the disk.
Job restored(Job job)
{
    if (job.state == JobState::Running) {
        job.state = JobState::Waiting;
        job.started = {};
    }
    job.firstOfRun = job.imagesFinished;
    return job;
}

} // namespace

class TestJobJournal final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void queuesOfVersionOneAreReadWhole()
    {
        QFile file(QStringLiteral(UNFOG_SOURCE_DIR "/tests/samples/version-1/queue.jsonl"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const JournalContents contents = parseJournal(file.readAll());
        QCOMPARE(contents.notice, QString());
        QCOMPARE(contents.jobs.size(), 1);
        const Job& job = contents.jobs.first();
        QVERIFY(job.request == sampleRequest("kill", 1000, 1, 200));
        QCOMPARE(job.state, JobState::Waiting); // images of it were on their way to the disk
        QCOMPARE(job.firstOfRun, 174);
    }

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
        job.imagesFinished = job.request.output.count;
        job.saved = ImageSet::firstOf(job.request.output.count);
        const Job back = parseJournal(journalBytes({job})).jobs.constFirst();
        QCOMPARE(back.state, JobState::Done);
        QCOMPARE(back.request.output.count, job.request.output.count);
        QVERIFY(back.hasEnded() && back.ended.isValid());
    }

    void onlyImagesOnTheDiskCountAsFinished_data()
    {
        QTest::addColumn<int>("state");
        QTest::addColumn<int>("computed");
        QTest::addColumn<QList<int>>("saved");
        QTest::addColumn<int>("expectedState");
        QTest::addColumn<int>("expectedNext");
        QTest::addColumn<int>("expectedCount");
        const int running = int(JobState::Running), done = int(JobState::Done);
        const int cancelled = int(JobState::Cancelled), waiting = int(JobState::Waiting);
        QTest::newRow("running, none saved") << running << 2 << QList<int>{} << waiting << 0 << 3;
        QTest::newRow("running, one saved") << running << 2 << QList<int>{0} << waiting << 1 << 3;
        QTest::newRow("done, a gap") << done << 3 << QList<int>{0, 2} << waiting << 1 << 3;
        QTest::newRow("done, all saved") << done << 3 << QList<int>{0, 1, 2} << done << 3 << 3;
        QTest::newRow("cancelled, one owed") << cancelled << 2 << QList<int>{0} << waiting << 1 << 2;
        QTest::newRow("cancelled, none owed") << cancelled << 1 << QList<int>{0} << cancelled << 1 << 3;
    }

    void onlyImagesOnTheDiskCountAsFinished()
    {
        QFETCH(int, state);
        QFETCH(int, computed);
        QFETCH(QList<int>, saved);
        Job job;
        job.id = 1;
        job.request = sampleRequest("a", 10, 4, 3);
        job.state = JobState(state);
        job.created = QDateTime::currentDateTimeUtc();
        job.imagesFinished = computed;
        for (const int index : saved)
            job.saved.insert(index);
        const Job back = parseJournal(journalBytes({job})).jobs.constFirst();
        QTEST(int(back.state), "expectedState");
        QTEST(back.imagesFinished, "expectedNext");
        QTEST(back.request.output.count, "expectedCount");
        QCOMPARE(back.saved, job.saved);
    }

    void numbersOutOfRangeRefuseTheirLineOnly_data()
    {
        QTest::addColumn<QByteArray>("key");
        QTest::addColumn<QByteArray>("number");
        QTest::newRow("id of 0") << QByteArray("id") << QByteArray("0");
        QTest::newRow("negative id") << QByteArray("id") << QByteArray("-1");
        QTest::newRow("id beyond 64 bits") << QByteArray("id") << QByteArray("1e300");
        QTest::newRow("id that can't be counted on")
            << QByteArray("id") << QByteArray("18446744073709551615");
        QTest::newRow("id used twice") << QByteArray("id") << QByteArray("1");
        QTest::newRow("negative images") << QByteArray("imagesFinished") << QByteArray("-1");
        QTest::newRow("more images than asked for") << QByteArray("imagesFinished") << QByteArray("4");
        QTest::newRow("images beyond 32 bits") << QByteArray("imagesFinished") << QByteArray("4294967297");
        QTest::newRow("negative count") << QByteArray("count") << QByteArray("-5");
        QTest::newRow("count out of range") << QByteArray("count") << QByteArray("100000");
        QTest::newRow("steps out of range") << QByteArray("steps") << QByteArray("0");
        QTest::newRow("a set that says too much") << QByteArray("saved") << QByteArray("\"0-9\"");
        QTest::newRow("a set of nonsense") << QByteArray("saved") << QByteArray("\"2-1\"");
        QTest::newRow("deep nesting") << QByteArray("files") << QByteArray(200000, '[');
    }

    void numbersOutOfRangeRefuseTheirLineOnly()
    {
        QFETCH(QByteArray, key);
        QFETCH(QByteArray, number);
        const QList<Job> jobs = sampleJobs();
        QList<QByteArray> lines = journalBytes(jobs).split('\n');
        QByteArray& line = lines[2];
        const auto at = line.indexOf('"' + key + "\":");
        QVERIFY(at > 0);
        const auto begin = at + key.size() + 3;
        auto end = begin;
        if (line[begin] == '"')
            end = line.indexOf('"', begin + 1) + 1;
        else if (line[begin] == '[')
            end = line.indexOf(']', begin) + 1;
        else
            while (line[end] != ',' && line[end] != '}')
                ++end;
        line.replace(begin, end - begin, number);
        const JournalContents contents = parseJournal(lines.join('\n'));
        QCOMPARE(contents.jobs.size(), jobs.size() - 1);
        QVERIFY(contents.jobs[0] == restored(jobs[0]));
        QVERIFY(contents.jobs[1] == restored(jobs[2]));
        QVERIFY(!contents.notice.isEmpty());
    }

    void everyDamagedFileIsKept()
    {
        QTemporaryDir folder;
        const QString name = folder.filePath("queue.jsonl");
        for (const char* text : {"first\n", "second\n", "third\n", "second\n"}) {
            QFile::remove(name);
            QFile file(name);
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(text);
            file.close();
            QVERIFY(JobJournal(name).read().notice.contains(QLatin1String(".bad")));
        }
        QByteArray kept;
        for (const char* suffix : {".bad", ".bad-2", ".bad-3"}) {
            QFile file(name + suffix);
            QVERIFY(file.open(QIODevice::ReadOnly));
            kept += file.readAll();
        }
        QCOMPARE(kept, QByteArray("first\nsecond\nthird\n"));
        QVERIFY(!QFile::exists(name + ".bad-4"));
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
