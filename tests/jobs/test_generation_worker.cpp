#include <QSignalSpy>
#include <QTest>
#include <QThread>

#include "jobs/generation_worker.h"
#include "studio_support/fake_engine.h"
#include "studio_support/sample_pictures.h"

using namespace unfog;
using namespace unfog::test;

namespace {

/// A worker on a fake engine, and everything it said.
struct Bench {
    std::shared_ptr<FakeControl> control = std::make_shared<FakeControl>();
    std::unique_ptr<GenerationWorker> worker;
    std::unique_ptr<QSignalSpy> ended;
    std::unique_ptr<QSignalSpy> images;
    std::unique_ptr<QSignalSpy> progress;
    std::unique_ptr<QSignalSpy> modelReady;
    std::unique_ptr<QSignalSpy> modelFailed;
    std::unique_ptr<QSignalSpy> modelCancelled;
    std::unique_ptr<QSignalSpy> decoded;
    std::unique_ptr<QSignalSpy> decodeFailed;

    explicit Bench(RequestPreparer preparer = {})
    {
        worker = std::make_unique<GenerationWorker>(
            [control = control] { return std::make_unique<FakeEngine>(control); }, std::move(preparer));
        GenerationWorker* raw = worker.get();
        ended = std::make_unique<QSignalSpy>(raw, &GenerationWorker::ended);
        images = std::make_unique<QSignalSpy>(raw, &GenerationWorker::imageFinished);
        progress = std::make_unique<QSignalSpy>(raw, &GenerationWorker::progressAvailable);
        modelReady = std::make_unique<QSignalSpy>(raw, &GenerationWorker::modelReady);
        modelFailed = std::make_unique<QSignalSpy>(raw, &GenerationWorker::modelFailed);
        modelCancelled = std::make_unique<QSignalSpy>(raw, &GenerationWorker::modelCancelled);
        decoded = std::make_unique<QSignalSpy>(raw, &GenerationWorker::decoded);
        decodeFailed = std::make_unique<QSignalSpy>(raw, &GenerationWorker::decodeFailed);
    }

    RunEnd end(int index = 0) const { return ended->at(index).at(0).value<RunEnd>(); }
    GeneratedImagePtr image(int index) const { return images->at(index).at(1).value<GeneratedImagePtr>(); }

    bool waitForEnd(int count = 1) const
    {
        return QTest::qWaitFor([&] { return ended->count() >= count; }, 10000);
    }
};

} // namespace

