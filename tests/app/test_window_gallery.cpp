#include <QDir>
#include <QFile>
#include <QLabel>
#include <QPointer>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>

#include <fstream>

#include "app/window_fixture.h"
#include "image_files/formats/png_file.h"
#include "studio_support/sample_pictures.h"
#include "widgets/create/generate_panel.h"
#include "widgets/export/export_dialog.h"
#include "widgets/gallery/gallery_panel.h"
#include "widgets/gallery/thumbnail_grid.h"
#include "widgets/notices/notice_bar.h"

using namespace unfog;
using namespace unfog::test;

namespace {

QString pictures(const WindowFixture& fixture, const QString& name = {})
{
    return fixture.folder() + QStringLiteral("/pictures/") + name;
}

void writeForeignPicture(const QString& file, const std::string& parameters)
{
    const auto bytes =
        encodePng(fakePicture("foreign", 1, 32, 32), std::vector<PngText>{{"parameters", parameters}});
    QVERIFY(bytes.has_value());
    QFile out(file);
    QVERIFY(out.open(QIODevice::WriteOnly));
    out.write(reinterpret_cast<const char*>(bytes->data()), static_cast<qsizetype>(bytes->size()));
}

QStringList shown(WindowFixture& fixture)
{
    QStringList list;
    const QAbstractItemModel* model = fixture.window().gallery().grid()->model();
    for (int row = 0; row < model->rowCount(); ++row)
        list << model->index(row, 0).data(GalleryModel::PromptRole).toString();
    list.sort();
    return list;
}

void select(WindowFixture& fixture, const QString& prompt)
{
    auto* grid = fixture.window().gallery().grid();
    for (int row = 0; row < grid->model()->rowCount(); ++row) {
        if (grid->model()->index(row, 0).data(GalleryModel::PromptRole).toString() == prompt)
            return grid->setCurrentIndex(grid->model()->index(row, 0));
    }
    QFAIL(qPrintable(prompt));
}

} // namespace

