#include <QTest>

#include "widgets/canvas/canvas_geometry.h"

using unfog::CanvasGeometry;

class TestCanvasGeometry final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void fitShowsTheWholePicture_data()
    {
        QTest::addColumn<QSizeF>("viewport");
        QTest::addColumn<QSize>("picture");
        QTest::addColumn<double>("ratio");
        QTest::newRow("square in wide") << QSizeF(800, 400) << QSize(512, 512) << 1.0;
        QTest::newRow("small picture is enlarged") << QSizeF(800, 600) << QSize(64, 64) << 1.0;
        QTest::newRow("portrait") << QSizeF(640, 560) << QSize(512, 768) << 1.0;
        QTest::newRow("two device pixels a pixel") << QSizeF(640, 560) << QSize(1024, 512) << 2.0;
        QTest::newRow("one and a half") << QSizeF(641, 557) << QSize(333, 111) << 1.5;
    }
    void fitShowsTheWholePicture()
    {
        QFETCH(QSizeF, viewport);
        QFETCH(QSize, picture);
        QFETCH(double, ratio);
        CanvasGeometry geometry;
        geometry.setViewport(viewport, ratio);
        geometry.setPictureSize(picture);
        const QRectF rect = geometry.pictureRect();
        QVERIFY(QRectF(QPointF(0, 0), viewport).contains(rect));
        QVERIFY(std::abs(rect.center().x() - viewport.width() / 2) <= 1.0 / ratio);
        QVERIFY(std::abs(rect.center().y() - viewport.height() / 2) <= 1.0 / ratio);
        QVERIFY(std::abs(rect.width() / rect.height() - double(picture.width()) / picture.height()) < 1e-9);
    }

    void fitEnlargesFourTimesAtMost_data()
    {
        QTest::addColumn<int>("side");
        QTest::addColumn<double>("ratio");
        QTest::addColumn<double>("zoom");
        QTest::newRow("a small model's") << 128 << 1.0 << 4.0;
        QTest::newRow("a thumbnail") << 8 << 1.0 << 4.0;
        QTest::newRow("two device pixels a pixel") << 128 << 2.0 << 4.0;
        QTest::newRow("just at it") << 188 << 1.0 << 4.0;
        QTest::newRow("larger ones fill the canvas") << 512 << 1.0 << 752.0 / 512;
    }
    void fitEnlargesFourTimesAtMost()
    {
        QFETCH(int, side);
        QFETCH(double, ratio);
        QFETCH(double, zoom);
        CanvasGeometry geometry;
        geometry.setViewport(QSizeF(1000, 800), ratio);
        geometry.setPictureSize({side, side});
        QCOMPARE(geometry.zoom(), zoom);
        geometry.setZoom(9.0, geometry.centre()); // a person may
        QCOMPARE(geometry.zoom(), 9.0);
    }

    void actualSizeIsOneDevicePixelEach_data()
    {
        QTest::addColumn<double>("ratio");
        for (const double ratio : {1.0, 1.25, 1.5, 2.0, 3.0})
            QTest::addRow("ratio %.2f", ratio) << ratio;
    }
    void actualSizeIsOneDevicePixelEach()
    {
        QFETCH(double, ratio);
        CanvasGeometry geometry;
        geometry.setViewport(QSizeF(701, 503), ratio);
        geometry.setPictureSize({512, 384});
        geometry.setZoom(1.0, geometry.centre());
        const QRectF rect = geometry.pictureRect();
        QVERIFY(std::abs(rect.width() * ratio - 512) < 1e-6);
        QVERIFY(std::abs(rect.height() * ratio - 384) < 1e-6);
        QVERIFY(std::abs(rect.x() * ratio - std::round(rect.x() * ratio)) < 1e-6);
        QVERIFY(std::abs(rect.y() * ratio - std::round(rect.y() * ratio)) < 1e-6);
    }

    void zoomKeepsThePointUnderThePointer()
    {
        CanvasGeometry geometry;
        geometry.setViewport(QSizeF(800, 600), 1.0);
        geometry.setPictureSize({512, 512});
        const QPointF anchor(500, 350);
        const QPointF before = geometry.toPicture(anchor);
        geometry.zoomBy(4.0, anchor);
        const QPointF after = geometry.toPicture(anchor);
        QVERIFY(std::abs(after.x() - before.x()) < 1.0 / geometry.zoom());
        QVERIFY(std::abs(after.y() - before.y()) < 1.0 / geometry.zoom());
        QVERIFY(!geometry.isFit());
    }

    void zoomStaysInItsRange()
    {
        CanvasGeometry geometry;
        geometry.setViewport(QSizeF(800, 600), 1.0);
        geometry.setPictureSize({512, 512});
        geometry.setZoom(1e9, geometry.centre());
        QCOMPARE(geometry.zoom(), CanvasGeometry::maximumZoom);
        geometry.setZoom(0.0, geometry.centre());
        QCOMPARE(geometry.zoom(), CanvasGeometry::minimumZoom);
    }

    void panCanNotLoseThePicture()
    {
        CanvasGeometry geometry;
        geometry.setViewport(QSizeF(800, 600), 1.0);
        geometry.setPictureSize({512, 512});
        geometry.setZoom(2.0, geometry.centre());
        geometry.panBy({1e6, -1e6});
        QVERIFY(geometry.pictureRect().intersects(QRectF(0, 0, 800, 600)));
    }

    void panMovesByWhatThePointerMoved()
    {
        CanvasGeometry geometry;
        geometry.setViewport(QSizeF(800, 600), 2.0);
        geometry.setPictureSize({512, 512});
        geometry.setZoom(4.0, geometry.centre());
        const QPointF before = geometry.pictureRect().topLeft();
        geometry.panBy({20, -12});
        const QPointF moved = geometry.pictureRect().topLeft() - before;
        QVERIFY(std::abs(moved.x() - 20) <= 0.5 && std::abs(moved.y() + 12) <= 0.5);
    }

    void anotherPictureOfTheRunKeepsTheView()
    {
        CanvasGeometry geometry;
        geometry.setViewport(QSizeF(800, 600), 1.0);
        geometry.setPictureSize({512, 512});
        geometry.setZoom(3.0, QPointF(100, 100));
        const QRectF before = geometry.pictureRect();
        geometry.setPictureSize({512, 512});
        QCOMPARE(geometry.pictureRect(), before);
    }

    void nothingIsDividedByNothing()
    {
        CanvasGeometry geometry;
        geometry.setViewport(QSizeF(0, 0), 0.0);
        geometry.setZoom(2.0, {});
        geometry.panBy({1, 1});
        QVERIFY(std::isfinite(geometry.zoom()));
        QVERIFY(geometry.toPicture({3, 3}).isNull());
    }
};

QTEST_MAIN(TestCanvasGeometry)
#include "test_canvas_geometry.moc"
