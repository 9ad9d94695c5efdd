#include <stdexcept>

#include <QTest>
#include <QTimer>

#include "app/guarded_application.h"
#include "threads/run_guarded.h"

using namespace unfog;

class TestGuardedApplication final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void slotThatThrowsIsToldAndTheLoopGoesOn()
    {
        QStringList told;
        setInternalErrorHandler([&told](const QString& sentence) { told << sentence; });
        bool isNextDone = false;
        QTimer::singleShot(0, this, [] { throw std::runtime_error("a bad image"); });
        QTimer::singleShot(0, this, [&isNextDone] { isNextDone = true; });
        QTRY_VERIFY(isNextDone);
        setInternalErrorHandler({});
        QCOMPARE(told, QStringList{QStringLiteral("An action of the window failed: a bad image")});
    }
};

int main(int argc, char** argv)
{
    GuardedApplication application(argc, argv);
    TestGuardedApplication test;
    return QTest::qExec(&test, argc, argv);
}
#include "test_guarded_application.moc"
