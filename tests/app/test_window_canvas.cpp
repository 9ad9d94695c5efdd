#include <cmath>

#include <QComboBox>
#include <QDockWidget>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QTest>
#include <QToolButton>

#include "app/window_fixture.h"
#include "widgets/canvas_view.h"
#include "widgets/elided_label.h"
#include "widgets/gallery_panel.h"
#include "widgets/generate_panel.h"
#include "widgets/live_mode.h"
#include "widgets/notice_bar.h"
#include "widgets/thumbnail_grid.h"

using namespace unfog;
using namespace unfog::test;

namespace {

void setForm(WindowFixture& fixture, const std::string& prompt, int count = 1)
{
    GenerationRequest request = fixture.window().form().request();
    request.prompt = prompt;
    request.sampler.steps = 4;
    request.widthPx = request.heightPx = 64;
    request.count = count;
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
        QCOMPARE(fixture.engine().requests().back().prompt, std::string("first"));
        QTRY_VERIFY(viewer.hasSteps() && !fixture.studio().worker().isRunning());
        fixture.studio().saver().drain();
        QCoreApplication::processEvents();
        QCOMPARE(grid->model()->rowCount(), 2);
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
