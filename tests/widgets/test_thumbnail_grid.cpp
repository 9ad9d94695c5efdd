#include <cmath>

#include <QAbstractListModel>
#include <QElapsedTimer>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>

#include "gallery/gallery_model.h"
#include "widgets/gallery/thumbnail_grid.h"
#include "widgets/window/theme.h"

using namespace unfog;

namespace {

class Rows final : public QAbstractListModel {
public:
    explicit Rows(int count) : m_count(count) {}
    int rowCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : m_count; }
    QVariant data(const QModelIndex& index, int role) const override
    {
        if (role == Qt::DecorationRole)
            ++m_asked;
        if (role == Qt::DecorationRole && m_hasPictures) {
            QImage picture(32, 32, QImage::Format_RGB32);
            picture.fill(m_colour);
            return picture;
        }
        if (role == GalleryModel::MissingRole)
            return m_isMissing;
        return role == Qt::DisplayRole ? QVariant(index.row()) : QVariant();
    }
    void prepend()
    {
        beginInsertRows({}, 0, 0);
        ++m_count;
        endInsertRows();
    }
    mutable int m_asked = 0;
    bool m_hasPictures = false;
    bool m_isMissing = false;
    QColor m_colour = Qt::blue;

private:
    int m_count;
};

} // namespace

