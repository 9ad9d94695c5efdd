#include <QAbstractListModel>
#include <QElapsedTimer>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>

#include "gallery/gallery_model.h"
#include "widgets/thumbnail_grid.h"

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
            picture.fill(Qt::blue);
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
