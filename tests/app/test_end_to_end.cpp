// The real window over the real engine and the model that comes with the program.
#include <QAbstractButton>
#include <QDir>
#include <QElapsedTimer>
#include <QJsonArray>
#include <QJsonDocument>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTest>

#include "app/token_counters.h"
#include "app/window_fixture.h"
#include "image_files/metadata/picture_metadata.h"
#include "pipeline/run/sampler_catalog.h"
#include "pipeline/run/torch_engine.h"
#include "widgets/canvas/canvas_view.h"
#include "widgets/create/generate_panel.h"
#include "widgets/export/export_dialog.h"
#include "widgets/gallery/gallery_panel.h"
#include "widgets/gallery/thumbnail_grid.h"

using namespace unfog;
using namespace unfog::test;

namespace {

constexpr int kPatienceMs = 120000; // of a busy machine; every wait ends with what it waits for

FixtureParts realParts()
{
    static const QTemporaryDir cache; // the preview map is fitted once for all tests
    return {[] { return makeTorchEngine({.cacheFolder = cache.path().toStdString()}); }, samplerCatalog(),
            &makeTokenCounter, QStringLiteral(UNFOG_SOURCE_DIR "/models/starter")};
}

/// Presses Generate and waits for the end and for the gallery.
RunEnd generateAndWait(WindowFixture& fixture)
{
    const qint64 before = fixture.studio().store().count();
    QSignalSpy ended(&fixture.studio().queue(), &JobQueue::runEnded);
    fixture.action("run.generate")->trigger();
    // Asked where the same image is in the gallery already.
    for (QAbstractButton* button : fixture.window().findChildren<QAbstractButton*>())
        if (button->text() == QLatin1String("Generate anyway"))
            button->click();
    if (!QTest::qWaitFor([&] { return ended.count() == 1; }, kPatienceMs))
        return {0,
                RunEndKind::Failed,
                ErrorKind::Internal,
                ErrorCause::Unknown,
                QStringLiteral("the run did not end"),
                0,
                false,
                0.0};
    const auto end = ended.constFirst().at(1).value<RunEnd>();
    if (end.kind == RunEndKind::Finished &&
        !QTest::qWaitFor([&] { return fixture.studio().store().count() == before + 1; }, kPatienceMs))
        return {0,
                RunEndKind::Failed,
                ErrorKind::Internal,
                ErrorCause::Unknown,
                QStringLiteral("no picture came"),
                0,
                false,
                0.0};
    return end;
}

void setForm(WindowFixture& fixture, const std::string& prompt, int steps)
{
    GenerationRequest request = fixture.window().form().request();
    request.prompts.positive = prompt;
    request.output.seed = 7;
    request.sampler.steps = steps;
    fixture.window().form().setRequest(request);
    fixture.window().form().setSeedLocked(true);
}

GalleryDetails newestPicture(WindowFixture& fixture)
{
    const auto ids = fixture.studio().store().find({});
    return ids.empty() ? GalleryDetails{}
                       : fixture.studio().store().details(ids.front()).value_or(GalleryDetails{});
}

QByteArray textOf(const QString& file)
{
    QFile opened(file);
    return opened.open(QIODevice::ReadOnly) ? opened.readAll() : QByteArray();
}

} // namespace

