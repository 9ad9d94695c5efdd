#include <algorithm>

#include <QTest>

#include "jobs/step_history.h"

using namespace unfog;

namespace {

StepFrame frame(int image, int step, std::size_t floats = 1000)
{
    StepFrame made;
    made.imageIndex = image;
    made.step = step;
    made.stepCount = 10;
    made.sample.values.assign(floats, static_cast<float>(step));
    return made;
}

QList<int> stepsOf(const StepHistory& history, int image)
{
    QList<int> steps;
    for (const StepFramePtr& kept : history.frames(image))
        steps.append(kept->step);
    return steps;
}

} // namespace

class TestStepHistory final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void keepsEveryStepInOrder()
    {
        StepHistory history;
        for (int image = 0; image < 2; ++image) {
            for (int step = 1; step <= 3; ++step)
                history.append(frame(image, step));
        }
        QCOMPARE(history.images(), (std::vector<int>{0, 1}));
        QCOMPARE(history.imageCount(), 2);
        QCOMPARE(stepsOf(history, 0), (QList<int>{1, 2, 3}));
        QCOMPARE(history.newest()->imageIndex, 1);
        QCOMPARE(history.newest()->sample.values.front(), 3.0F);
    }

    void imagesOfOneBatchComeStepByStep()
    {
        StepHistory history(60'000); // about fourteen frames
        for (int step = 1; step <= 10; ++step) {
            for (int image = 0; image < 4; ++image)
                history.append(frame(image, step));
        }
        QCOMPARE(history.images(), (std::vector<int>{0, 1, 2, 3}));
        QVERIFY(history.bytes() <= 60'000);
        for (int image = 0; image < 4; ++image) {
            const QList<int> steps = stepsOf(history, image);
            QVERIFY(steps.size() >= 2);
            QVERIFY(std::ranges::is_sorted(steps));
            QCOMPARE(steps.last(), 10);
        }
    }

    void anEmptyOneHasNothing()
    {
        const StepHistory history;
        QVERIFY(!history.newest());
        QCOMPARE(history.imageCount(), 0);
        QVERIFY(!history.model());
    }

    void oldImagesGoBeforeStepsOfTheRunningOne()
    {
        StepHistory history(60'000); // about fourteen frames
        for (int image = 0; image < 3; ++image) {
            for (int step = 1; step <= 10; ++step)
                history.append(frame(image, step));
        }
        QVERIFY(history.bytes() <= 60'000);
        QCOMPARE(history.images(), (std::vector<int>{2}));
        QCOMPARE(stepsOf(history, 2).size(), 10);
    }

    void aLongRunIsThinnedEvenlyAndKeepsItsNewest()
    {
        StepHistory history(60'000);
        for (int step = 1; step <= 99; ++step) {
            history.append(frame(0, step));
            QVERIFY(history.bytes() <= 60'000);
            QCOMPARE(history.newest()->step, step);
        }
        QList<int> steps = stepsOf(history, 0);
        QCOMPARE(steps.takeLast(), 99);
        QVERIFY(steps.size() >= 5);
        const int stride = steps.first();
        for (int i = 0; i < steps.size(); ++i)
            QCOMPARE(steps[i], stride * (i + 1));
    }

    void aFrameLargerThanTheBoundIsStillShown()
    {
        StepHistory history(100);
        history.append(frame(0, 1));
        history.append(frame(0, 2));
        QCOMPARE(stepsOf(history, 0), (QList<int>{2}));
    }
};

QTEST_GUILESS_MAIN(TestStepHistory)
#include "test_step_history.moc"
