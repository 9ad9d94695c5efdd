#include <functional>

#include <QTest>

#include "widgets/canvas/current_image.h"

using unfog::CurrentImage;
using Kind = CurrentImage::Kind;
using Side = CurrentImage::Side;

class TestCurrentImage final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theBadgeSaysWhichImageIsMeant_data()
    {
        using Make = std::function<CurrentImage()>;
        QTest::addColumn<Make>("make");
        QTest::addColumn<Kind>("kind");
        QTest::addColumn<QString>("badge");
        const auto run = [](bool live) {
            CurrentImage image;
            image.beginRun(live);
            image.setStep(3, 20);
            return image;
        };
        const auto ended = [run](bool live) {
            CurrentImage image = run(live);
            image.setStep(20, 20);
            image.setImageFinished(true);
            image.endRun(true);
            return image;
        };
        const auto row = [](const char* name, const Make& make, Kind kind, const char* badge) {
            QTest::newRow(name) << make << kind << QString::fromUtf8(badge);
        };
        row(
            "nothing", [] { return CurrentImage(); }, Kind::None, "");
        row(
            "forming", [=] { return run(false); }, Kind::Step, "Step 3 of 20");
        row(
            "finished", [=] { return ended(false); }, Kind::Result, "Result");
        row(
            "live, forming", [=] { return run(true); }, Kind::Live, "Live – not saved");
        row(
            "live, finished", [=] { return ended(true); }, Kind::Live, "Live – not saved");
        row(
            "live, kept",
            [=] {
                CurrentImage image = ended(true);
                image.markKept();
                return image;
            },
            Kind::Result, "Result");
        row(
            "scrubbed",
            [=] {
                CurrentImage image = ended(false);
                image.scrubTo(0, 7, 20, false);
                return image;
            },
            Kind::Step, "Step 7 of 20");
        row(
            "the noisy side of the last step",
            [=] {
                CurrentImage image = ended(false);
                image.setSide(Side::NoisyImage);
                return image;
            },
            Kind::Step, "Step 20 of 20 – noisy image");
        row(
            "gallery",
            [=] {
                CurrentImage image = ended(false);
                image.chooseGallery();
                return image;
            },
            Kind::Gallery, "Gallery");
        row(
            "gallery while a run begins",
            [=] {
                CurrentImage image;
                image.chooseGallery();
                image.beginRun(false);
                return image;
            },
            Kind::Gallery, "Gallery");
    }
    void theBadgeSaysWhichImageIsMeant()
    {
        QFETCH(std::function<CurrentImage()>, make);
        QFETCH(Kind, kind);
        QFETCH(QString, badge);
        const CurrentImage image = make();
        QCOMPARE(image.kind(), kind);
        QCOMPARE(image.badge(), badge);
    }

    void aGalleryImageHasNoSteps()
    {
        CurrentImage image;
        image.beginRun(false);
        image.setStep(3, 20);
        QVERIFY(image.hasSteps());
        image.chooseGallery();
        QVERIFY(!image.hasSteps());
        QVERIFY(image.returnToRun());
        QVERIFY(!image.returnToRun());
        QVERIFY(image.hasSteps());
    }

    void aStoppedRunKeepsTheChosenSide()
    {
        CurrentImage image;
        image.beginRun(false);
        image.setStep(3, 20);
        image.setSide(Side::NoisyImage);
        image.endRun(false);
        QCOMPARE(image.side(), Side::NoisyImage);
        image.beginRun(false);
        image.endRun(true);
        QCOMPARE(image.side(), Side::Prediction);
    }
};

QTEST_MAIN(TestCurrentImage)
#include "test_current_image.moc"
