#pragma once

#include <optional>

#include <QAbstractItemView>

class QRubberBand;

namespace unfog {

/// Square thumbnails in rows. Where a row lies is arithmetic: nothing is laid out, so that 100,000 rows cost
/// as much as those in sight.
class ThumbnailGrid final : public QAbstractItemView {
    Q_OBJECT
public:
    explicit ThumbnailGrid(QWidget* parent = nullptr);

    int thumbnailSidePx() const { return m_sidePx; }
    void setThumbnailSidePx(int sidePx);
    int columnCount() const;
    /// Shown in the middle while there are no rows.
    void setEmptyText(const QString& text);

    QRect visualRect(const QModelIndex& index) const override;
    QModelIndex indexAt(const QPoint& point) const override;
    void scrollTo(const QModelIndex& index, ScrollHint hint = EnsureVisible) override;
    QSize sizeHint() const override { return {300, 400}; }

Q_SIGNALS:
    void currentRowChanged(int row); ///< −1: none
    void selectedRowsChanged();
    void thumbnailSideChanged(int sidePx);
    /// The keyboard came here, or an arrow was pressed, and nothing is selected: a slot may select a row.
    /// Where none does, the current or the first row is selected.
    void selectionWanted();

protected:
    QModelIndex moveCursor(CursorAction action, Qt::KeyboardModifiers modifiers) override;
    int horizontalOffset() const override { return 0; }
    int verticalOffset() const override;
    bool isIndexHidden(const QModelIndex&) const override { return false; }
    void setSelection(const QRect& rect, QItemSelectionModel::SelectionFlags command) override;
    QRegion visualRegionForSelection(const QItemSelection& selection) const override;
    void paintEvent(QPaintEvent* event) override;
    void updateGeometries() override;
    void resizeEvent(QResizeEvent* event) override;
    void rowsInserted(const QModelIndex& parent, int first, int last) override;
    void rowsAboutToBeRemoved(const QModelIndex& parent, int first, int last) override;
    void currentChanged(const QModelIndex& current, const QModelIndex& previous) override;
    void selectionChanged(const QItemSelection& selected, const QItemSelection& deselected) override;
    void focusInEvent(QFocusEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void startDrag(Qt::DropActions actions) override;

private:
    int rowCount() const;
    int cellPx() const;
    int leftPx() const;
    QRect cellRect(int row) const; ///< in viewport coordinates
    void paintCell(QPainter& painter, int row) const;
    void paintFrame(QPainter& painter, const QRect& cell, bool isSelected, bool isCurrent) const;
    bool selectSomething(); ///< false: something is selected already, or there is no row

    int m_sidePx = 160;
    int m_anchorRow = -1;     ///< where a selection by Shift begins
    bool m_extending = false; ///< Shift is held: the anchor stays
    QString m_emptyText;
    QRubberBand* m_band;
    std::optional<QPoint> m_bandFrom; ///< in contents coordinates
};

} // namespace unfog
