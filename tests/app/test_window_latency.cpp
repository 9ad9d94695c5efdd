#include <atomic>
#include <thread>
#include <vector>

#include <QSignalSpy>
#include <QTest>

#include "app/event_loop_probe.h"
#include "app/window_fixture.h"
#include "widgets/canvas/run_viewer.h"
#include "widgets/create/generate_panel.h"

using namespace unfog;
using namespace unfog::test;

class TestWindowLatency final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// While a run makes steps as fast as they come and every core is busy, the GUI thread never computes for
    /// more than 50 ms in one go.
    void theWindowStaysAnswering()
    {
        WindowFixture fixture;
        fixture.open();
        GenerationRequest request = fixture.window().form().request();
        request.prompts.positive = "busy";
        request.sampler.steps = 150;
        request.canvas.widthPx = request.canvas.heightPx = 512;
        request.output.count = 2;
        fixture.window().form().setRequest(request);
        QTest::qWait(0);

        std::atomic<bool> stop = false;
        std::vector<std::jthread> burners;
        for (unsigned core = 0; core < std::thread::hardware_concurrency(); ++core)
            burners.emplace_back([&stop] {
                volatile unsigned value = 1;
                while (!stop)
                    value = value * 1664525U + 1013904223U;
            });
        QSignalSpy ended(&fixture.studio().queue(), &JobQueue::runEnded);
        auto& application = static_cast<MeasuringApplication&>(*qApp);
        application.beginMeasuring();
        fixture.action("run.generate")->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(ended.count(), 1, 120000);
        stop = true;
        QCOMPARE(ended.constFirst().at(1).value<RunEnd>().kind, RunEndKind::Finished);
        qInfo("longest event %.1f ms of %d events", application.longestMs(), application.events());
        QVERIFY(application.events() > 100);
        QVERIFY2(application.longestMs() < 50.0, qPrintable(QString::number(application.longestMs())));
    }
};

int main(int argc, char** argv)
{
    MeasuringApplication application(argc, argv);
    TestWindowLatency test;
    return QTest::qExec(&test, argc, argv);
}
#include "test_window_latency.moc"
