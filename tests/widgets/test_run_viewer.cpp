#include <QComboBox>
#include <QSignalSpy>
#include <QSlider>
#include <QTest>
#include <QToolButton>

#include "widgets/canvas/canvas_view.h"
#include "widgets/canvas/run_viewer.h"

using namespace unfog;

namespace {

/// Frame `step`: x̂₀ and x_t tell themselves and the step apart by their value.
StepFrame frame(int image, int step, int count)
{
    const auto latent = [](float value) { return LatentImage{3, 4, 4, std::vector<float>(48, value)}; };
    return {image,
            step,
            count,
            1000.0 - step,
            1.0,
            0.1,
            latent(static_cast<float>(step) / 100.0F),
            latent(1.0F - static_cast<float>(step) / 100.0F),
            std::nullopt};
}

StepHistoryPtr newHistory()
{
    auto history = std::make_shared<StepHistory>();
    ModelSummary model;
    model.latentDownscale = 8;
    // The identity: a latent value is its own grey.
    model.previewMap = {3, 8, {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0}, 30.0};
    history->setModel(model);
    return history;
}

RunSnapshot snapshot(const StepHistoryPtr& history, int image, int step, int count)
{
    history->append(frame(image, step, count));
    RunSnapshot result;
    result.progress.step = step;
    result.progress.stepCount = count;
    result.progress.imageIndex = image;
    result.progress.imageCount = image + 1;
    result.frame = history->newest();
    result.picture = QImage(4, 4, QImage::Format_RGB888);
    result.picture.fill(QColor(step, step, step));
    result.pictureStep = step;
    return result;
}

int shade(const RunViewer& viewer)
{
    return qRed(viewer.canvas()->picture().pixel(0, 0));
}
int shadeOf(double value)
{
    return static_cast<int>(std::lround(value * 255.0));
}

} // namespace

