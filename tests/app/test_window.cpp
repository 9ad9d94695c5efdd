#include <QDir>
#include <QDropEvent>
#include <QFileInfo>
#include <QMimeData>
#include <QPointer>
#include <QSignalSpy>
#include <QTest>
#include <QUrl>

#include "app/window_fixture.h"
#include "studio_support/sample_pictures.h"
#include "widgets/canvas/canvas_view.h"
#include "widgets/controllers/live_mode.h"
#include "widgets/create/generate_panel.h"
#include "widgets/export/export_dialog.h"
#include "widgets/gallery/gallery_panel.h"
#include "widgets/gallery/thumbnail_grid.h"
#include "widgets/notices/notice_bar.h"
#include "widgets/queue/queue_panel.h"

using namespace unfog;
using namespace unfog::test;

namespace {

GenerationRequest quickRequest(WindowFixture& fixture, const std::string& prompt, int steps = 4)
{
    GenerationRequest request = fixture.window().form().request();
    request.prompts.positive = prompt;
    request.sampler.steps = steps;
    request.canvas.widthPx = request.canvas.heightPx = 64;
    return request;
}

int galleryCount(WindowFixture& fixture)
{
    return fixture.window().gallery().grid()->model()->rowCount();
}

} // namespace

class TestWindow final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aTypedPromptBecomesAPictureInTheGallery()
    {
        WindowFixture fixture;
        fixture.open();
        auto* edit = fixture.window().form().promptEditor()->edit();
        QTest::keyClicks(edit, QStringLiteral("a red apple"));
        QSignalSpy ended(&fixture.studio().queue(), &JobQueue::runEnded);
        QTest::keyClick(edit, Qt::Key_Return, Qt::ControlModifier);
        QTRY_COMPARE(ended.count(), 1);
        QTRY_COMPARE(galleryCount(fixture), 1);
        const auto id = fixture.studio().store().find({}).at(0);
        const auto details = fixture.studio().store().details(id);
        QVERIFY(details && details->request);
        QCOMPARE(details->request->prompts.positive, std::string("a red apple"));
        QVERIFY(fixture.window().viewer().hasSteps());
        QVERIFY(!fixture.window().viewer().canvas()->picture().isNull());
        QCOMPARE(fixture.window().form().promptEditor()->history().entries(),
                 QStringList{QStringLiteral("a red apple")});
    }

    void diceAreThrownUnlessTheSeedIsLocked()
    {
        WindowFixture fixture;
        fixture.open();
        GenerationRequest request = quickRequest(fixture, "x");
        request.output.seed = 5;
        fixture.window().form().setRequest(request);
        fixture.window().form().setSeedLocked(true);
        fixture.action("run.generate")->trigger();
        QTRY_COMPARE(fixture.engine().runCount(), 1);
        QCOMPARE(fixture.engine().requests().back().output.seed, std::uint64_t{5});
        fixture.window().form().setSeedLocked(false);
        fixture.action("run.generate")->trigger();
        QTRY_COMPARE(fixture.engine().runCount(), 2);
        QCOMPARE(fixture.engine().requests().back().output.seed,
                 fixture.window().form().request().output.seed);
        QVERIFY(fixture.engine().requests().back().output.seed != 5);
    }

    void stopEndsTheRunAndNoPictureAppears()
    {
        WindowFixture fixture;
        fixture.open();
        fixture.window().form().setRequest(quickRequest(fixture, "stop me", 8));
        fixture.engine().holdBeforeStep(0, 4);
        QSignalSpy ended(&fixture.studio().queue(), &JobQueue::runEnded);
        fixture.action("run.generate")->trigger();
        QVERIFY(fixture.engine().waitUntilHeld());
        QTRY_VERIFY(fixture.action("run.stop")->isEnabled());
        fixture.action("run.stop")->trigger();
        QTRY_COMPARE(ended.count(), 1);
        QCOMPARE(ended.constFirst().at(1).value<RunEnd>().kind, RunEndKind::Cancelled);
        fixture.studio().saver().drain();
        QCoreApplication::processEvents();
        QCOMPARE(galleryCount(fixture), 0);
    }

    void closingWhileAJobRunsKeepsTheQueue()
    {
        WindowFixture fixture;
        fixture.open();
        fixture.window().form().setRequest(quickRequest(fixture, "first", 8));
        fixture.engine().holdBeforeStep(0, 3);
        fixture.action("run.generate")->trigger();
        fixture.action("run.generate")->trigger();
        fixture.action("run.generate")->trigger();
        QVERIFY(fixture.engine().waitUntilHeld());
        QCOMPARE(fixture.studio().queue().jobs().size(), 3);
        fixture.close();
        QCOMPARE(fixture.engine().engineCount(), 0);
        fixture.engine().release();
        fixture.open();
        QCOMPARE(fixture.studio().queue().waitingCount(), 3);
        QVERIFY(fixture.studio().queue().isPaused());
        QVERIFY(fixture.action("queue.pause")->isChecked());
        QSignalSpy idle(&fixture.studio().queue(), &JobQueue::idle);
        fixture.action("queue.pause")->setChecked(false);
        QTRY_COMPARE(idle.count(), 1);
        QTRY_COMPARE(galleryCount(fixture), 3);
    }

    void formAndLayoutComeBack()
    {
        WindowFixture fixture;
        fixture.open();
        GenerationRequest request = quickRequest(fixture, "remember (me:1.2)", 17);
        request.prompts.negative = "fog";
        request.output.seed = 18446744073709551615ULL;
        request.guidance.scale = 3.3;
        request.sampler.scheduler = "ddim";
        request.sampler.spacing = "leading";
        request.sampler.eta = 0.25;
        request.output.count = 4;
        fixture.window().form().setRequest(request);
        fixture.window().form().setSeedLocked(true);
        fixture.window().form().setPreview({PreviewMode::Full, 3});
        fixture.window().theme().setChoice(ThemeChoice::Dark);
        fixture.window().gallery().grid()->setThumbnailSidePx(96);
        fixture.window().actions().setShortcut(QStringLiteral("run.dice"), Qt::Key_F12);
        fixture.action("view.queue")->trigger();
        fixture.window().resize(1111, 777);
        fixture.close();
        fixture.open();
        QVERIFY(fixture.window().form().request() == request);
        QVERIFY(fixture.window().form().isSeedLocked());
        QVERIFY(fixture.window().form().preview() == (PreviewChoice{PreviewMode::Full, 3}));
        QCOMPARE(fixture.window().theme().choice(), ThemeChoice::Dark);
        QVERIFY(fixture.window().theme().isDark());
        QCOMPARE(fixture.window().gallery().grid()->thumbnailSidePx(), 96);
        QCOMPARE(fixture.action("run.dice")->shortcut(), QKeySequence(Qt::Key_F12));
        QVERIFY(!fixture.window().queuePanel().isVisible());
        QCOMPARE(fixture.window().size(), QSize(1111, 777));
    }

    void liveModeShowsTheNewestRequestOnly()
    {
        WindowFixture fixture;
        fixture.open();
        GenerationRequest request = quickRequest(fixture, "live", 6);
        fixture.window().form().setRequest(request);
        fixture.engine().holdBeforeStep(0, 2);
        QSignalSpy pictures(&fixture.studio().worker(), &GenerationWorker::imageFinished);
        fixture.action("run.live")->trigger();
        QTRY_VERIFY(fixture.studio().worker().isRunning());
        QVERIFY(fixture.engine().waitUntilHeld());
        for (int tenth = 20; tenth <= 60; ++tenth) {
            request.guidance.scale = tenth / 10.0;
            fixture.window().form().setRequest(request);
            QCoreApplication::processEvents();
        }
        fixture.engine().release();
        QTRY_VERIFY(!fixture.engine().requests().empty() &&
                    fixture.engine().requests().back().guidance.scale == 6.0);
        QTRY_VERIFY(!fixture.studio().worker().isRunning());
        // One in between may have been quicker than its cancelling; the newest is the last in any case.
        QVERIFY(pictures.count() < fixture.engine().runCount());
        QCOMPARE(pictures.constLast().at(1).value<GeneratedImagePtr>()->request.guidance.scale, 6.0);
        QCOMPARE(galleryCount(fixture), 0); // live pictures come and go …
        fixture.action("run.generate")->trigger();
        QTRY_COMPARE(galleryCount(fixture), 1); // … until one is kept
        QVERIFY(fixture.window().live().isOn());
    }

    void aFailedRunIsSaidAndCanBeTriedAgain()
    {
        WindowFixture fixture;
        fixture.open();
        fixture.window().form().setRequest(quickRequest(fixture, "fails"));
        fixture.engine().failBeforeStep(2, {ErrorKind::NonFinite, "the UNet computed NaN at step 2"});
        fixture.action("run.generate")->trigger();
        QTRY_COMPARE(fixture.window().notices().text(), QStringLiteral("the UNet computed NaN at step 2"));
        QCOMPARE(fixture.studio().queue().jobs().constFirst().state, JobState::Failed);
        const JobId id = fixture.studio().queue().jobs().constFirst().id;
        fixture.studio().queue().retry(id);
        QTRY_COMPARE(fixture.studio().queue().find(id)->state, JobState::Done);
        QTRY_VERIFY(!fixture.window().notices().text().contains(QStringLiteral("NaN")));
    }

    void aModelThatFailsToLoadLeavesTheWindowUsable()
    {
        WindowFixture fixture;
        fixture.open();
        fixture.engine().failLoading({ErrorKind::BadFile, "unet/config.json is missing"});
        GenerationRequest request = fixture.window().form().request();
        request.model.path = fixture.folder().toStdString() + "/other";
        fixture.window().form().setRequest(request);
        QTRY_VERIFY(
            fixture.window().notices().text().startsWith(QStringLiteral("unet/config.json is missing")));
        QVERIFY(fixture.window().notices().text().contains(QStringLiteral("stays chosen")));
        QTRY_COMPARE(fixture.window().form().request().model.path, fixture.modelFolder().toStdString());
    }

    void parametersAreReadFromADroppedPicture()
    {
        WindowFixture fixture;
        fixture.open();
        const QString file = fixture.folder() + QStringLiteral("/dropped.png");
        writeSamplePicture(file.toStdString(), "a lighthouse in the fog", 4711);
        fixture.window().readParameters({file});
        QTRY_COMPARE(fixture.window().form().request().prompts.positive,
                     std::string("a lighthouse in the fog"));
        QCOMPARE(fixture.window().form().request().output.seed, std::uint64_t{4711});
        QVERIFY(fixture.window().form().isSeedLocked());
        QVERIFY(fixture.window().notices().text().contains(QStringLiteral("4711")));
    }

    void starsAndSeedOfASelectedPicture()
    {
        WindowFixture fixture;
        fixture.open();
        fixture.window().form().setRequest(quickRequest(fixture, "keep"));
        fixture.action("run.generate")->trigger();
        QTRY_COMPARE(galleryCount(fixture), 1);
        auto* grid = fixture.window().gallery().grid();
        grid->setCurrentIndex(grid->model()->index(0, 0));
        QTRY_VERIFY(fixture.action("gallery.stars-4")->isEnabled());
        fixture.action("gallery.stars-4")->trigger();
        QTRY_COMPARE(grid->model()->index(0, 0).data(GalleryModel::StarsRole).toInt(), 4);
        QVERIFY(fixture.action("gallery.use-all")->isEnabled());
        fixture.action("gallery.use-seed")->trigger();
        QVERIFY(fixture.window().form().isSeedLocked());
    }

    void exportWritesTheSelection()
    {
        WindowFixture fixture;
        fixture.open();
        for (const char* prompt : {"one", "two"}) {
            fixture.window().form().setRequest(quickRequest(fixture, prompt));
            fixture.action("run.generate")->trigger();
        }
        QTRY_COMPARE(galleryCount(fixture), 2);
        ExportDialog* dialog = fixture.window().openExport();
        ExportPlan plan = dialog->plan();
        plan.folder = fixture.folder() + QStringLiteral("/exported");
        plan.nameTemplate = QStringLiteral("{prompt}-{seed}");
        plan.format = ExportFormat::WebP;
        dialog->setPlan(plan);
        QVERIFY(dialog->plan() == plan);
        QVERIFY2(dialog->namePreview().contains(QStringLiteral("two-")), qPrintable(dialog->namePreview()));
        plan.nameTemplate = QStringLiteral("{nonsense}");
        dialog->setPlan(plan);
        QVERIFY(dialog->namePreview().contains(QStringLiteral("nonsense")));
        plan.nameTemplate = QStringLiteral("{prompt}-{seed}");
        dialog->setPlan(plan);
        QSignalSpy finished(dialog, &ExportDialog::exported);
        dialog->start();
        QTRY_COMPARE(finished.count(), 1);
        QCOMPARE(QDir(plan.folder).entryList({QStringLiteral("*.webp")}).size(), 2);
        QPointer<ExportDialog> gone(dialog);
        dialog->reject();
        QTRY_VERIFY(gone.isNull());
        QCOMPARE(fixture.studio().settings().state().exportPlan.nameTemplate, plan.nameTemplate);
    }

    void everyStepIsDecodedAheadOnce()
    {
        WindowFixture fixture;
        fixture.open();
        fixture.window().form().setRequest(quickRequest(fixture, "scrub", 6));
        QSignalSpy ended(&fixture.studio().queue(), &JobQueue::runEnded);
        fixture.action("run.generate")->trigger();
        QTRY_COMPARE(ended.count(), 1);
        QCOMPARE(fixture.window().viewer().frameCount(), 6);
        QTRY_VERIFY(!fixture.window().viewer().nextUndecoded());
        QCOMPARE(fixture.engine().decodeCount(), 5); // the last step is the picture itself
        fixture.window().viewer().goToFrame(2);
        QCOMPARE(fixture.window().viewer().canvas()->picture().width(), 64);
    }

    void restingOnANoisyStepAsksTheEngine()
    {
        WindowFixture fixture;
        fixture.open();
        fixture.window().form().setRequest(quickRequest(fixture, "scrub", 6));
        QSignalSpy ended(&fixture.studio().queue(), &JobQueue::runEnded);
        fixture.action("run.generate")->trigger();
        QTRY_COMPARE(ended.count(), 1);
        QTRY_VERIFY(!fixture.window().viewer().nextUndecoded());
        fixture.window().viewer().setShown(RunViewer::Shown::Sample);
        fixture.window().viewer().goToFrame(2);
        QTRY_VERIFY(fixture.engine().decodeCount() > 5);
        QTRY_COMPARE(fixture.window().viewer().canvas()->picture().width(), 64);
    }
};

QTEST_MAIN(TestWindow)
#include "test_window.moc"
