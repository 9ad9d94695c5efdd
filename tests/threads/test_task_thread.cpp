#include <atomic>
#include <mutex>
#include <new>
#include <stdexcept>

#include <QtTest>

#include "threads/run_guarded.h"
#include "threads/task_thread.h"

using namespace unfog;

class TestTaskThread final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_told.clear();
        setInternalErrorHandler([this](const QString& sentence) { m_told << sentence; });
    }
    void cleanup() { setInternalErrorHandler({}); }

    void doesTasksInOrder()
    {
        QList<int> done;
        TaskThread thread(QStringLiteral("order"));
        for (int i = 0; i < 100; ++i)
            thread.post([&done, i] { done << i; });
        thread.drain();
        QCOMPARE(done.size(), 100);
        QVERIFY(std::is_sorted(done.begin(), done.end()));
    }

    void destructorLetsPostedTasksEnd()
    {
        std::atomic<int> done = 0;
        {
            TaskThread thread(QStringLiteral("end"));
            for (int i = 0; i < 50; ++i)
                thread.post([&done] { ++done; });
        }
        QCOMPARE(done.load(), 50);
    }

    void taskThatThrowsIsToldAndTheNextRuns_data()
    {
        QTest::addColumn<int>("kind");
        QTest::addColumn<QString>("sentence");
        QTest::newRow("std::exception") << 0 << QStringLiteral("saver failed: a bad image");
        QTest::newRow("bad_alloc") << 1 << QStringLiteral("saver failed: there is not enough memory.");
        QTest::newRow("anything") << 2 << QStringLiteral("saver failed: an unknown exception was thrown.");
    }
    void taskThatThrowsIsToldAndTheNextRuns()
    {
        QFETCH(const int, kind);
        QFETCH(const QString, sentence);
        bool isNextDone = false;
        {
            TaskThread thread(QStringLiteral("saver"));
            thread.post([kind] {
                if (kind == 0)
                    throw std::runtime_error("a bad image");
                if (kind == 1)
                    throw std::bad_alloc();
                throw 7;
            });
            thread.post([&isNextDone] { isNextDone = true; });
        }
        QVERIFY(isNextDone);
        QCOMPARE(m_told, QStringList{sentence});
    }

private:
    QStringList m_told; // by one thread, which has ended when it is read
};

QTEST_GUILESS_MAIN(TestTaskThread)
#include "test_task_thread.moc"
