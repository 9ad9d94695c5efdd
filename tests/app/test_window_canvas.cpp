#include <cmath>

#include <QComboBox>
#include <QDockWidget>
#include <QFileDialog>
#include <QPointer>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QTest>
#include <QToolButton>

#include "app/window_fixture.h"
#include "image_files/metadata/picture_metadata.h"
#include "widgets/canvas/canvas_view.h"
#include "widgets/canvas/full_screen_image.h"
#include "widgets/controllers/live_mode.h"
#include "widgets/create/generate_panel.h"
#include "widgets/fields/elided_label.h"
#include "widgets/gallery/gallery_panel.h"
#include "widgets/gallery/thumbnail_grid.h"
#include "widgets/notices/notice_bar.h"

using namespace unfog;
using namespace unfog::test;

namespace {

void setForm(WindowFixture& fixture, const std::string& prompt, int count = 1)
{
    GenerationRequest request = fixture.window().form().request();
    request.prompts.positive = prompt;
    request.sampler.steps = 4;
    request.canvas.widthPx = request.canvas.heightPx = 64;
    request.output.count = count;
    fixture.window().form().setRequest(request);
}

void generate(WindowFixture& fixture)
{
    QSignalSpy ended(&fixture.studio().queue(), &JobQueue::runEnded);
    fixture.action("run.generate")->trigger();
    QTRY_COMPARE(ended.count(), 1);
}

double luminance(const QColor& colour)
{
    const auto linear = [](double value) {
        return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) +
           0.0722 * linear(colour.blueF());
}

} // namespace