class TestGenerationWorker final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aRunEndsOnceWithItsPictures()
    {
        Bench bench;
        bench.worker->run(7, sampleRequest("fox", 5, 4, 3));
        QVERIFY(bench.worker->isRunning());
        QVERIFY(bench.waitForEnd());
        QTest::qWait(0);
        QCOMPARE(bench.ended->count(), 1);
        QCOMPARE(bench.end().job, JobId(7));
        QCOMPARE(bench.end().kind, RunEndKind::Finished);
        QCOMPARE(bench.end().imagesFinished, 3);
        QVERIFY(!bench.end().stoppedEarly);
        QCOMPARE(bench.images->count(), 3);
        QCOMPARE(bench.image(2)->request.output.seed, std::uint64_t(7));
        QVERIFY(!bench.worker->isRunning());
    }

    void signalsArriveOnTheCallersThread()
    {
        Bench bench;
        QThread* seen = nullptr;
        connect(
            bench.worker.get(), &GenerationWorker::imageFinished, this,
            [&] { seen = QThread::currentThread(); }, Qt::DirectConnection);
        bench.worker->run(1, sampleRequest("fox"));
        QVERIFY(bench.waitForEnd());
        QCOMPARE(seen, QThread::currentThread());
    }

    void cancelStopsBeforeTheNextStep_data()
    {
        QTest::addColumn<int>("image");
        QTest::addColumn<int>("step");
        for (int image = 0; image < 2; ++image) {
            for (int step = 1; step <= 4; ++step)
                QTest::addRow("image %d step %d", image, step) << image << step;
        }
    }

    void cancelStopsBeforeTheNextStep()
    {
        QFETCH(int, image);
        QFETCH(int, step);
        Bench bench;
        bench.control->holdBeforeStep(image, step);
        bench.worker->run(1, sampleRequest("fox", 1, 4, 2));
        QVERIFY(bench.control->waitUntilHeld());
        bench.worker->cancelRun();
        // Nothing is released: only the stop token can end this run.
        QVERIFY(bench.waitForEnd());
        QTest::qWait(0);
        QCOMPARE(bench.ended->count(), 1);
        QCOMPARE(bench.end().kind, RunEndKind::Cancelled);
        QCOMPARE(bench.end().imagesFinished,
                 0); // the first image's signal had not been delivered before the cancel
        QCOMPARE(bench.images->count(), 0);
        QVERIFY(!bench.worker->mailbox().take());
    }

    void aPictureThatAppearedBeforeTheCancelStays()
    {
        Bench bench;
        bench.control->holdBeforeStep(1, 1);
        bench.worker->run(1, sampleRequest("fox", 1, 4, 2));
        QVERIFY(bench.images->wait(10000));
        bench.worker->cancelRun();
        QVERIFY(bench.waitForEnd());
        QCOMPARE(bench.end().kind, RunEndKind::Cancelled);
        QCOMPARE(bench.end().imagesFinished, 1);
        QCOMPARE(bench.images->count(), 1);
    }

    void aCancelWhenTheEngineIsThroughShowsNoPicture()
    {
        Bench bench;
        bench.worker->run(1, sampleRequest("fox"));
        // Without the event loop nothing is delivered; the engine's part is over when its engine is idle
        // again.
        while (bench.control->runCount() == 0)
            QThread::yieldCurrentThread();
        bench.worker->cancelRun();
        QVERIFY(bench.waitForEnd());
        QCOMPARE(bench.end().kind, RunEndKind::Cancelled);
        QCOMPARE(bench.images->count(), 0);
    }

    void aCancelBeforeTheRunBeganEndsItOnce()
    {
        Bench bench;
        bench.worker->run(1, sampleRequest("fox"));
        bench.worker->cancelRun();
        QVERIFY(bench.waitForEnd());
        QTest::qWait(0);
        QCOMPARE(bench.ended->count(), 1);
        QCOMPARE(bench.end().kind, RunEndKind::Cancelled);
    }

    void stopAfterThePictureFinishesTheOneAtWork()
    {
        Bench bench;
        bench.control->holdBeforeStep(1, 2);
        bench.worker->run(1, sampleRequest("fox", 1, 4, 5));
        QVERIFY(bench.control->waitUntilHeld());
        bench.worker->stopAfterPicture();
        bench.control->release();
        QVERIFY(bench.waitForEnd());
        QCOMPARE(bench.end().kind, RunEndKind::Finished);
        QVERIFY(bench.end().stoppedEarly);
        QCOMPARE(bench.images->count(), 2);
    }

    void stopAfterTheLastPictureIsAnOrdinaryEnd()
    {
        Bench bench;
        bench.control->holdBeforeStep(0, 4);
        bench.worker->run(1, sampleRequest("fox"));
        QVERIFY(bench.control->waitUntilHeld());
        bench.worker->stopAfterPicture();
        bench.control->release();
        QVERIFY(bench.waitForEnd());
        QCOMPARE(bench.end().kind, RunEndKind::Finished);
        QVERIFY(!bench.end().stoppedEarly);
        QCOMPARE(bench.images->count(), 1);
    }

    void aFailureIsToldOnceAndTheWorkerGoesOn()
    {
        Bench bench;
        bench.control->failBeforeStep(3, {ErrorKind::NonFinite, "The network gave NaN at step 3."});
        bench.worker->run(1, sampleRequest("fox"));
        QVERIFY(bench.waitForEnd());
        QCOMPARE(bench.end().kind, RunEndKind::Failed);
        QCOMPARE(bench.end().errorKind, ErrorKind::NonFinite);
        QCOMPARE(bench.end().error, QStringLiteral("The network gave NaN at step 3."));
        bench.worker->run(2, sampleRequest("fox"));
        QVERIFY(bench.waitForEnd(2));
        QCOMPARE(bench.end(1).kind, RunEndKind::Finished);
    }

    void anEngineThatThrowsFailsTheJobOnly()
    {
        Bench bench;
        bench.control->throwBeforeStep(2);
        bench.worker->run(1, sampleRequest("fox"));
        QVERIFY(bench.waitForEnd());
        QCOMPARE(bench.end().kind, RunEndKind::Failed);
        QVERIFY(bench.end().error.contains(QLatin1String("thrown by the test")));
        bench.worker->run(2, sampleRequest("fox"));
        QVERIFY(bench.waitForEnd(2));
        QCOMPARE(bench.end(1).kind, RunEndKind::Finished);
    }

    void anEngineThatDoesNotStartFailsTheJob()
    {
        GenerationWorker worker(
            []() -> std::unique_ptr<GenerationEngine> { throw std::runtime_error("no LibTorch"); });
        QSignalSpy ended(&worker, &GenerationWorker::ended);
        worker.run(1, sampleRequest("fox"));
        QVERIFY(ended.wait(10000));
        const auto end = ended.first().first().value<RunEnd>();
        QCOMPARE(end.kind, RunEndKind::Failed);
        QVERIFY(end.error.contains(QLatin1String("no LibTorch")));
    }

    void aRequestThatCannotBePreparedFailsWithoutTheEngine()
    {
        Bench bench(
            [](GenerationRequest) -> Result<GenerationRequest> { return fail(ErrorKind::Io, "no picture"); });
        bench.worker->run(1, sampleRequest("fox"));
        QVERIFY(bench.waitForEnd());
        QCOMPARE(bench.end().kind, RunEndKind::Failed);
        QCOMPARE(bench.control->runCount(), 0);
    }

    void everyStepIsInTheHistory()
    {
        Bench bench;
        bench.worker->run(1, sampleRequest("fox", 1, 6, 2));
        QVERIFY(bench.waitForEnd());
        const StepHistoryPtr history = bench.worker->history();
        QCOMPARE(history->images().size(), std::size_t(2));
        QCOMPARE(history->frames(1).size(), std::size_t(6));
        QCOMPARE(history->model()->path, std::string("/models/starter"));
        bench.worker->run(2, sampleRequest("owl", 1, 3));
        QVERIFY(bench.waitForEnd(2));
        QCOMPARE(bench.worker->history()->frames(0).size(), std::size_t(3));
        QCOMPARE(history->frames(0).size(), std::size_t(6)); // whoever still looks at it keeps it
    }

    void picturesAreTheSameWithPreviewsOnAndOff_data()
    {
        QTest::addColumn<PreviewMode>("mode");
        QTest::newRow("off") << PreviewMode::Off;
        QTest::newRow("approximate") << PreviewMode::Approximate;
        QTest::newRow("full") << PreviewMode::Full;
    }

    void picturesAreTheSameWithPreviewsOnAndOff()
    {
        QFETCH(PreviewMode, mode);
        Bench bench;
        bench.worker->setPreview({mode, 2});
        bench.worker->run(1, sampleRequest("fox", 9));
        QVERIFY(bench.waitForEnd());
        QCOMPARE(bench.image(0)->provenance.pixelSha256,
                 fakeImage(sampleRequest("fox", 9)).provenance.pixelSha256);
        const auto snapshot = bench.worker->mailbox().take();
        QVERIFY(snapshot);
        QCOMPARE(snapshot->progress.step, 4);
        QVERIFY(snapshot->progress.stepsPerSecond > 0.0);
        QCOMPARE(snapshot->picture.isNull(), mode == PreviewMode::Off);
        if (mode != PreviewMode::Off) {
            QCOMPARE(snapshot->pictureStep, 4);
            QCOMPARE(snapshot->pictureIsFull, mode == PreviewMode::Full);
            QCOMPARE(snapshot->picture.width(), mode == PreviewMode::Full ? 64 : 8);
        }
    }

    void preloadTellsTheModel()
    {
        Bench bench;
        bench.worker->preload(sampleRequest("fox"));
        QVERIFY(bench.modelReady->wait(10000));
        QCOMPARE(bench.modelReady->first().first().value<ModelSummary>().family, std::string("Fake"));
        bench.worker->run(1, sampleRequest("fox"));
        QVERIFY(bench.waitForEnd());
        QCOMPARE(bench.control->loadCount(), 1);
    }

    void aPreloadThatFailsSaysWhy()
    {
        Bench bench;
        bench.control->failLoading({ErrorKind::BadFile, "unet: the file is cut."});
        bench.worker->preload(sampleRequest("fox"));
        QVERIFY(bench.modelFailed->wait(10000));
        QCOMPARE(bench.modelFailed->first().first().toString(), QStringLiteral("unet: the file is cut."));
    }

    void aPreloadCanBeCancelled()
    {
        Bench bench;
        bench.control->holdLoading();
        bench.worker->preload(sampleRequest("fox"));
        QVERIFY(bench.control->waitUntilHeld());
        bench.worker->cancelPreload();
        QVERIFY(bench.modelCancelled->wait(10000));
        QCOMPARE(bench.modelReady->count(), 0);
    }

    void theNewestPreloadWins()
    {
        Bench bench;
        bench.control->holdLoading();
        auto request = sampleRequest("fox");
        bench.worker->preload(request);
        QVERIFY(bench.control->waitUntilHeld());
        request.model.path = "/models/second";
        bench.worker->preload(request);
        request.model.path = "/models/third";
        bench.worker->preload(request);
        bench.control->release();
        QVERIFY(QTest::qWaitFor([&] { return bench.modelReady->count() == 1; }, 10000));
        QCOMPARE(bench.modelReady->first().first().value<ModelSummary>().path, std::string("/models/third"));
        QCOMPARE(bench.modelCancelled->count(), 0); // nobody asked to stop: the newest answers for all
    }

    void aRunLetsThePreloadOfItsModelEnd()
    {
        Bench bench;
        bench.control->holdLoading();
        bench.worker->preload(sampleRequest("fox"));
        QVERIFY(bench.control->waitUntilHeld());
        bench.worker->run(1, sampleRequest("fox"));
        bench.control->release();
        QVERIFY(bench.waitForEnd());
        QCOMPARE(bench.end().kind, RunEndKind::Finished);
        QCOMPARE(bench.modelCancelled->count(), 0);
        QCOMPARE(bench.control->loadCount(), 1);
    }

    void aRunCancelsThePreloadOfAnotherModel()
    {
        Bench bench;
        bench.control->holdLoading();
        auto other = sampleRequest("fox");
        other.model.path = "/models/other";
        bench.worker->preload(other);
        QVERIFY(bench.control->waitUntilHeld());
        bench.worker->run(1, sampleRequest("fox"));
        QVERIFY(bench.modelCancelled->wait(10000)); // without release: by its stop token
        bench.control->release();
        QVERIFY(bench.waitForEnd());
        QCOMPARE(bench.end().kind, RunEndKind::Finished);
    }

    void latentsAreDecodedWhenNothingElseIsToDo()
    {
        Bench bench;
        bench.worker->run(1, sampleRequest("fox"));
        QVERIFY(bench.waitForEnd());
        const StepFramePtr frame = bench.worker->history()->newest();
        bench.control->holdBeforeStep(0, 1);
        bench.worker->run(2, sampleRequest("owl"));
        QVERIFY(bench.control->waitUntilHeld());
        bench.worker->decode(frame->sample, "/models/starter");
        const quint64 newest = bench.worker->decode(frame->predictedOriginal, "/models/starter");
        QCOMPARE(bench.control->decodeCount(), 0);
        bench.control->release();
        QVERIFY(bench.decoded->wait(10000));
        QCOMPARE(bench.ended->count(), 2);
        QCOMPARE(bench.decoded->first().first().toULongLong(), newest);
        QCOMPARE(bench.decoded->first().at(1).value<QImage>().size(), QSize(64, 64));
        QCOMPARE(bench.control->decodeCount(), 1);
    }

    void aRunCancelsADecode()
    {
        Bench bench;
        bench.worker->run(1, sampleRequest("fox"));
        QVERIFY(bench.waitForEnd());
        bench.control->holdDecoding();
        const quint64 ticket =
            bench.worker->decode(bench.worker->history()->newest()->sample, "/models/starter");
        QVERIFY(bench.control->waitUntilHeld());
        bench.worker->run(2, sampleRequest("owl"));
        QVERIFY(bench.waitForEnd(2));
        QCOMPARE(bench.decodeFailed->count(), 1);
        QCOMPARE(bench.decodeFailed->first().first().toULongLong(), ticket);
    }

    void aLatentOfAnotherModelIsNotDecoded()
    {
        Bench bench;
        bench.worker->run(1, sampleRequest("fox"));
        QVERIFY(bench.waitForEnd());
        bench.worker->decode(bench.worker->history()->newest()->sample, "/models/other");
        QVERIFY(bench.decodeFailed->wait(10000));
        QCOMPARE(bench.control->decodeCount(), 0);
    }

    void destroyingItWhileItRunsStopsTheEngine_data()
    {
        QTest::addColumn<int>("step");
        QTest::newRow("first step") << 1;
        QTest::newRow("last step") << 4;
    }

    void destroyingItWhileItRunsStopsTheEngine()
    {
        QFETCH(int, step);
        Bench bench;
        bench.control->holdBeforeStep(0, step);
        bench.worker->run(1, sampleRequest("fox"));
        QVERIFY(bench.control->waitUntilHeld());
        QCOMPARE(bench.control->engineCount(), 1);
        bench.worker.reset(); // would never return if the stop did not reach the engine
        QCOMPARE(bench.control->engineCount(), 0);
        QTest::qWait(0);
        QCOMPARE(bench.ended->count(), 0);
    }
};

QTEST_GUILESS_MAIN(TestGenerationWorker)
#include "test_generation_worker.moc"
