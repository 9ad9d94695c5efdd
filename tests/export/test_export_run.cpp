#include <QDir>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <atomic>
#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

#include "export/export_manifest.h"
#include "export/exporter.h"
#include "image_files/metadata/picture_metadata.h"
#include "image_files/read_image.h"
#include "studio_support/fake_engine.h"
#include "studio_support/sample_pictures.h"

using namespace unfog;
using namespace unfog::test;

class TestExportRun final : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    QList<ExportItem> m_items;
    ExportPlan m_plan;

    QString path(const QString& name) const { return m_folder->filePath(name); }
    QString out(const QString& name = {}) const { return path(QStringLiteral("out/") + name); }

    QByteArray read(const QString& name) const
    {
        QFile file(name);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }

    void write(const QString& name, const QByteArray& bytes)
    {
        QDir().mkpath(QFileInfo(name).path());
        QFile file(name);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(bytes);
    }

    ExportReport run(std::stop_token stop = {}) { return runExport(m_plan, m_items, stop, {}); }

    QStringList pictures() const
    {
        return QDir(out()).entryList(
            {QStringLiteral("*.png"), QStringLiteral("*.jpg"), QStringLiteral("*.webp")},
            QDir::Files | QDir::Hidden, QDir::Name);
    }

    /// Whole pictures only, and no left-overs.
    void verifyFolder() const
    {
        for (const QString& name : pictures())
            QVERIFY2(readImage(out(name).toStdString()), qPrintable(name));
        QVERIFY(QDir(out()).entryList({QStringLiteral("*.part")}, QDir::Files | QDir::Hidden).isEmpty());
    }

    void verifyFolderBut(const QString& damaged)
    {
        for (const QString& name : pictures())
            QCOMPARE(bool(readImage(out(name).toStdString())), name != damaged);
    }

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_items.clear();
        for (int i = 1; i <= 4; ++i) {
            const QString file = path(QStringLiteral("in/%1.png").arg(i));
            writeSamplePicture(file.toStdString(), "a secretfox number " + std::to_string(i),
                               static_cast<std::uint64_t>(i), 48, 32);
            m_items.append({file, i});
        }
        m_plan = ExportPlan();
        m_plan.folder = out();
        m_plan.nameTemplate = QStringLiteral("{seed:3}-{prompt}");
    }

    void everyFormatKeepsItsMetadata_data()
    {
        QTest::addColumn<ExportFormat>("format");
        QTest::addColumn<bool>("keep");
        for (const bool keep : {true, false}) {
            QTest::addRow("png %d", keep) << ExportFormat::Png << keep;
            QTest::addRow("jpeg %d", keep) << ExportFormat::Jpeg << keep;
            QTest::addRow("webp %d", keep) << ExportFormat::WebP << keep;
        }
    }

    void everyFormatKeepsItsMetadata()
    {
        QFETCH(ExportFormat, format);
        QFETCH(bool, keep);
        m_plan.format = format;
        m_plan.keepMetadata = keep;
        m_plan.nameTemplate = QStringLiteral("{number}");
        const ExportReport report = run();
        QCOMPARE(report.written, 4);
        QVERIFY(report.failures.isEmpty());
        QCOMPARE(report.files.first(), out(QStringLiteral("1.") + suffixOf(format)));
        const auto before = readPictureMetadata(m_items.first().file.toStdString());
        const auto after = readPictureMetadata(report.files.first().toStdString());
        QVERIFY(after);
        if (keep) {
            QCOMPARE(after->source, MetadataSource::Unfog);
            QVERIFY(*after->request == *before->request);
            QVERIFY(*after->provenance == *before->provenance);
            QCOMPARE(after->parametersText, before->parametersText);
            return;
        }
        QCOMPARE(after->source, MetadataSource::None);
        // Nowhere in the folder, in no encoding, is a word of how they were made.
        for (const QString& name : QDir(out()).entryList(QDir::Files)) {
            const QByteArray bytes = read(out(name));
            for (const QByteArray& word :
                 {QByteArray("secretfox"), QByteArray("dpmpp"), QByteArray("starter")}) {
                QVERIFY2(!bytes.contains(word), qPrintable(name));
                QByteArray wide;
                for (const char letter : word)
                    wide.append('\0').append(letter);
                QVERIFY2(!bytes.contains(wide), qPrintable(name));
            }
        }
    }

    void pngPixelsAreExact()
    {
        const ExportReport report = run();
        for (int i = 0; i < 4; ++i)
            QVERIFY(*readImage(report.files[i].toStdString()) == *readImage(m_items[i].file.toStdString()));
    }

    void resizedPicturesHaveTheirSize()
    {
        m_plan.resize.kind = ResizeKind::LongestSide;
        m_plan.resize.longestSidePx = 24;
        m_plan.nameTemplate = QStringLiteral("{width}x{height}-{number}");
        const ExportReport report = run();
        QCOMPARE(QFileInfo(report.files.first()).fileName(), QStringLiteral("24x16-1.png"));
        QCOMPARE(readImage(report.files.first().toStdString())->heightPx, 16);
        m_plan.resize.kind = ResizeKind::Exact;
        m_plan.resize.widthPx = 20;
        m_plan.resize.heightPx = 40;
        QCOMPARE(readImage(run().files.first().toStdString())->heightPx, 40);
    }

    void theManifestsNameEverything()
    {
        run();
        const Manifest manifest = parseManifest(read(out(kManifestJson)));
        QCOMPARE(manifest.entries.size(), std::size_t(4));
        const ManifestEntry& first = manifest.entries.begin()->second;
        QCOMPARE(first.values.prompt, QStringLiteral("a secretfox number 1"));
        QCOMPARE(first.values.stars, 1);
        QCOMPARE(first.sourceName, QStringLiteral("1.png"));
        QVERIFY(first.recordJson.find("secretfox") != std::string::npos);
        QCOMPARE(read(out(kManifestCsv)).count("secretfox"), 4 * 2); // prompt and file name
    }

    void aSecondRunSkipsWhatIsDone_data()
    {
        QTest::addColumn<ClashRule>("clash");
        QTest::addColumn<bool>("manifest");
        for (const bool manifest : {true, false}) {
            QTest::addRow("rename %d", manifest) << ClashRule::Rename << manifest;
            QTest::addRow("skip %d", manifest) << ClashRule::Skip << manifest;
            QTest::addRow("overwrite %d", manifest) << ClashRule::Overwrite << manifest;
        }
    }

    void aSecondRunSkipsWhatIsDone()
    {
        QFETCH(ClashRule, clash);
        QFETCH(bool, manifest);
        m_plan.clash = clash;
        m_plan.manifest = manifest;
        const ExportReport first = run();
        QCOMPARE(first.written, 4);
        const ExportReport second = run();
        QCOMPARE(second.written, 0);
        QCOMPARE(second.skippedDone, 4);
        QCOMPARE(second.files, first.files);
        // What was damaged or taken away is made again; a picture made otherwise too.
        write(first.files[0], "damaged");
        QVERIFY(QFile::remove(first.files[1]));
        const ExportReport third = run();
        QCOMPARE(third.skippedDone, 2);
        QCOMPARE(third.written, clash == ClashRule::Skip ? 1 : 2);
        verifyFolderBut(clash == ClashRule::Overwrite ? QString() : QFileInfo(first.files[0]).fileName());
        m_plan.format = ExportFormat::Jpeg;
        QCOMPARE(run().written, 4);
    }

    void clashes_data()
    {
        QTest::addColumn<ClashRule>("clash");
        QTest::addColumn<int>("written");
        QTest::addColumn<int>("skipped");
        QTest::addColumn<QStringList>("names");
        QTest::newRow("rename") << ClashRule::Rename << 4 << 0
                                << QStringList{"fox-2.png", "fox-3.png", "fox-4.png", "fox-5.png", "fox.png"};
        QTest::newRow("skip") << ClashRule::Skip << 0 << 4 << QStringList{"fox.png"};
        QTest::newRow("overwrite") << ClashRule::Overwrite << 4 << 0
                                   << QStringList{"fox-2.png", "fox-3.png", "fox-4.png", "fox.png"};
    }

    void clashes()
    {
        QFETCH(ClashRule, clash);
        QFETCH(int, written);
        QFETCH(int, skipped);
        QFETCH(QStringList, names);
        write(out(QStringLiteral("fox.png")), "somebody else's");
        m_plan.nameTemplate = QStringLiteral("fox");
        m_plan.clash = clash;
        const ExportReport report = run();
        QCOMPARE(report.written, written);
        QCOMPARE(report.skippedClash, skipped);
        QCOMPARE(pictures(), names);
        QCOMPARE(read(out(QStringLiteral("fox.png"))) == "somebody else's", clash != ClashRule::Overwrite);
    }

    void anOriginalIsNeverOverwritten()
    {
        m_plan.folder = path(QStringLiteral("in"));
        m_plan.nameTemplate = QStringLiteral("{name}");
        m_plan.clash = ClashRule::Overwrite;
        m_plan.resize.kind = ResizeKind::Percent;
        m_plan.resize.percent = 50;
        // One is reached by a link, one by a roundabout way: they are the same files.
        QVERIFY(QFile::link(m_items[0].file, path(QStringLiteral("link.png"))));
        const ExportItem first = m_items[0];
        m_items[0].file = path(QStringLiteral("link.png"));
        m_items[1].file = path(QStringLiteral("in/../in/2.png"));
        const QByteArray before = read(m_items[1].file);
        const QByteArray linked = read(first.file);
        m_plan.nameTemplate = QStringLiteral("{number}");
        const ExportReport report = run();
        QCOMPARE(report.written, 4);
        QVERIFY(report.failures.isEmpty());
        QCOMPARE(read(m_items[1].file), before);
        QCOMPARE(read(first.file), linked);
        for (int number = 1; number <= 4; ++number) {
            QCOMPARE(readImage(path(QStringLiteral("in/%1.png").arg(number)).toStdString())->widthPx, 48);
            QCOMPARE(readImage(path(QStringLiteral("in/%1-2.png").arg(number)).toStdString())->widthPx, 24);
        }
        // Copies of an earlier export are no originals.
        m_plan.resize.percent = 25;
        m_plan.nameTemplate = QStringLiteral("{number}-2");
        QCOMPARE(run().written, 4);
        QCOMPARE(readImage(path(QStringLiteral("in/1-2.png")).toStdString())->widthPx, 12);
    }

    void aGalleryPictureOutsideTheSelectionIsNotOverwritten()
    {
        m_plan.folder = path(QStringLiteral("in/sub"));
        m_plan.nameTemplate = QStringLiteral("fox");
        m_plan.clash = ClashRule::Overwrite;
        write(path(QStringLiteral("in/sub/fox.png")), "another picture of the gallery");
        m_items = m_items.mid(0, 1);
        const ExportReport report = runExport(m_plan, m_items, {}, {}, path(QStringLiteral("in")));
        QCOMPARE(QFileInfo(report.files.constFirst()).fileName(), QStringLiteral("fox-2.png"));
        QCOMPARE(read(path(QStringLiteral("in/sub/fox.png"))), QByteArray("another picture of the gallery"));
    }

    void linksAreNeverFollowed_data()
    {
        QTest::addColumn<ClashRule>("clash");
        QTest::addColumn<bool>("dangling");
        for (const bool dangling : {true, false}) {
            QTest::addRow("rename %d", dangling) << ClashRule::Rename << dangling;
            QTest::addRow("skip %d", dangling) << ClashRule::Skip << dangling;
            QTest::addRow("overwrite %d", dangling) << ClashRule::Overwrite << dangling;
        }
    }

    void linksAreNeverFollowed()
    {
        QFETCH(ClashRule, clash);
        QFETCH(bool, dangling);
        const QString victim = path(QStringLiteral("victim.png"));
        if (!dangling)
            write(victim, "precious");
        QVERIFY(QDir().mkpath(out()));
        for (const QString& name :
             {QStringLiteral("fox.png"), kManifestJson, kManifestCsv, QStringLiteral("contact-sheet.png")})
            QVERIFY(QFile::link(victim, out(name)));
        m_plan.nameTemplate = QStringLiteral("fox");
        m_plan.clash = clash;
        m_plan.contactSheet = true;
        run();
        QCOMPARE(QFile::exists(victim), !dangling);
        if (!dangling)
            QCOMPARE(read(victim), QByteArray("precious"));
    }

    void nothingLeavesTheFolder()
    {
        for (const char* evil :
             {"../{seed}", "/tmp/{seed}", "{prompt}/../../{seed}", "..", "~/{seed}", "a/b/c"}) {
            m_plan.nameTemplate = QLatin1String(evil);
            const ExportReport report = run();
            for (const QString& file : report.files)
                QCOMPARE(QFileInfo(file).canonicalPath(), QFileInfo(out()).canonicalFilePath());
        }
        QCOMPARE(QDir(m_folder->path()).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot),
                 (QStringList{"in", "out"}));
    }

    void aFolderThatIsALinkIsFollowedOnce()
    {
        QVERIFY(QDir().mkpath(path(QStringLiteral("real"))));
        QVERIFY(QFile::link(path(QStringLiteral("real")), out().chopped(1)));
        QCOMPARE(run().written, 4);
        QCOMPARE(QDir(path(QStringLiteral("real"))).entryList({QStringLiteral("*.png")}).size(), 4);
    }

    void unreadablePicturesAreToldAndTheRestIsDone()
    {
        write(m_items[1].file, "no picture");
        m_items[2].file = path(QStringLiteral("absent.png"));
        const ExportReport report = run();
        QCOMPARE(report.written, 2);
        QCOMPARE(report.failures.size(), 2);
        QCOMPARE(report.failures[0].file, m_items[1].file);
        QVERIFY(report.failures[1].message.contains(QLatin1String("absent.png")));
    }

    void aFolderThatCannotBeStopsTheExport()
    {
        write(path(QStringLiteral("file")), "x");
        m_plan.folder = path(QStringLiteral("file/below"));
        const ExportReport report = run();
        QVERIFY(!report.stopped.isEmpty());
        QCOMPARE(report.written, 0);
    }

    void aDamagedManifestIsSetAsideAndNamed()
    {
        for (const char* bytes : {"damaged", "damaged again"}) {
            QVERIFY(QDir().mkpath(m_plan.folder));
            write(out(kManifestJson), bytes);
            const ExportReport report = run();
            QVERIFY2(report.notice.contains(kManifestJson), qPrintable(report.notice));
            QVERIFY(report.stopped.isEmpty());
        }
        QCOMPARE(read(out(kManifestJson) + QLatin1String(".bad")), QByteArray("damaged"));
        QCOMPARE(read(out(kManifestJson) + QLatin1String(".bad-2")), QByteArray("damaged again"));
        QVERIFY(run().notice.isEmpty());
    }

    void cancelKeepsWhatIsDoneAndTheNextRunGoesOn()
    {
        std::stop_source stop;
        const ExportReport first =
            runExport(m_plan, m_items, stop.get_token(), [&](const ExportProgress& progress) {
                if (progress.done == 2)
                    stop.request_stop();
            });
        QVERIFY(first.cancelled);
        QCOMPARE(first.written, 3); // the one at work is finished
        QCOMPARE(parseManifest(read(out(kManifestJson))).entries.size(), std::size_t(3));
        const ExportReport second = run();
        QCOMPARE(second.skippedDone, 3);
        QCOMPARE(second.written, 1);
    }

    void aKillAtAnyMomentLeavesNoTornFileAndTheNextRunGoesOn()
    {
        for (int round = 0; round < 12; ++round) {
            init();
            int progress[2];
            QCOMPARE(::pipe(progress), 0);
            const pid_t child = ::fork();
            QVERIFY(child >= 0);
            if (child == 0) {
                runExport(m_plan, m_items, {}, [&](const ExportProgress&) {
                    if (::write(progress[1], ".", 1) != 1)
                        ::_exit(1);
                });
                ::_exit(0);
            }
            ::close(progress[1]);
            char byte = 0;
            for (int i = 0; i <= round % 4; ++i)
                QCOMPARE(::read(progress[0], &byte, 1), ssize_t(1));
            for (std::atomic<int> spin = 0;
                 spin.fetch_add(1) < round * 100'000;) { // somewhere within the picture
            }
            ::kill(child, SIGKILL);
            int status = 0;
            ::waitpid(child, &status, 0);
            ::close(progress[0]);
            for (const QString& name : pictures())
                QVERIFY2(readImage(out(name).toStdString()), qPrintable(name));
            const ExportReport report = run();
            QCOMPARE(report.written + report.skippedDone, 4);
            QCOMPARE(pictures().size(), 4);
        }
    }

    void aContactSheetIsMadeOnceAndRenewed()
    {
        m_plan.contactSheet = true;
        m_plan.contactSheetTilePx = 32;
        m_plan.contactSheetColumns = 2;
        run();
        const QString sheet = out(QStringLiteral("contact-sheet.png"));
        QCOMPARE(readImage(sheet.toStdString())->widthPx, 2 * (32 + 12) + 12);
        const QByteArray before = read(sheet);
        run();
        QCOMPARE(read(sheet), before);
        m_items.removeLast();
        m_plan.resize.kind = ResizeKind::Percent;
        m_plan.resize.percent = 50;
        run();
        QVERIFY(read(sheet) != before);
        QVERIFY(!QFile::exists(out(QStringLiteral("contact-sheet-2.png"))));
    }

    void aForeignContactSheetIsNotReplaced()
    {
        write(out(QStringLiteral("contact-sheet.png")), "mine");
        m_plan.contactSheet = true;
        run();
        QCOMPARE(read(out(QStringLiteral("contact-sheet.png"))), QByteArray("mine"));
        QVERIFY(QFile::exists(out(QStringLiteral("contact-sheet-2.png"))));
    }

    void namesForTheLivePreviewAreThoseOfTheExport()
    {
        const auto values = nameValuesOf(m_items.first(), m_plan.resize, 1);
        QVERIFY(values);
        const auto name = expandTemplate(m_plan.nameTemplate, *values, suffixOf(m_plan.format));
        QCOMPARE(out(*name), run().files.first());
    }

    void theExporterReportsFromItsThread()
    {
        Exporter exporter;
        QSignalSpy progress(&exporter, &Exporter::progress);
        QSignalSpy finished(&exporter, &Exporter::finished);
        exporter.start(m_plan, m_items);
        QVERIFY(exporter.isRunning());
        QVERIFY(finished.wait(20000));
        QVERIFY(!exporter.isRunning());
        QCOMPARE(finished.first().first().value<ExportReport>().written, 4);
        QCOMPARE(progress.last().first().value<ExportProgress>().done, 4);
        exporter.start(m_plan, m_items);
        exporter.cancel();
        QVERIFY(finished.wait(20000));
    }

    void leavingAnExporterStopsIt()
    {
        for (int i = 0; i < 200; ++i)
            m_items.append(m_items.first());
        {
            Exporter exporter;
            exporter.start(m_plan, m_items);
        }
        verifyFolder();
        QVERIFY(pictures().size() < 200);
    }
};

QTEST_GUILESS_MAIN(TestExportRun)
#include "test_export_run.moc"
