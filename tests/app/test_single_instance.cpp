#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>

#include "app/single_instance.h"

using namespace unfog;
using Claim = unfog::SingleInstance::Claim;

class TestSingleInstance final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theSecondHandsItsFilesToTheFirst()
    {
        const QTemporaryDir folder;
        SingleInstance first(folder.path());
        QVERIFY(first.claim({}) == Claim::Mine);
        QSignalSpy called(&first, &SingleInstance::called);
        const QStringList files{QStringLiteral("/pictures/a fox.png"), QStringLiteral("/pictures/日本.png")};
        // Another program in truth: its waiting must not keep the first one from answering.
        Claim second = Claim::Mine;
        std::unique_ptr<QThread> other(QThread::create([&] {
            SingleInstance instance(folder.path());
            second = instance.claim(files);
        }));
        other->start();
        QTRY_COMPARE(called.count(), 1);
        QTRY_VERIFY(other->isFinished());
        QVERIFY(second == Claim::Handed);
        QCOMPARE(called.constFirst().constFirst().toStringList(), files);
    }

    void theNextOneIsFirstOnceTheFirstIsGone()
    {
        const QTemporaryDir folder;
        {
            SingleInstance first(folder.path());
            QVERIFY(first.claim({}) == Claim::Mine);
        }
        SingleInstance second(folder.path());
        QVERIFY(second.claim({}) == Claim::Mine);
    }

    void oneThatIsClosingIsWaitedFor()
    {
        const QTemporaryDir folder;
        auto first = std::make_unique<SingleInstance>(folder.path());
        QVERIFY(first->claim({}) == Claim::Mine);
        first->stopAnswering();
        Claim second = Claim::Handed;
        std::unique_ptr<QThread> other(QThread::create([&] {
            SingleInstance instance(folder.path());
            second = instance.claim({});
        }));
        other->start();
        first.reset();
        QTRY_VERIFY_WITH_TIMEOUT(other->isFinished(), 20000);
        QVERIFY(second == Claim::Mine);
    }

    void otherFoldersAreOtherStudios()
    {
        const QTemporaryDir one, two;
        SingleInstance first(one.path()), second(two.path());
        QVERIFY(first.claim({}) == Claim::Mine);
        QVERIFY(second.claim({}) == Claim::Mine);
    }
};

QTEST_GUILESS_MAIN(TestSingleInstance)
#include "test_single_instance.moc"
