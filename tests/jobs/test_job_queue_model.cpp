#include <QAbstractItemModelTester>
#include <QMimeData>
#include <QSignalSpy>
#include <QTest>

#include "jobs/job_queue_model.h"
#include "studio_support/fake_engine.h"
#include "studio_support/sample_pictures.h"

using namespace unfog;
using namespace unfog::test;

class TestJobQueueModel final : public QObject {
    Q_OBJECT

private:
    std::shared_ptr<FakeControl> m_control;
    std::unique_ptr<GenerationWorker> m_worker;
    std::unique_ptr<JobQueue> m_queue;
    std::unique_ptr<JobQueueModel> m_model;
    std::unique_ptr<QAbstractItemModelTester> m_tester;

    QStringList prompts() const
    {
        QStringList list;
        for (int row = 0; row < m_model->rowCount(); ++row)
            list.append(m_model->index(row).data(JobQueueModel::PromptRole).toString());
        return list;
    }

private Q_SLOTS:
    void init()
    {
        m_control = std::make_shared<FakeControl>();
        m_worker = std::make_unique<GenerationWorker>(
            [control = m_control] { return std::make_unique<FakeEngine>(control); });
        m_queue = std::make_unique<JobQueue>(*m_worker, nullptr);
        m_model = std::make_unique<JobQueueModel>(*m_queue);
        m_tester = std::make_unique<QAbstractItemModelTester>(
            m_model.get(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        m_queue->setPaused(true);
        for (const char* prompt : {"a", "b", "c", "d"})
            m_queue->add(sampleRequest(prompt, 42));
    }

    void cleanup()
    {
        m_tester.reset();
        m_model.reset();
        m_queue.reset();
        m_worker.reset();
    }

    void rowsAreJobs()
    {
        QCOMPARE(prompts(), (QStringList{"a", "b", "c", "d"}));
        const QModelIndex first = m_model->index(0);
        QCOMPARE(first.data(JobQueueModel::SeedRole).toULongLong(), 42ULL);
        QCOMPARE(first.data(JobQueueModel::StateRole).toInt(), int(JobState::Waiting));
        QVERIFY(first.data(Qt::AccessibleTextRole).toString().contains(QLatin1String("Waiting")));
        QCOMPARE(first.data(JobQueueModel::JobRole).value<Job>().request.prompts.positive, std::string("a"));
    }

    void aRunChangesItsRow()
    {
        QSignalSpy changed(m_model.get(), &QAbstractItemModel::dataChanged);
        m_queue->setPaused(false);
        QVERIFY(QTest::qWaitFor([&] { return m_queue->waitingCount() == 0 && !m_queue->running(); }, 10000));
        QVERIFY(changed.count() >= 8);
        QCOMPARE(m_model->index(3).data(JobQueueModel::StateRole).toInt(), int(JobState::Done));
        m_queue->clearEnded();
        QCOMPARE(m_model->rowCount(), 0);
    }

    void onlyWaitingRowsAreDragged()
    {
        QVERIFY(m_model->flags(m_model->index(0)) & Qt::ItemIsDragEnabled);
        m_queue->cancel(m_queue->jobs().first().id);
        QVERIFY(!(m_model->flags(m_model->index(0)) & Qt::ItemIsDragEnabled));
    }

    void draggingReorders_data()
    {
        QTest::addColumn<QList<int>>("rows");
        QTest::addColumn<int>("before");
        QTest::addColumn<QString>("expected");
        QTest::newRow("up") << QList<int>{3} << 0 << "d a b c";
        QTest::newRow("down") << QList<int>{0} << 4 << "b c d a";
        QTest::newRow("behind the last") << QList<int>{1} << -1 << "a c d b";
        QTest::newRow("two together") << QList<int>{0, 1} << 4 << "c d a b";
        QTest::newRow("two apart to the middle") << QList<int>{0, 3} << 2 << "b a d c";
        QTest::newRow("onto its own place") << QList<int>{1} << 1 << "a b c d";
    }

    void draggingReorders()
    {
        QFETCH(QList<int>, rows);
        QFETCH(int, before);
        QFETCH(QString, expected);
        QModelIndexList indexes;
        for (const int row : rows)
            indexes.append(m_model->index(row));
        const std::unique_ptr<QMimeData> data(m_model->mimeData(indexes));
        QVERIFY(m_model->dropMimeData(data.get(), Qt::MoveAction, before, 0, {}));
        QCOMPARE(prompts().join(u' '), expected);
    }

    void foreignDropsAreRefused()
    {
        QMimeData data;
        data.setText("hello");
        QVERIFY(!m_model->canDropMimeData(&data, Qt::MoveAction, 0, 0, {}));
        QVERIFY(!m_model->dropMimeData(&data, Qt::MoveAction, 0, 0, {}));
    }

    void moveRowsMovesBlocks_data()
    {
        QTest::addColumn<int>("row");
        QTest::addColumn<int>("count");
        QTest::addColumn<int>("before");
        QTest::addColumn<QString>("expected");
        QTest::newRow("block down") << 0 << 2 << 4 << "c d a b";
        QTest::newRow("block up") << 2 << 2 << 0 << "c d a b";
        QTest::newRow("block up by one") << 1 << 2 << 0 << "b c a d";
        QTest::newRow("into itself") << 0 << 2 << 1 << "a b c d";
    }

    void moveRowsMovesBlocks()
    {
        QFETCH(int, row);
        QFETCH(int, count);
        QFETCH(int, before);
        QFETCH(QString, expected);
        m_model->moveRows({}, row, count, {}, before);
        QCOMPARE(prompts().join(u' '), expected);
    }
};

QTEST_GUILESS_MAIN(TestJobQueueModel)
#include "test_job_queue_model.moc"