class TestRunViewer final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void followsTheRun()
    {
        RunViewer viewer;
        const auto history = newHistory();
        viewer.beginRun(history, {32, 32}, false);
        for (int step = 1; step <= 5; ++step) {
            viewer.showSnapshot(snapshot(history, 0, step, 5));
            QCOMPARE(shade(viewer), step);
            QCOMPARE(viewer.frameCount(), step);
            QCOMPARE(viewer.currentFrame()->step, step);
        }
        QVERIFY(viewer.isFollowing());
    }

    void scrubbingWhileItRunsStaysWhereItIs()
    {
        RunViewer viewer;
        const auto history = newHistory();
        viewer.beginRun(history, {32, 32}, false);
        for (int step = 1; step <= 6; ++step)
            viewer.showSnapshot(snapshot(history, 0, step, 20));
        viewer.goToFrame(1);
        QVERIFY(!viewer.isFollowing());
        QCOMPARE(shade(viewer), shadeOf(0.02));
        viewer.showSnapshot(snapshot(history, 0, 7, 20));
        QCOMPARE(viewer.currentFrame()->step, 2);
        QCOMPARE(shade(viewer), shadeOf(0.02));
        viewer.goToFrame(viewer.frameCount() - 1);
        QVERIFY(viewer.isFollowing());
        viewer.showSnapshot(snapshot(history, 0, 8, 20));
        QCOMPARE(viewer.currentFrame()->step, 8);
    }

    void showsTheNoisyPictureToo()
    {
        RunViewer viewer;
        const auto history = newHistory();
        viewer.beginRun(history, {32, 32}, false);
        for (int step = 1; step <= 4; ++step)
            viewer.showSnapshot(snapshot(history, 0, step, 4));
        viewer.endRun(RunEndKind::Finished, 1.0);
        viewer.goToFrame(0);
        QCOMPARE(shade(viewer), shadeOf(0.01));
        viewer.setShown(RunViewer::Shown::Sample);
        QCOMPARE(shade(viewer), shadeOf(0.99));
    }

    void theLastStepIsTheFinishedPicture()
    {
        RunViewer viewer;
        const auto history = newHistory();
        viewer.beginRun(history, {32, 32}, false);
        for (int step = 1; step <= 4; ++step)
            viewer.showSnapshot(snapshot(history, 0, step, 4));
        QImage result(32, 32, QImage::Format_RGB888);
        result.fill(QColor(123, 123, 123));
        viewer.showFinished(0, result);
        viewer.endRun(RunEndKind::Finished, 1.0);
        QCOMPARE(shade(viewer), 123);
        viewer.goToFrame(2);
        QVERIFY(shade(viewer) != 123);
        viewer.goToFrame(3);
        QCOMPARE(shade(viewer), 123);
    }

    void restingOnAStepAsksForAFullDecode()
    {
        RunViewer viewer;
        const auto history = newHistory();
        viewer.beginRun(history, {32, 32}, false);
        for (int step = 1; step <= 4; ++step)
            viewer.showSnapshot(snapshot(history, 0, step, 4));
        QSignalSpy spy(&viewer, &RunViewer::decodeWanted);
        viewer.goToFrame(1);
        QCOMPARE(spy.count(), 0); // never while it runs: sampling goes first
        viewer.endRun(RunEndKind::Finished, 1.0);
        viewer.goToFrame(1);
        QVERIFY(spy.wait());
        QCOMPARE(spy.constLast().constFirst().value<StepFramePtr>()->step, 2);
        QImage full(32, 32, QImage::Format_RGB888);
        full.fill(QColor(77, 77, 77));
        viewer.showDecoded(viewer.currentFrame(), RunViewer::Shown::PredictedOriginal, full);
        QCOMPARE(shade(viewer), 77);
        const StepFramePtr second = viewer.currentFrame();
        viewer.goToFrame(0);
        viewer.showDecoded(second, RunViewer::Shown::PredictedOriginal, full);
        QVERIFY(shade(viewer) != 77);
    }

    void filmRunsToTheEndAndStops()
    {
        RunViewer viewer;
        const auto history = newHistory();
        viewer.beginRun(history, {32, 32}, false);
        for (int step = 1; step <= 4; ++step)
            viewer.showSnapshot(snapshot(history, 0, step, 4));
        viewer.endRun(RunEndKind::Finished, 1.0);
        viewer.togglePlay();
        QCOMPARE(viewer.currentFrame()->step, 1);
        QTRY_COMPARE(viewer.currentFrame()->step, 4);
    }

    void everyPictureOfARunCanBeChosen()
    {
        RunViewer viewer;
        const auto history = newHistory();
        viewer.beginRun(history, {32, 32}, false);
        for (int image = 0; image < 3; ++image) {
            for (int step = 1; step <= 2; ++step)
                viewer.showSnapshot(snapshot(history, image, step, 2));
            QImage result(32, 32, QImage::Format_RGB888);
            result.fill(QColor(100 + image, 0, 0));
            viewer.showFinished(image, result);
        }
        viewer.endRun(RunEndKind::Finished, 1.0);
        auto* choice = viewer.findChild<QComboBox*>();
        QCOMPARE(choice->count(), 3);
        choice->setCurrentIndex(0);
        Q_EMIT choice->activated(0);
        QCOMPARE(shade(viewer), 100);
    }

    void aGalleryPictureInFrontLeavesTheRunItsSteps()
    {
        RunViewer viewer;
        const auto history = newHistory();
        viewer.beginRun(history, {32, 32}, false);
        viewer.showSnapshot(snapshot(history, 0, 1, 4));
        QImage other(16, 16, QImage::Format_RGB888);
        other.fill(QColor(200, 200, 200));
        viewer.showPicture(other, QStringLiteral("other.png"));
        for (int step = 2; step <= 4; ++step) {
            viewer.showSnapshot(snapshot(history, 0, step, 4));
            QCOMPARE(shade(viewer), 200);
        }
        QVERIFY(!viewer.findChild<QSlider*>()->isEnabled());
        QVERIFY(!viewer.hasSteps());
        QCOMPARE(viewer.current().badge(), QStringLiteral("Gallery"));
        QVERIFY(viewer.findChild<QToolButton*>(QStringLiteral("runAgain"))->isVisibleTo(&viewer));
        viewer.endRun(RunEndKind::Finished, 1.0); // the run is the current image again
        QCOMPARE(shade(viewer), shadeOf(0.04));
        QVERIFY(viewer.findChild<QSlider*>()->isEnabled());
        QVERIFY(!viewer.findChild<QToolButton*>(QStringLiteral("runAgain"))->isVisibleTo(&viewer));
        QCOMPARE(viewer.frameCount(), 4);
        viewer.goToFrame(1);
        QCOMPARE(viewer.current().badge(), QStringLiteral("Step 2 of 4"));
        QCOMPARE(shade(viewer), shadeOf(0.02));
        viewer.showPicture(other, QStringLiteral("other.png"));
        viewer.leavePicture();
        QCOMPARE(shade(viewer), shadeOf(0.02));
    }

    void theEndOfARunShowsItsResultWhateverWasScrubbedTo_data()
    {
        QTest::addColumn<bool>("noisy");
        QTest::addColumn<int>("frame");
        QTest::addColumn<bool>("gallery");
        QTest::newRow("followed") << false << -1 << false;
        QTest::newRow("noisy image") << true << -1 << false;
        QTest::newRow("an early step") << false << 1 << false;
        QTest::newRow("an early noisy step") << true << 1 << false;
        QTest::newRow("an image of the gallery") << false << -1 << true;
    }
    void theEndOfARunShowsItsResultWhateverWasScrubbedTo()
    {
        QFETCH(bool, noisy);
        QFETCH(int, frame);
        QFETCH(bool, gallery);
        RunViewer viewer;
        const auto history = newHistory();
        viewer.beginRun(history, {32, 32}, false);
        for (int step = 1; step <= 4; ++step)
            viewer.showSnapshot(snapshot(history, 0, step, 4));
        if (noisy)
            viewer.setShown(RunViewer::Shown::Sample);
        if (frame >= 0)
            viewer.goToFrame(frame);
        if (gallery)
            viewer.showPicture(QImage(16, 16, QImage::Format_RGB888), QStringLiteral("other.png"));
        QImage result(32, 32, QImage::Format_RGB888);
        result.fill(QColor(123, 123, 123));
        viewer.showFinished(0, result);
        viewer.endRun(RunEndKind::Finished, 1.0);
        QCOMPARE(shade(viewer), 123);
        QCOMPARE(viewer.shown(), RunViewer::Shown::PredictedOriginal);
        QCOMPARE(viewer.current().badge(), QStringLiteral("Result"));
        QCOMPARE(viewer.findChild<QSlider*>()->value(), 3);
    }

    void aFailureIsSaidOnTheCanvasWithItsReason()
    {
        RunViewer viewer;
        const auto history = newHistory();
        viewer.beginRun(history, {32, 32}, false);
        viewer.showSnapshot(snapshot(history, 0, 1, 4)); // a preview was there already
        viewer.endRun(RunEndKind::Failed, 1.0, QStringLiteral("The UNet computed NaN at step 2."));
        QVERIFY(viewer.canvas()->picture().isNull());
        QCOMPARE(viewer.canvas()->message(),
                 QStringLiteral("Generation failed: The UNet computed NaN at step 2."));
        QVERIFY(!viewer.canvas()->isShowingWelcome());
    }

    void anOldPictureDoesNotPassForARunThatFailed()
    {
        RunViewer viewer;
        const auto history = newHistory();
        viewer.beginRun(history, {32, 32}, false);
        viewer.showSnapshot(snapshot(history, 0, 1, 1));
        viewer.endRun(RunEndKind::Finished, 1.0);
        QVERIFY(!viewer.canvas()->picture().isNull());
        viewer.beginRun(newHistory(), {32, 32}, false);
        viewer.endRun(RunEndKind::Failed, 1.0);
        QVERIFY(viewer.canvas()->picture().isNull());
    }

    void aStepIsSavedInFullOrAskedFor()
    {
        RunViewer viewer;
        const auto history = newHistory();
        viewer.beginRun(history, {32, 32}, false);
        for (int step = 1; step <= 3; ++step)
            viewer.showSnapshot(snapshot(history, 0, step, 3));
        viewer.endRun(RunEndKind::Finished, 1.0);
        QSignalSpy spy(&viewer, &RunViewer::saveStepRequested);
        viewer.goToFrame(1);
        viewer.saveStep();
        QCOMPARE(spy.count(), 1);
        QVERIFY(spy.constLast().at(2).value<QImage>().isNull()); // the approximation is no picture to keep
        QImage full(32, 32, QImage::Format_RGB888);
        full.fill(QColor(77, 77, 77));
        viewer.showDecoded(viewer.currentFrame(), RunViewer::Shown::PredictedOriginal, full);
        viewer.saveStep();
        QVERIFY(spy.constLast().at(2).value<QImage>() == full);
    }

    void aLiveRunKeepsTheOldPictureUntilTheNewOneComes()
    {
        RunViewer viewer;
        const auto history = newHistory();
        viewer.beginRun(history, {32, 32}, false);
        viewer.showSnapshot(snapshot(history, 0, 9, 9));
        viewer.endRun(RunEndKind::Finished, 1.0);
        const auto next = newHistory();
        viewer.beginRun(next, {32, 32}, true);
        QCOMPARE(shade(viewer), shadeOf(0.09));
        viewer.endRun(RunEndKind::Cancelled, 0.0); // by the next movement of the slider
        QCOMPARE(shade(viewer), shadeOf(0.09));
        const auto last = newHistory();
        viewer.beginRun(last, {32, 32}, true);
        viewer.showSnapshot(snapshot(last, 0, 3, 9));
        QCOMPARE(shade(viewer), 3);
    }
};

QTEST_MAIN(TestRunViewer)
#include "test_run_viewer.moc"
