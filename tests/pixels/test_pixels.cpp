#include <cmath>

#include <QTest>

#include "image_files/formats/encode.h"
#include "image_files/metadata/exif.h"
#include "image_files/metadata/picture_metadata.h"
#include "image_files/read_image.h"
#include "pixels/contact_sheet.h"
#include "pixels/resize.h"
#include "studio_support/fake_engine.h"
#include "studio_support/sample_pictures.h"

using namespace unfog;
using namespace unfog::test;

namespace {

PixelImage flat(int widthPx, int heightPx, std::uint8_t level)
{
    return {widthPx, heightPx,
            std::vector<std::uint8_t>(static_cast<std::size_t>(widthPx) * heightPx * 3, level)};
}

PixelImage painted(int widthPx, int heightPx, const std::function<double(int, int)>& level)
{
    PixelImage image{widthPx, heightPx, {}};
    for (int y = 0; y < heightPx; ++y) {
        for (int x = 0; x < widthPx; ++x)
            image.rgb.insert(image.rgb.end(), 3, static_cast<std::uint8_t>(std::lround(level(x, y))));
    }
    return image;
}

/// Largest and mean difference of two pictures of one size.
std::pair<int, double> difference(const PixelImage& a, const PixelImage& b)
{
    int largest = 0;
    double sum = 0.0;
    for (std::size_t i = 0; i < a.rgb.size(); ++i) {
        const int d = std::abs(a.rgb[i] - b.rgb[i]);
        largest = std::max(largest, d);
        sum += d;
    }
    return {largest, sum / static_cast<double>(a.rgb.size())};
}

std::span<const std::byte> view(const EncodedBytes& bytes)
{
    return std::as_bytes(std::span(bytes));
}

/// There and back.
ExifFields fieldsOf(const ExifTexts& texts)
{
    const EncodedBytes block = exifBlock(texts);
    return readExif(view(block));
}

} // namespace