class TestEndToEnd final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void fromTypingAPromptToExportedFiles()
    {
        WindowFixture fixture(realParts());
        fixture.open();
        MainWindow& window = fixture.window();
        setForm(fixture, "", 6);
        auto* edit = window.form().promptEditor()->edit();
        QTest::keyClicks(edit, QStringLiteral("a red apple on a blue background"));
        QSignalSpy ended(&fixture.studio().queue(), &JobQueue::runEnded);
        QTest::keyClick(edit, Qt::Key_Return, Qt::ControlModifier);
        QTRY_COMPARE_WITH_TIMEOUT(ended.count(), 1, kPatienceMs);
        const auto end = ended.constFirst().at(1).value<RunEnd>();
        QVERIFY2(end.kind == RunEndKind::Finished, qPrintable(end.error));
        QCOMPARE(window.viewer().frameCount(), 6);

        auto* grid = window.gallery().grid();
        QTRY_COMPARE(grid->model()->rowCount(), 1);
        const GalleryDetails made = newestPicture(fixture);
        QVERIFY(made.request && made.provenance);
        QCOMPARE(made.request->prompts.positive, std::string("a red apple on a blue background"));
        QCOMPARE(made.provenance->pixelSha256.size(), std::size_t{64});
        QCOMPARE(made.provenance->libtorchVersion, libtorchVersion());

        // The background that was asked for: an answer of the model, not of the plumbing.
        const QImage picture(made.entry.file);
        QVERIFY(!picture.isNull());
        const QColor corner = picture.pixelColor(4, 4);
        QVERIFY2(corner.blue() > corner.red() + 60 && corner.blue() > corner.green(),
                 qPrintable(corner.name()));

        ExportDialog* dialog = window.openExport();
        QVERIFY(dialog);
        ExportPlan plan = dialog->plan();
        plan.folder = fixture.folder() + QStringLiteral("/exported");
        plan.nameTemplate = QStringLiteral("{seed}-{prompt:11}");
        plan.format = ExportFormat::Png;
        plan.contactSheet = true;
        dialog->setPlan(plan);
        QSignalSpy exported(dialog, &ExportDialog::exported);
        dialog->start();
        QTRY_COMPARE_WITH_TIMEOUT(exported.count(), 1, kPatienceMs);
        dialog->reject();
        const QDir folder(plan.folder);
        QCOMPARE(
            folder.entryList(QDir::Files, QDir::Name),
            (QStringList{"7-a red apple.png", "contact-sheet.png", "unfog-export.csv", "unfog-export.json"}));
        const auto metadata = readPictureMetadata(folder.filePath("7-a red apple.png").toStdString());
        QVERIFY(metadata);
        QVERIFY(QImage(folder.filePath("7-a red apple.png")) == picture);
        QVERIFY(!QJsonDocument::fromJson(textOf(folder.filePath("unfog-export.json"))).isNull());
        QVERIFY(textOf(folder.filePath("unfog-export.csv")).contains("a red apple on a blue background"));
    }

    void previewsDoNotChangeThePicture()
    {
        WindowFixture fixture(realParts());
        fixture.open();
        setForm(fixture, "a snowman on a white background", 5);
        QStringList hashes;
        for (const PreviewMode mode : {PreviewMode::Off, PreviewMode::Approximate, PreviewMode::Full}) {
            fixture.window().form().setPreview({mode, 1});
            fixture.studio().worker().setPreview({mode, 1});
            QVERIFY(generateAndWait(fixture).kind == RunEndKind::Finished);
            const GalleryDetails made = newestPicture(fixture);
            QVERIFY(made.provenance);
            hashes.append(QString::fromStdString(made.provenance->pixelSha256));
        }
        QCOMPARE(hashes.size(), 3);
        QCOMPARE(hashes.at(1), hashes.at(0));
        QCOMPARE(hashes.at(2), hashes.at(0));
    }

    void aWeightInThePromptChangesThePicture()
    {
        WindowFixture fixture(realParts());
        fixture.open();
        QStringList hashes;
        for (const char* prompt : {"a red apple", "a (red) apple", "a (red:1.1) apple", "a [red] apple"}) {
            setForm(fixture, prompt, 3);
            QVERIFY(generateAndWait(fixture).kind == RunEndKind::Finished);
            hashes.append(QString::fromStdString(newestPicture(fixture).provenance->pixelSha256));
        }
        QVERIFY(hashes.at(0) != hashes.at(1));
        QCOMPARE(hashes.at(1), hashes.at(2));
        QVERIFY(hashes.at(3) != hashes.at(0) && hashes.at(3) != hashes.at(1));
    }

    void stopEndsARunBetweenItsSteps()
    {
        WindowFixture fixture(realParts());
        fixture.open();
        setForm(fixture, "a cat on a green background", 1000);
        QSignalSpy ended(&fixture.studio().queue(), &JobQueue::runEnded);
        fixture.action("run.generate")->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(fixture.window().viewer().frameCount() >= 3, kPatienceMs);
        const int before = fixture.studio().worker().history()->newest()->step;
        QElapsedTimer sinceStop;
        sinceStop.start();
        fixture.action("run.stop")->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(ended.count(), 1, kPatienceMs);
        qInfo("the worker was free %lld ms after Stop", static_cast<long long>(sinceStop.elapsed()));
        QVERIFY(ended.constFirst().at(1).value<RunEnd>().kind == RunEndKind::Cancelled);
        QVERIFY(fixture.studio().worker().history()->newest()->step <= before + 2);
        fixture.studio().saver().drain();
        QCoreApplication::processEvents();
        QCOMPARE(fixture.window().gallery().grid()->model()->rowCount(), 0);
    }

    void closingInARunKeepsTheJobForTheNextStart()
    {
        WindowFixture fixture(realParts());
        fixture.open();
        setForm(fixture, "a tree on a yellow background", 1000);
        fixture.action("run.generate")->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(fixture.window().viewer().frameCount() >= 2, kPatienceMs);
        QElapsedTimer sinceClose;
        sinceClose.start();
        fixture.close();
        qInfo("closed %lld ms after it was asked for", static_cast<long long>(sinceClose.elapsed()));
        fixture.open();
        QCOMPARE(fixture.studio().queue().waitingCount(), 1);
        QVERIFY(fixture.studio().queue().isPaused());
        QCOMPARE(fixture.studio().queue().jobs().constFirst().request.prompts.positive,
                 std::string("a tree on a yellow background"));
        QCOMPARE(fixture.window().gallery().grid()->model()->rowCount(), 0);
    }
};

QTEST_MAIN(TestEndToEnd)
#include "test_end_to_end.moc"