class TestThumbnailGrid final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aMissingPictureIsMarkedThoughItsThumbnailIsThere()
    {
        Rows rows(1);
        rows.m_hasPictures = true;
        ThumbnailGrid grid;
        grid.setModel(&rows);
        grid.resize(200, 200);
        grid.show();
        QVERIFY(QTest::qWaitForWindowExposed(&grid));
        const QPoint corner = grid.visualRect(rows.index(0, 0)).topLeft() + QPoint(12, 12);
        QCOMPARE(grid.viewport()->grab().toImage().pixelColor(corner), QColor(Qt::blue));
        rows.m_isMissing = true;
        grid.viewport()->update();
        QVERIFY(grid.viewport()->grab().toImage().pixelColor(corner) != QColor(Qt::blue));
    }

    void theRingOfASelectionIsSeen_data()
    {
        QTest::addColumn<bool>("dark");
        QTest::addColumn<QColor>("colour");
        for (const bool isDark : {false, true}) {
            const QPalette palette = Theme::palette(isDark);
            const std::pair<const char*, QColor> colours[] = {
                {"black", Qt::black},
                {"white", Qt::white},
                {"the accent's own", palette.color(QPalette::Highlight)},
                {"the background's", palette.color(QPalette::Window)}};
            for (const auto& [name, colour] : colours)
                QTest::addRow("%s, %s", isDark ? "dark" : "light", name) << isDark << colour;
        }
    }

    /// Along a line from the middle of the image into the gap beside it there are at least three device
    /// pixels of a colour that stands out (3 : 1) against the background, and they do not touch the image.
    void theRingOfASelectionIsSeen()
    {
        QFETCH(bool, dark);
        QFETCH(QColor, colour);
        Rows rows(4);
        rows.m_hasPictures = true;
        rows.m_colour = colour;
        ThumbnailGrid grid;
        const QPalette palette = Theme::palette(dark);
        grid.setPalette(palette);
        grid.viewport()->setPalette(palette);
        grid.setModel(&rows);
        grid.resize(400, 400);
        grid.show();
        QVERIFY(QTest::qWaitForWindowExposed(&grid));
        grid.selectionModel()->select(rows.index(0, 0), QItemSelectionModel::ClearAndSelect);
        QImage shot(grid.viewport()->size(), QImage::Format_RGB32);
        shot.fill(palette.color(QPalette::Window));
        grid.viewport()->render(&shot, {}, {}, QWidget::DrawChildren);
        const auto luminance = [](const QColor& c) {
            const auto linear = [](double v) {
                return v <= 0.03928 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
            };
            return 0.2126 * linear(c.redF()) + 0.7152 * linear(c.greenF()) + 0.0722 * linear(c.blueF());
        };
        const auto contrast = [&](const QColor& a, const QColor& b) {
            const double first = luminance(a);
            const double second = luminance(b);
            return (std::max(first, second) + 0.05) / (std::min(first, second) + 0.05);
        };
        const QColor background = palette.color(QPalette::Window);
        const QRect cell = grid.visualRect(rows.index(0, 0));
        int ring = 0;
        int line = 0;
        for (int x = cell.left() - 5; x < cell.left() + 4; ++x) {
            const QColor pixel = shot.pixelColor(x, cell.center().y());
            const bool isRing = x < cell.left() && contrast(pixel, background) >= 3.0;
            ring += isRing ? 1 : 0;
            line += x >= cell.left() && contrast(pixel, background) < 1.2 ? 1 : 0;
        }
        QVERIFY2(ring >= 3, qPrintable(QString::number(ring)));
        QVERIFY2(line >= 1, qPrintable(QString::number(line)));
    }

    void everyRowIsWhereAClickFindsIt()
    {
        Rows rows(50);
        ThumbnailGrid grid;
        grid.setModel(&rows);
        grid.setThumbnailSidePx(90);
        grid.resize(400, 300);
        grid.show();
        QVERIFY(QTest::qWaitForWindowExposed(&grid));
        for (int row = 0; row < 50; ++row) {
            const QModelIndex index = rows.index(row, 0);
            grid.scrollTo(index);
            const QRect rect = grid.visualRect(index);
            QVERIFY(grid.viewport()->rect().contains(rect));
            QCOMPARE(grid.indexAt(rect.center()), index);
        }
    }

    void arrowsWalkThroughRowsAndLines()
    {
        Rows rows(50);
        ThumbnailGrid grid;
        grid.setModel(&rows);
        grid.setThumbnailSidePx(90);
        grid.resize(400, 300);
        grid.show();
        grid.setCurrentIndex(rows.index(0, 0));
        const int columns = grid.columnCount();
        QVERIFY(columns >= 2);
        QTest::keyClick(&grid, Qt::Key_Right);
        QCOMPARE(grid.currentIndex().row(), 1);
        QTest::keyClick(&grid, Qt::Key_Down);
        QCOMPARE(grid.currentIndex().row(), 1 + columns);
        QTest::keyClick(&grid, Qt::Key_End);
        QCOMPARE(grid.currentIndex().row(), 49);
        QTest::keyClick(&grid, Qt::Key_Down);
        QCOMPARE(grid.currentIndex().row(), 49);
        QTest::keyClick(&grid, Qt::Key_Home);
        QCOMPARE(grid.currentIndex().row(), 0);
    }

    void shiftSelectsARange()
    {
        Rows rows(50);
        ThumbnailGrid grid;
        grid.setModel(&rows);
        grid.resize(400, 300);
        grid.show();
        grid.setCurrentIndex(rows.index(2, 0));
        QTest::keyClick(&grid, Qt::Key_Right, Qt::ShiftModifier);
        QTest::keyClick(&grid, Qt::Key_Right, Qt::ShiftModifier);
        QCOMPARE(grid.selectionModel()->selectedIndexes().size(), 3);
        QTest::keyClick(&grid, Qt::Key_A, Qt::ControlModifier);
        QCOMPARE(grid.selectionModel()->selectedIndexes().size(), 50);
    }

    void manyRowsCostNoMoreThanThoseInSight()
    {
        Rows rows(100000);
        ThumbnailGrid grid;
        grid.setModel(&rows);
        grid.setThumbnailSidePx(100);
        grid.resize(420, 420);
        grid.show();
        QVERIFY(QTest::qWaitForWindowExposed(&grid));
        rows.m_asked = 0;
        grid.verticalScrollBar()->setValue(grid.verticalScrollBar()->maximum() / 2);
        grid.viewport()->repaint();
        QVERIFY(rows.m_asked > 0);
        QVERIFY2(rows.m_asked < 200, qPrintable(QString::number(rows.m_asked)));
        rows.prepend();
        QCOMPARE(grid.indexAt(grid.visualRect(rows.index(100000, 0)).center()).row(), -1 + 100001);
    }
};

QTEST_MAIN(TestThumbnailGrid)
#include "test_thumbnail_grid.moc"
