#include <QTest>

#include "jobs/preview_mailbox.h"

using namespace unfog;
using namespace std::chrono_literals;

namespace {

RunProgress progressAt(int step, JobId job = 1)
{
    RunProgress progress;
    progress.job = job;
    progress.step = step;
    progress.stepCount = 10;
    return progress;
}

QImage picture(int width)
{
    return QImage(width, 1, QImage::Format_RGB888);
}

} // namespace

class TestPreviewMailbox final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void keepsOnlyTheNewest()
    {
        PreviewMailbox box;
        box.beginRun(1);
        for (int step = 1; step <= 3; ++step)
            box.put(progressAt(step), nullptr);
        QCOMPARE(box.take()->progress.step, 3);
        QVERIFY(!box.take());
    }

    void tellsOnceForEachTake()
    {
        PreviewMailbox box;
        int calls = 0;
        box.setListener([&] { ++calls; });
        box.beginRun(1);
        box.put(progressAt(1), nullptr);
        box.put(progressAt(2), nullptr);
        QCOMPARE(calls, 1);
        box.take();
        box.put(progressAt(3), nullptr);
        QCOMPARE(calls, 2);
    }

    void aPictureNotTakenStaysWithNewerNumbers()
    {
        PreviewMailbox box;
        box.beginRun(1);
        QVERIFY(box.offerPicture(1, true, false, [] { return picture(11); }));
        box.put(progressAt(1), nullptr);
        box.put(progressAt(2), nullptr);
        const auto taken = box.take();
        QCOMPARE(taken->progress.step, 2);
        QCOMPARE(taken->pictureStep, 1);
        QCOMPARE(taken->picture.width(), 11);
        QVERIFY(taken->pictureIsFull);
        box.put(progressAt(3), nullptr);
        QVERIFY(box.take()->picture.isNull());
    }

    void picturesCostAtMostTheirShareOfTheTime()
    {
        std::chrono::nanoseconds now = 0ns;
        PreviewMailbox box(0.1, [&now] { return now; });
        box.beginRun(1);
        const auto costly = [&now] {
            now += 10ms;
            return picture(1);
        };
        int made = 0;
        for (int step = 1; step <= 1000; ++step) {
            made += box.offerPicture(step, false, false, costly) ? 1 : 0;
            box.put(progressAt(step), nullptr);
            now += 1ms; // the sampler's own step
        }
        // 1000 steps of 1 ms and n pictures of 10 ms: n ≤ 0.1 × (1000 + 10 n) / 10 + 1.
        QVERIFY2(made >= 9 && made <= 13, qPrintable(QString::number(made)));
    }

    void theLastStepAlwaysHasItsPicture()
    {
        std::chrono::nanoseconds now = 0ns;
        PreviewMailbox box(0.0, [&now] { return now; });
        box.beginRun(1);
        const auto costly = [&now] {
            now += 10ms;
            return picture(1);
        };
        QVERIFY(box.offerPicture(1, false, false, costly)); // nothing spent yet
        QVERIFY(!box.offerPicture(2, false, false, costly));
        QVERIFY(box.offerPicture(10, false, true, costly));
    }

    void nothingOfACancelledRunAppears()
    {
        PreviewMailbox box;
        box.beginRun(1);
        box.put(progressAt(1), nullptr);
        box.close();
        QVERIFY(!box.take());
        QVERIFY(!box.offerPicture(2, false, true, [] { return picture(1); }));
        box.put(progressAt(2), nullptr);
        QVERIFY(!box.take());
        box.beginRun(2);
        box.put(progressAt(3, 1), nullptr); // a straggler of the run before
        QVERIFY(!box.take());
        box.put(progressAt(1, 2), nullptr);
        QCOMPARE(box.take()->progress.job, JobId(2));
    }

    void aRunClosedWhileItsPictureIsPaintedShowsNothing()
    {
        PreviewMailbox box;
        box.beginRun(1);
        QVERIFY(!box.offerPicture(1, false, true, [&box] {
            box.close();
            return picture(1);
        }));
        box.beginRun(2);
        box.put(progressAt(1, 2), nullptr);
        QVERIFY(box.take()->picture.isNull());
    }
};

QTEST_GUILESS_MAIN(TestPreviewMailbox)
#include "test_preview_mailbox.moc"