class TestWindowGallery final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        static QTemporaryDir home;
        QVERIFY(QDir(home.path()).mkpath(QStringLiteral("share")));
        qputenv("XDG_DATA_HOME", home.filePath(QStringLiteral("share")).toUtf8());
    }

    void everyMoveToTheTrashCanBeUndone()
    {
        WindowFixture fixture;
        for (int number = 1; number <= 3; ++number)
            writeSamplePicture(pictures(fixture, QStringLiteral("%1.png").arg(number)).toStdString(),
                               "fox " + std::to_string(number), static_cast<std::uint64_t>(number));
        fixture.open();
        QTRY_COMPARE_WITH_TIMEOUT(shown(fixture).size(), 3, 20000);
        QVERIFY(!fixture.action("gallery.undo-trash")->isEnabled());
        fixture.studio().store().trash({}); // nothing to undo comes of it
        for (const char* prompt : {"fox 1", "fox 2"}) {
            const qsizetype before = shown(fixture).size();
            select(fixture, QLatin1String(prompt));
            QTRY_VERIFY(fixture.action("gallery.trash")->isEnabled());
            fixture.action("gallery.trash")->trigger();
            QTRY_COMPARE(shown(fixture).size(), before - 1);
        }
        QTRY_VERIFY(fixture.action("gallery.undo-trash")->isEnabled());
        fixture.action("gallery.undo-trash")->trigger();
        QTRY_COMPARE(shown(fixture), (QStringList{"fox 2", "fox 3"}));
        fixture.action("gallery.undo-trash")->trigger();
        QTRY_COMPARE(shown(fixture), (QStringList{"fox 1", "fox 2", "fox 3"}));
        QVERIFY(!fixture.action("gallery.undo-trash")->isEnabled());
    }

    void whatAForeignTextDoesNotNameIsReset()
    {
        WindowFixture fixture;
        fixture.open();
        GenerationRequest form = fixture.window().form().request();
        form.prompts.positive = "before";
        form.output.seed = 77;
        form.sampler.steps = 33;
        form.sampler.scheduler = "euler";
        form.guidance.scale = 3.5;
        fixture.window().form().setRequest(form);
        const QString file = fixture.folder() + QStringLiteral("/foreign.png");
        writeForeignPicture(file, "a lighthouse\nSteps: 12, Model: dream, RNG: CPU, Hires upscale: 2");
        fixture.window().readParameters({file});
        QTRY_COMPARE(fixture.window().form().request().prompts.positive, std::string("a lighthouse"));
        GenerationRequest expected; // as a new request, but for what the machine decides
        expected.prompts.positive = "a lighthouse";
        expected.sampler.steps = 12;
        expected.model.path = form.model.path;
        expected.output.seed = fixture.window().form().request().output.seed;
        QVERIFY(fixture.window().form().request() == expected);
        QVERIFY(!fixture.window().form().isSeedLocked());
        const QString said = fixture.window().notices().text();
        QVERIFY2(said.contains(QStringLiteral("2 setting(s) ignored")),
                 qPrintable(said)); // the model's name and Hires upscale
        QVERIFY2(said.contains(QStringLiteral("dream")), qPrintable(said));
        QVERIFY2(!said.contains(QStringLiteral("77")), qPrintable(said));
    }

    void aBrokenFileIsSaidWithItsError()
    {
        WindowFixture fixture;
        fixture.open();
        const QString broken = fixture.folder() + QStringLiteral("/broken.png");
        std::ofstream(broken.toStdString()) << "no picture";
        fixture.window().readParameters({broken, fixture.folder() + QStringLiteral("/absent.png")});
        QTRY_COMPARE(fixture.window().notices().count(), 2);
        QVERIFY(fixture.window().notices().text().contains(QStringLiteral("absent.png")));
    }

    void aModelThatIsNotHereIsSaid()
    {
        WindowFixture fixture;
        writeSamplePicture(pictures(fixture, QStringLiteral("1.png")).toStdString(), "fox", 4711);
        fixture.open();
        const std::string present = fixture.window().form().request().model.path;
        QTRY_COMPARE_WITH_TIMEOUT(shown(fixture).size(), 1, 20000);
        select(fixture, QStringLiteral("fox"));
        QTRY_VERIFY(fixture.action("gallery.use-all")->isEnabled());
        fixture.action("gallery.use-all")->trigger();
        QCOMPARE(fixture.window().form().request().output.seed, std::uint64_t{4711});
        QCOMPARE(fixture.window().form().request().model.path, present);
        QVERIFY2(fixture.window().notices().text().contains(QStringLiteral("was not found")),
                 qPrintable(fixture.window().notices().text()));
    }

    void whatCannotBeKeptIsSaid()
    {
        WindowFixture fixture;
        fixture.open();
        Q_EMIT fixture.studio().settings().writeFailed(QStringLiteral("no room for the settings"));
        QCOMPARE(fixture.window().notices().text(), QStringLiteral("no room for the settings"));
        Q_EMIT fixture.studio().queue().journalFailed(QStringLiteral("no room for the queue"));
        QCOMPARE(fixture.window().notices().text(), QStringLiteral("no room for the queue"));
    }

    void anExportClosedWhileItIsFilledIsLeftAlone()
    {
        WindowFixture fixture;
        for (int number = 0; number < 501; ++number)
            writeSamplePicture(pictures(fixture, QStringLiteral("%1.png").arg(number)).toStdString(), "fox",
                               static_cast<std::uint64_t>(number), 8, 8);
        fixture.open();
        QTRY_COMPARE_WITH_TIMEOUT(fixture.window().gallery().grid()->model()->rowCount(), 501, 60000);
        QPointer<ExportDialog> dialog = fixture.window().openExport();
        dialog->reject(); // its second slice is on the way
        QCoreApplication::processEvents();
        QTRY_VERIFY(dialog.isNull());
        dialog = fixture.window().openExport();
        QVERIFY(!dialog->findChild<QPushButton*>(QStringLiteral("start"))->isEnabled());
        QTRY_VERIFY(dialog->findChild<QPushButton*>(QStringLiteral("start"))->isEnabled());
    }
};

QTEST_MAIN(TestWindowGallery)
#include "test_window_gallery.moc"
