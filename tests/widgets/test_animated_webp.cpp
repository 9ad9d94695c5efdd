#include <QBuffer>
#include <QImageReader>
#include <QTest>

#include "image_files/formats/animated_webp.h"

using namespace unfog;

namespace {

PixelImage filled(int width, int height, std::uint8_t value)
{
    return {width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(width) * height * 3, value)};
}

} // namespace

class TestAnimatedWebp final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void framesComeBackInOrder()
    {
        std::vector<AnimationFrame> frames;
        for (const int value : {0, 90, 180, 255})
            frames.push_back({filled(40, 24, static_cast<std::uint8_t>(value)), 70});
        const auto bytes = encodeAnimatedWebp(frames, 100);
        QVERIFY(bytes.has_value());
        QByteArray data(reinterpret_cast<const char*>(bytes->data()), static_cast<qsizetype>(bytes->size()));
        QBuffer buffer(&data);
        QImageReader reader(&buffer, "webp");
        if (!reader.canRead())
            QSKIP("this Qt has no WebP reader");
        QCOMPARE(reader.imageCount(), 4);
        for (const int value : {0, 90, 180, 255}) {
            const QImage image = reader.read();
            QCOMPARE(image.size(), QSize(40, 24));
            QCOMPARE(qGreen(image.pixel(20, 12)), value);
            QCOMPARE(reader.nextImageDelay(), 70);
        }
    }

    void isAnAnimatedWebp()
    {
        const std::vector<AnimationFrame> frames{{filled(8, 8, 10), 50}, {filled(8, 8, 200), 50}};
        const auto bytes = encodeAnimatedWebp(frames, 80);
        QVERIFY(bytes.has_value());
        const std::string text(bytes->begin(), bytes->end());
        QCOMPARE(text.substr(0, 4), std::string("RIFF"));
        QCOMPARE(text.substr(8, 4), std::string("WEBP"));
        QVERIFY(text.find("ANIM") != std::string::npos);
    }

    void nothingAndMixedSizesAreRefused()
    {
        QVERIFY(!encodeAnimatedWebp({}, 90).has_value());
        const std::vector<AnimationFrame> frames{{filled(8, 8, 0), 50}, {filled(16, 8, 0), 50}};
        const auto bytes = encodeAnimatedWebp(frames, 90);
        QVERIFY(!bytes.has_value());
        QVERIFY(!bytes.error().message.empty());
    }
};

QTEST_MAIN(TestAnimatedWebp)
#include "test_animated_webp.moc"
