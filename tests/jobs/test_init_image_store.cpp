#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include "jobs/init_image_store.h"
#include "jobs/latent_pictures.h"
#include "studio_support/fake_engine.h"
#include "studio_support/sample_pictures.h"

using namespace unfog;
using namespace unfog::test;

class TestInitImageStore final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aKeptPictureIsThereAfterARestart()
    {
        QTemporaryDir folder;
        const QImage picture = toQImage(fakePicture("start", 3, 96, 64));
        const auto kept = InitImageStore(folder.path()).keep(picture, 0.5);
        QVERIFY(kept);
        GenerationRequest request = sampleRequest("fox");
        request.images.start = *kept;
        request.images.start->pixels.reset(); // as it comes out of the journal
        const auto prepared = InitImageStore::prepare(request);
        QVERIFY(prepared);
        QCOMPARE(prepared->images.start->pixels->widthPx, 64);
        QCOMPARE(prepared->images.start->pixels->heightPx, 64);
        QVERIFY(*prepared == request); // everything that decides the picture is as it was

        request.canvas.widthPx = 96;
        QVERIFY(*InitImageStore::prepare(request)->images.start->pixels == fakePicture("start", 3, 96, 64));
    }

    void theSamePictureIsKeptOnce()
    {
        QTemporaryDir folder;
        const InitImageStore store(folder.path());
        const QImage picture = toQImage(fakePicture("start", 3, 32, 32));
        QCOMPARE(store.keep(picture, 0.5)->file, store.keep(picture, 0.9)->file);
        QCOMPARE(QDir(folder.path()).entryList(QDir::Files).size(), 1);
    }

    void anotherPictureUnderTheNameIsRefused()
    {
        QTemporaryDir folder;
        const InitImageStore store(folder.path());
        GenerationRequest request = sampleRequest("fox");
        request.images.start = *store.keep(toQImage(fakePicture("start", 3, 64, 64)), 0.5);
        request.images.start->pixels.reset();
        writeSamplePicture(request.images.start->file, "another");
        const auto prepared = InitImageStore::prepare(request);
        QVERIFY(!prepared);
        QCOMPARE(prepared.error().kind, ErrorKind::BadFile);
    }

    void aMissingFileIsNamed()
    {
        GenerationRequest request = sampleRequest("fox");
        request.images.start = InitImage{"/nowhere/start.png", "", 0.5, nullptr};
        const auto prepared = InitImageStore::prepare(request);
        QVERIFY(!prepared);
        QVERIFY(prepared.error().message.find("/nowhere/start.png") != std::string::npos);
    }

    void aRequestWithoutPictureIsLeftAlone()
    {
        const GenerationRequest request = sampleRequest("fox");
        QVERIFY(*InitImageStore::prepare(request) == request);
    }

    void transparencyIsLaidOnWhite()
    {
        QImage picture(2, 1, QImage::Format_ARGB32);
        picture.setPixelColor(0, 0, QColor(0, 0, 0, 0));
        picture.setPixelColor(1, 0, QColor(255, 0, 0, 255));
        const PixelImage pixels = toPixelImage(picture);
        QCOMPARE(pixels.rgb, (std::vector<std::uint8_t>{255, 255, 255, 255, 0, 0}));
    }

    void picturesSurviveTheWayThroughQt()
    {
        const PixelImage pixels = fakePicture("rows of odd length", 1, 13, 7);
        QVERIFY(toPixelImage(toQImage(pixels)) == pixels);
        QVERIFY(toQImage(PixelImage{}).isNull());
    }

    void aLatentWithoutMapIsShownInFalseColours()
    {
        LatentImage latent{4, 1, 2, {0, 1, -5, 5, 2, 2, 9, 9}};
        const QImage picture = approximatePicture(latent, {});
        QCOMPARE(picture.size(), QSize(2, 1));
        QCOMPARE(picture.pixelColor(0, 0), QColor(0, 0, 0));
        QCOMPARE(picture.pixelColor(1, 0), QColor(255, 255, 0));
    }
};

QTEST_GUILESS_MAIN(TestInitImageStore)
#include "test_init_image_store.moc"