class TestPixels final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theSameSizeIsTheSamePicture()
    {
        const PixelImage image = fakePicture("fox", 1, 33, 17);
        QVERIFY(resizeLanczos(image, 33, 17) == image);
    }

    void flatPicturesStayFlat_data()
    {
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("height");
        QTest::newRow("smaller") << 13 << 9;
        QTest::newRow("larger") << 200 << 150;
        QTest::newRow("one pixel") << 1 << 1;
        QTest::newRow("narrower and higher") << 10 << 100;
    }

    void flatPicturesStayFlat()
    {
        QFETCH(int, width);
        QFETCH(int, height);
        const PixelImage resized = resizeLanczos(flat(64, 48, 137), width, height);
        QCOMPARE(resized.rgb.size(), std::size_t(width) * height * 3);
        QVERIFY(difference(resized, flat(width, height, 137)).first <= 1);
    }

    void reducingDoesNotAlias()
    {
        // Stripes of one pixel are beyond what a quarter of the size can hold: nothing but their mean may be
        // left.
        const PixelImage stripes = painted(128, 128, [](int x, int) { return x % 2 == 0 ? 0.0 : 255.0; });
        const PixelImage small = resizeLanczos(stripes, 32, 32);
        for (int x = 4; x < 28; ++x)
            QVERIFY2(std::abs(small.rgb[(16 * 32 + static_cast<std::size_t>(x)) * 3] - 127.5) < 6.0,
                     qPrintable(QString::number(small.rgb[(16 * 32 + static_cast<std::size_t>(x)) * 3])));
    }

    void smoothPicturesComeBackFromHalfTheirSize()
    {
        const PixelImage waves = painted(128, 96, [](int x, int y) {
            return 127.5 + 60.0 * std::sin(x * 0.15) + 60.0 * std::cos(y * 0.1);
        });
        const PixelImage back = resizeLanczos(resizeLanczos(waves, 64, 48), 128, 96);
        QVERIFY(difference(back, waves).second < 1.5);
    }

    void coveringCutsTheMiddleOut()
    {
        const PixelImage halves =
            painted(100, 20, [](int x, int) { return x >= 40 && x < 60 ? 200.0 : 10.0; });
        const PixelImage middle = resizeToCover(halves, 20, 20);
        QVERIFY(middle == flat(20, 20, 200));
        QCOMPARE(resizeToCover(halves, 37, 91).heightPx, 91);
    }

    void jpegAndWebpComeBackNearlyTheSame_data()
    {
        QTest::addColumn<bool>("jpeg");
        QTest::addColumn<int>("quality");
        for (const bool jpeg : {true, false}) {
            for (const int quality : {50, 90, 100})
                QTest::addRow("%s %d", jpeg ? "jpeg" : "webp", quality) << jpeg << quality;
        }
    }

    void jpegAndWebpComeBackNearlyTheSame()
    {
        QFETCH(bool, jpeg);
        QFETCH(int, quality);
        const PixelImage image = painted(61, 47, [](int x, int y) { return 2.0 * x + 2.0 * y; });
        const auto bytes = jpeg ? encodeJpeg(image, quality) : encodeWebp(image, quality);
        QVERIFY(bytes);
        const auto back = decodeImage(view(*bytes));
        QVERIFY(back);
        QCOMPARE(back->widthPx, 61);
        QVERIFY(difference(*back, image).second < (quality == 50 ? 8.0 : 3.0));
    }

    void qualityDecidesTheSize()
    {
        const PixelImage image = fakePicture("fox", 1, 128, 128);
        QVERIFY(encodeJpeg(image, 30)->size() < encodeJpeg(image, 95)->size());
        QVERIFY(encodeWebp(image, 30)->size() < encodeWebp(image, 95)->size());
    }

    void picturesTooLargeForTheirFormatAreRefused()
    {
        QVERIFY(!encodeWebp(flat(16384, 1, 0), 80));
        QVERIFY(encodeJpeg(flat(16384, 1, 0), 80));
        QVERIFY(!encodeJpeg(flat(65501, 1, 0), 80));
    }

    void textsComeBackFromExif_data()
    {
        QTest::addColumn<QString>("text");
        QTest::newRow("ascii") << "a fox\nSteps: 4";
        QTest::newRow("one letter") << "a";
        QTest::newRow("every plane") << QStringLiteral("Füchslein 東京 🦊 ﷽");
        QTest::newRow("long") << QString(20000, QLatin1Char('x'));
    }

    void textsComeBackFromExif()
    {
        QFETCH(QString, text);
        const PixelImage image = fakePicture("fox", 1, 33, 21);
        const std::string utf8 = text.toStdString();
        const EncodedBytes exif = exifBlock({utf8, utf8});
        for (const bool jpeg : {true, false}) {
            const auto plain = jpeg ? encodeJpeg(image, 90) : encodeWebp(image, 90);
            const auto bytes = jpeg ? withExifInJpeg(*plain, exif) : withExifInWebp(*plain, exif, 33, 21);
            QVERIFY(bytes);
            const ExifFields fields =
                readExif(findExif(view(*bytes), jpeg ? ImageFormat::Jpeg : ImageFormat::Webp));
            QCOMPARE(fields.userComment, utf8);
            QCOMPARE(fields.texts, std::vector<std::string>{utf8});
            // And the picture is the same as without.
            QVERIFY(*decodeImage(view(*bytes)) == *decodeImage(view(*plain)));
        }
    }

    void exifWithOneTextOrNone()
    {
        QCOMPARE(fieldsOf({"only", ""}).userComment, std::string("only"));
        QCOMPARE(fieldsOf({"", "only"}).texts, std::vector<std::string>{"only"});
        QVERIFY(fieldsOf({}).userComment.empty());
    }

    void illFormedTextBecomesReplacementCharacters()
    {
        const EncodedBytes exif = exifBlock({"a\xFFz\xE6\x9D", ""});
        QCOMPARE(readExif(std::as_bytes(std::span(exif))).userComment, std::string("a\uFFFDz\uFFFD"));
    }

    void textsTooLongForAJpegAreRefused()
    {
        const auto plain = encodeJpeg(flat(8, 8, 0), 90);
        QVERIFY(!withExifInJpeg(*plain, exifBlock({std::string(40000, 'x'), ""})));
        QVERIFY(!withExifInJpeg({1, 2, 3}, {}));
        QVERIFY(!withExifInWebp({1, 2, 3}, {}, 1, 1));
    }

    void aContactSheetShowsEveryPictureOnItsPage()
    {
        ContactSheetLayout layout;
        layout.columns = 3;
        layout.rows = 2;
        layout.tilePx = 32;
        layout.marginPx = 4;
        std::vector<ContactSheetTile> tiles;
        for (int i = 0; i < 8; ++i)
            tiles.push_back({[i] { return flat(64, 32, static_cast<std::uint8_t>(10 + i)); }, "füchslein"});
        QCOMPARE(contactSheetPages(8, layout), 2);
        QCOMPARE(contactSheetPages(6, layout), 1);
        QCOMPARE(contactSheetPages(0, layout), 0);
        const PixelImage first = drawContactSheet(tiles, 0, layout);
        QCOMPARE(first.widthPx, 3 * 36 + 4);
        QCOMPARE(first.heightPx, 2 * (36 + 18) + 4);
        const auto centre = [&](const PixelImage& sheet, int column, int row) {
            const int x = 4 + column * 36 + 16;
            const int y = 4 + row * 54 + 16;
            return int(sheet.rgb[(static_cast<std::size_t>(y) * sheet.widthPx + x) * 3]);
        };
        for (int i = 0; i < 6; ++i)
            QCOMPARE(centre(first, i % 3, i / 3), 10 + i);
        const PixelImage second = drawContactSheet(tiles, 1, layout);
        QCOMPARE(second.widthPx, 2 * 36 + 4); // no wider than it needs
        QCOMPARE(centre(second, 1, 0), 17);
    }

    void aPictureThatCannotBeLoadedLeavesACrossedTile()
    {
        ContactSheetLayout layout;
        layout.tilePx = 32;
        const std::vector<ContactSheetTile> tiles{
            {[]() -> Result<PixelImage> { return fail(ErrorKind::Io, "gone"); }, "gone"}};
        const PixelImage sheet = drawContactSheet(tiles, 0, layout);
        const std::size_t centre = (static_cast<std::size_t>(12 + 16) * sheet.widthPx + 12 + 16) * 3;
        QVERIFY(sheet.rgb[centre] < 100);
    }
};

QTEST_GUILESS_MAIN(TestPixels)
#include "test_pixels.moc"
