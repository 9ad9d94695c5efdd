#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include "base/files/write_file.h"
#include "gallery/picture_file.h"
#include "image_files/formats/png_file.h"
#include "studio_support/fake_engine.h"
#include "studio_support/sample_pictures.h"

using namespace unfog;
using namespace unfog::test;

namespace {

void writeText(const QString& name, const QByteArray& text)
{
    QFile file(name);
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
        qFatal("the test file could not be written");
}

QByteArray readText(const QString& name)
{
    QFile file(name);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

const char* const kForeignSidecar =
    "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\" x:xmptk=\"darktable\">\n"
    " <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n"
    "  <rdf:Description rdf:about=\"\" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" %1>\n"
    "   %2<dc:subject xmlns:dc=\"http://purl.org/dc/elements/1.1/\">fox</dc:subject>\n"
    "  </rdf:Description>\n"
    " </rdf:RDF>\n"
    "</x:xmpmeta>\n";

} // namespace

class TestPictureFile final : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> m_folder;

    QString path(const char* name) const { return m_folder->filePath(QLatin1String(name)); }

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void ownPicturesTellEverything()
    {
        writeSamplePicture(path("a.png").toStdString(), "a fox", 0xFFFF'FFFF'FFFF'FFFEULL, 40, 24);
        const auto entry = readEntry(path("a.png"));
        QVERIFY(entry);
        QCOMPARE(entry->prompt, QStringLiteral("a fox"));
        QCOMPARE(entry->negativePrompt, QStringLiteral("blurry"));
        QCOMPARE(entry->seed, quint64(0xFFFF'FFFF'FFFF'FFFEULL));
        QCOMPARE(entry->model, QStringLiteral("starter"));
        QCOMPARE(entry->scheduler, QStringLiteral("dpmpp-2m"));
        QCOMPARE(entry->steps, 4);
        QCOMPARE(entry->widthPx, 40);
        QCOMPARE(entry->heightPx, 24);
        QCOMPARE(entry->stars, 0);
        QVERIFY(entry->parameters.contains(QLatin1String("Steps: 4")));
        const GalleryDetails details = detailsOf(*entry);
        QCOMPARE(details.request->prompts.positive, std::string("a fox"));
        QCOMPARE(details.provenance->device, std::string("cpu"));
        QCOMPARE(entry->contentHash.toStdString(), details.provenance->pixelSha256);
    }

    void foreignPicturesTellTheirA1111Text()
    {
        const PngText text{"parameters",
                           "an owl\nNegative prompt: dark\nSteps: 25, Sampler: DPM++ 2M, CFG scale: 6.5, "
                           "Seed: 99, Size: 16x8, Model: v1-5"};
        const auto bytes = encodePng(fakePicture("x", 1, 16, 8), std::span(&text, 1));
        QVERIFY(writeFileAtomically(path("b.png").toStdString(), *bytes));
        const auto entry = readEntry(path("b.png"));
        QVERIFY(entry);
        QCOMPARE(entry->prompt, QStringLiteral("an owl"));
        QCOMPARE(entry->seed, quint64(99));
        QCOMPARE(entry->steps, 25);
        QVERIFY(entry->recordJson.isEmpty());
        QCOMPARE(entry->contentHash.size(), 64);
        QCOMPARE(detailsOf(*entry).request->prompts.negative, std::string("dark"));
        QVERIFY(!detailsOf(*entry).provenance);
    }

    void plainPicturesHaveASizeAtLeast()
    {
        const auto bytes = encodePng(fakePicture("x", 1, 16, 8), {});
        QVERIFY(writeFileAtomically(path("c.png").toStdString(), *bytes));
        const auto entry = readEntry(path("c.png"));
        QVERIFY(entry);
        QCOMPARE(entry->widthPx, 16);
        QVERIFY(entry->prompt.isEmpty());
        QVERIFY(!detailsOf(*entry).request);
    }

    void brokenFilesAreErrorsThatNameThem()
    {
        writeText(path("d.png"), "no picture");
        const auto entry = readEntry(path("d.png"));
        QVERIFY(!entry);
        QVERIFY(QString::fromStdString(entry.error().message).contains(QLatin1String("d.png")));
        QVERIFY(!readEntry(path("absent.png")));
    }

    void starsAreKeptBesideThePicture()
    {
        const QString file = path("a.png");
        QCOMPARE(readStars(file), 0);
        for (const int stars : {3, 5, 1}) {
            QVERIFY(writeStars(file, stars));
            QCOMPARE(readStars(file), stars);
        }
        QVERIFY(writeStars(file, 0));
        QVERIFY(!QFile::exists(sidecarFile(file)));
        QVERIFY(writeStars(file, 0));
    }

    void sidecarsOfOtherProgramsKeepTheirContent_data()
    {
        QTest::addColumn<QString>("attribute");
        QTest::addColumn<QString>("element");
        QTest::addColumn<int>("before");
        QTest::newRow("attribute") << "xmp:Rating=\"2\""
                                   << "" << 2;
        QTest::newRow("element") << ""
                                 << "<xmp:Rating>4</xmp:Rating>" << 4;
        QTest::newRow("rejected") << "xmp:Rating=\"-1\""
                                  << "" << 0;
        QTest::newRow("none") << ""
                              << "" << 0;
    }

    void sidecarsOfOtherProgramsKeepTheirContent()
    {
        QFETCH(QString, attribute);
        QFETCH(QString, element);
        QFETCH(int, before);
        const QString file = path("a.png");
        writeText(sidecarFile(file),
                  QString(QLatin1String(kForeignSidecar)).arg(attribute, element).toUtf8());
        QCOMPARE(readStars(file), before);
        for (const int stars : {5, 0, 3}) {
            QVERIFY(writeStars(file, stars));
            QCOMPARE(readStars(file), stars);
            QVERIFY(readText(sidecarFile(file)).contains("/\">fox</dc:subject>"));
        }
    }

    void brokenSidecarsAreNoStars_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("binary") << QByteArray("\x00\xFF<", 3);
        QTest::newRow("cut") << QByteArray(kForeignSidecar).left(60);
        QTest::newRow("deep") << QByteArray("<a>").repeated(200000);
        QTest::newRow("number beyond its type")
            << QByteArray(kForeignSidecar).replace("%1", "xmp:Rating=\"99999999999999\"").replace("%2", "");
    }

    void brokenSidecarsAreNoStars()
    {
        QFETCH(QByteArray, text);
        writeText(sidecarFile(path("a.png")), text);
        QCOMPARE(readStars(path("a.png")), 0);
    }

    void picturesAreKnownByTheirNames()
    {
        QVERIFY(isPictureFile("/x/a.PNG") && isPictureFile("a.jpeg") && isPictureFile("a.webp"));
        QVERIFY(!isPictureFile("a.png.xmp") && !isPictureFile("/x/.hidden.png") && !isPictureFile("png"));
    }
};

QTEST_GUILESS_MAIN(TestPictureFile)
#include "test_picture_file.moc"