class TestWindowCanvas final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theStepSliderIsWideWhateverTheDocksTake_data()
    {
        QTest::addColumn<QSize>("size");
        QTest::addColumn<QList<int>>("docks");
        for (const QSize size : {QSize(1024, 700), QSize(1280, 800), QSize(1600, 1000)}) {
            for (const QList<int>& docks :
                 {QList<int>{348, 300}, QList<int>{200, 2000}, QList<int>{2000, 200}})
                QTest::addRow("%d x %d, %d %d", size.width(), size.height(), docks[0], docks[1])
                    << size << docks;
        }
    }
    void theStepSliderIsWideWhateverTheDocksTake()
    {
        QFETCH(QSize, size);
        QFETCH(QList<int>, docks);
        WindowFixture fixture;
        fixture.open();
        MainWindow& window = fixture.window();
        window.resize(size);
        QList<QDockWidget*> widgets;
        for (const char* name : {"formDock", "galleryDock"})
            widgets.append(window.findChild<QDockWidget*>(QLatin1String(name)));
        window.resizeDocks(widgets, docks, Qt::Horizontal);
        setForm(fixture, "many", 12);
        generate(fixture);
        QCoreApplication::processEvents();
        auto& viewer = window.viewer();
        auto* slider = viewer.findChild<QSlider*>();
        QVERIFY2(slider->width() * 2 >= viewer.width(),
                 qPrintable(QStringLiteral("%1 of %2").arg(slider->width()).arg(viewer.width())));
        for (const QWidget* other : viewer.findChildren<QWidget*>()) {
            if (other == slider || !other->isVisible() || other->parentWidget() != slider->parentWidget())
                continue;
            QVERIFY2(!other->geometry().intersects(slider->geometry()), qPrintable(other->accessibleName()));
        }
        auto* choice = viewer.findChild<QComboBox*>();
        QVERIFY(choice->isVisible());
        QVERIFY(choice->width() >= choice->sizeHint().width());
        for (const auto* label : viewer.findChildren<ElidedLabel*>()) {
            if (label->isVisible())
                QVERIFY(label->isElided() == !label->toolTip().isEmpty());
            if (label->isVisible() && label->parentWidget() == choice->parentWidget())
                QVERIFY(!label->geometry().intersects(choice->geometry()));
        }
    }

    void noticesDoNotMoveTheCanvas()
    {
        WindowFixture fixture;
        fixture.open();
        setForm(fixture, "still");
        generate(fixture);
        const auto* canvas = fixture.window().viewer().canvas();
        const QRect before(canvas->mapTo(&fixture.window(), QPoint()), canvas->size());
        const double zoom = canvas->zoom();
        for (int number = 0; number < 4; ++number)
            fixture.window().notices().announce(NoticeBar::Kind::Problem,
                                                QStringLiteral("%1 words ").arg(number).repeated(40));
        QCoreApplication::processEvents();
        QCOMPARE(QRect(canvas->mapTo(&fixture.window(), QPoint()), canvas->size()), before);
        QCOMPARE(canvas->zoom(), zoom);
    }

    void stopIsDeadWhenNothingRuns()
    {
        WindowFixture fixture;
        fixture.open();
        QTRY_VERIFY(!fixture.action("run.stop")->isEnabled());
        setForm(fixture, "live");
        fixture.action("run.live")->trigger();
        QTRY_COMPARE(fixture.engine().runCount(), 1);
        QTRY_VERIFY(!fixture.studio().worker().isRunning());
        QTRY_VERIFY(!fixture.action("run.stop")->isEnabled()); // live mode waits, nothing runs
        fixture.engine().holdBeforeStep(0, 2);
        setForm(fixture, "live again");
        QTRY_VERIFY(fixture.studio().worker().isRunning());
        QVERIFY(fixture.engine().waitUntilHeld());
        QTRY_VERIFY(fixture.action("run.stop")->isEnabled());
        fixture.action("run.live")->trigger(); // off, in the middle of a run
        fixture.engine().release();
        QTRY_VERIFY(!fixture.studio().worker().isRunning());
        QTRY_VERIFY(!fixture.action("run.stop")->isEnabled());
    }

    void detailsFollowTheResultWhichLeadsBackToItsSteps()
    {
        WindowFixture fixture;
        fixture.open();
        auto& viewer = fixture.window().viewer();
        auto& gallery = fixture.window().gallery();
        for (const char* prompt : {"first", "second"}) {
            setForm(fixture, prompt);
            generate(fixture);
            QTRY_VERIFY(gallery.currentDetails() &&
                        gallery.currentDetails()->entry.prompt == QLatin1String(prompt));
            QCOMPARE(viewer.current().kind(), CurrentImage::Kind::Result);
        }
        auto* grid = gallery.grid();
        grid->setFocus();
        grid->setCurrentIndex(grid->model()->index(1, 0));
        QTRY_COMPARE(viewer.current().kind(), CurrentImage::Kind::Gallery);
        QVERIFY(!fixture.action("steps.next")->isEnabled());
        QVERIFY(!viewer.findChild<QSlider*>()->isEnabled());
        grid->setCurrentIndex(grid->model()->index(0, 0));
        QTRY_COMPARE(viewer.current().kind(), CurrentImage::Kind::Result);
        QVERIFY(fixture.action("steps.next")->isEnabled());
    }

    void runAgainShowsStepsAndMakesNoFile()
    {
        WindowFixture fixture;
        fixture.open();
        for (const char* prompt : {"first", "second"}) {
            setForm(fixture, prompt);
            generate(fixture);
        }
        auto* grid = fixture.window().gallery().grid();
        QTRY_COMPARE(grid->model()->rowCount(), 2);
        grid->setFocus();
        grid->setCurrentIndex(grid->model()->index(1, 0));
        auto& viewer = fixture.window().viewer();
        QTRY_COMPARE(viewer.current().kind(), CurrentImage::Kind::Gallery);
        viewer.findChild<QToolButton*>(QStringLiteral("runAgain"))->click();
        QTRY_COMPARE(fixture.engine().runCount(), 3);
        QCOMPARE(fixture.engine().requests().back().prompts.positive, std::string("first"));
        QTRY_VERIFY(viewer.hasSteps() && !fixture.studio().worker().isRunning());
        fixture.studio().saver().drain();
        QCoreApplication::processEvents();
        QCOMPARE(grid->model()->rowCount(), 2);
        QCOMPARE(viewer.current().badge(), QStringLiteral("Result")); // the same pixels as in the gallery
        QTRY_COMPARE(fixture.window().gallery().currentDetails()->entry.prompt, QStringLiteral("first"));
    }

    void theImageIsShownFullScreen_data()
    {
        QTest::addColumn<bool>("byDoubleClick");
        QTest::addColumn<int>("leave");
        QTest::newRow("F11, Escape") << false << int(Qt::Key_Escape);
        QTest::newRow("F11 twice") << false << int(Qt::Key_F11);
        QTest::newRow("double click twice") << true << 0;
    }
    void theImageIsShownFullScreen()
    {
        QFETCH(bool, byDoubleClick);
        QFETCH(int, leave);
        WindowFixture fixture;
        fixture.open();
        setForm(fixture, "large");
        generate(fixture);
        auto& viewer = fixture.window().viewer();
        QCOMPARE(fixture.action("view.image-full-screen")->shortcut(), QKeySequence(Qt::Key_F11));
        if (byDoubleClick)
            QTest::mouseDClick(viewer.canvas(), Qt::LeftButton);
        else
            fixture.action("view.image-full-screen")->trigger();
        QPointer<FullScreenImage> full = fixture.window().findChild<FullScreenImage*>();
        QVERIFY(full && full->isFullScreen());
        QCOMPARE(full->view()->picture(), viewer.canvas()->picture());
        QTest::keyClick(full->view(), Qt::Key_Left);
        QCOMPARE(viewer.current().badge(), QStringLiteral("Step 3 of 4"));
        QCOMPARE(full->view()->picture(), viewer.canvas()->picture());
        if (leave != 0)
            QTest::keyClick(full->view(), static_cast<Qt::Key>(leave));
        else
            QTest::mouseDClick(full->view(), Qt::LeftButton);
        QTRY_VERIFY(full.isNull());
    }

    void aCopyIsSavedAsWhatItsNameSays_data()
    {
        QTest::addColumn<QString>("suffix");
        for (const char* suffix : {"png", "jpg", "webp"})
            QTest::newRow(suffix) << QString::fromLatin1(suffix);
    }
    void aCopyIsSavedAsWhatItsNameSays()
    {
        QFETCH(QString, suffix);
        WindowFixture fixture;
        fixture.open();
        setForm(fixture, "a/b: copy?");
        generate(fixture);
        QTRY_VERIFY(fixture.window().gallery().currentDetails());
        const quint64 seed = fixture.window().gallery().currentDetails()->entry.seed;
        fixture.action("file.save-copy")->trigger();
        auto* dialog = fixture.window().findChild<QFileDialog*>();
        QVERIFY(dialog);
        QCOMPARE(dialog->nameFilters().size(), 3);
        const QString name = QFileInfo(dialog->selectedFiles().value(0)).fileName();
        QVERIFY2(name.contains(QStringLiteral("copy")) && name.contains(QString::number(seed)),
                 qPrintable(name));
        const QString file = fixture.folder() + QStringLiteral("/saved.") + suffix;
        Q_EMIT dialog->fileSelected(file);
        dialog->close();
        QTRY_VERIFY(QFileInfo::exists(file));
        const auto metadata = readPictureMetadata(file.toStdString());
        QVERIFY(metadata && metadata->request);
        QCOMPARE(metadata->request->prompts.positive, std::string("a/b: copy?"));
        QCOMPARE(metadata->request->output.seed, seed);
    }

    void aLockedSeedAsksBeforeTheSameImageIsMadeAgain_data()
    {
        QTest::addColumn<int>("first");
        QTest::addColumn<int>("second");
        QTest::addColumn<QString>("answer");
        QTest::addColumn<int>("files");
        QTest::newRow("anyway") << 1 << 1 << QStringLiteral("Generate anyway") << 2;
        QTest::newRow("new seed") << 1 << 1 << QStringLiteral("New seed") << 2;
        QTest::newRow("cancel") << 1 << 1 << QStringLiteral("Cancel") << 1;
        QTest::newRow("a batch that holds it") << 1 << 3 << QStringLiteral("Cancel") << 1;
        QTest::newRow("one of a batch") << 3 << 1 << QStringLiteral("Cancel") << 3;
    }
    void aLockedSeedAsksBeforeTheSameImageIsMadeAgain()
    {
        QFETCH(int, first);
        QFETCH(int, second);
        QFETCH(QString, answer);
        QFETCH(int, files);
        WindowFixture fixture;
        fixture.open();
        setForm(fixture, "a \"quoted\" fox", first);
        fixture.window().form().setSeedLocked(true);
        generate(fixture);
        auto* grid = fixture.window().gallery().grid();
        QTRY_COMPARE(grid->model()->rowCount(), first);
        setForm(fixture, "a \"quoted\" fox", second);
        fixture.window().form().setSeedLocked(true);
        fixture.action("run.generate")->trigger();
        QVERIFY(!fixture.studio().worker().isRunning());
        QVERIFY2(fixture.window().notices().text().contains(QStringLiteral("already")),
                 qPrintable(fixture.window().notices().text()));
        for (auto* push : fixture.window().notices().findChildren<QPushButton*>()) {
            if (push->text() == answer)
                push->click();
        }
        QTRY_VERIFY(!fixture.studio().worker().isRunning() && fixture.studio().queue().waitingCount() == 0);
        QTRY_COMPARE(grid->model()->rowCount(), files);
        setForm(fixture, "another fox", second);
        fixture.window().form().setSeedLocked(true);
        fixture.action("run.generate")->trigger(); // nothing to ask
        QTRY_COMPARE(grid->model()->rowCount(), files + second);
    }

    void whereImagesAreSavedIsSaidOnce()
    {
        WindowFixture fixture;
        fixture.open();
        int said = 0;
        const auto count = [&] {
            fixture.studio().saver().drain();
            QCoreApplication::processEvents();
            said += fixture.window().notices().text().startsWith(QStringLiteral("Saved in ")) ? 1 : 0;
            while (fixture.window().notices().count() > 0)
                fixture.window().notices().findChildren<QToolButton*>().constLast()->click();
        };
        for (int number = 0; number < 2; ++number) {
            setForm(fixture, "first");
            generate(fixture);
            count();
        }
        QCOMPARE(said, 1);
    }

    void keepSavesTheLiveImageOnce()
    {
        WindowFixture fixture;
        fixture.open();
        setForm(fixture, "live");
        fixture.action("run.live")->trigger();
        auto& viewer = fixture.window().viewer();
        auto* keep = viewer.findChild<QToolButton*>(QStringLiteral("keep"));
        QTRY_VERIFY(keep->isVisible());
        QCOMPARE(viewer.current().badge(), QStringLiteral("Live – not saved"));
        keep->click();
        QVERIFY(!keep->isVisible());
        QCOMPARE(viewer.current().badge(), QStringLiteral("Result"));
        QTRY_COMPARE(fixture.window().gallery().grid()->model()->rowCount(), 1);
    }

    void theMainButtonShowsItsKeyAndIsReadable_data()
    {
        QTest::addColumn<bool>("dark");
        QTest::newRow("light") << false;
        QTest::newRow("dark") << true;
    }
    void theMainButtonShowsItsKeyAndIsReadable()
    {
        QFETCH(bool, dark);
        WindowFixture fixture;
        fixture.open();
        QPushButton* button = nullptr;
        for (auto* push : fixture.window().findChildren<QPushButton*>()) {
            if (push->accessibleName() == QStringLiteral("Generate"))
                button = push;
        }
        QVERIFY(button);
        QVERIFY2(button->text().contains(
                     fixture.action("run.generate")->shortcut().toString(QKeySequence::NativeText)),
                 qPrintable(button->text()));
        fixture.window().actions().setShortcut(QStringLiteral("run.generate"), Qt::Key_F12);
        QVERIFY2(button->text().endsWith(QStringLiteral("F12")), qPrintable(button->text()));
        QVERIFY(1.05 / (luminance(Theme::primary(dark)) + 0.05) >= 4.5);
    }
};

QTEST_MAIN(TestWindowCanvas)
#include "test_window_canvas.moc"
