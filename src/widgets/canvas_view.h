#pragma once

#include <QImage>
#include <QWidget>

#include "widgets/canvas_geometry.h"

/// The picture on neutral grey: fit, 100 %, wheel zoom about the pointer, pan by dragging or arrow keys.
namespace unfog {

class CanvasView final : public QWidget {
    Q_OBJECT
public:
    explicit CanvasView(QWidget* parent = nullptr);

    /// `sizePx` is the size of the finished picture: a preview of fewer pixels is enlarged to it. A null
    /// image clears.
    void setPicture(const QImage& image, QSize sizePx);
    const QImage& picture() const { return m_image; }
    /// Shown in the middle while there is no picture.
    void setMessage(const QString& title, const QString& text);
    double zoom() const { return m_geometry.zoom(); }
    bool isFit() const { return m_geometry.isFit(); }

    QSize sizeHint() const override { return {640, 560}; }
    QSize minimumSizeHint() const override { return {220, 180}; }

public Q_SLOTS:
    void zoomToFit();
    void zoomToActualSize();
    void zoomIn();
    void zoomOut();

Q_SIGNALS:
    void zoomChanged(double zoom, bool isFit);
    /// Pictures dropped from other programs: files, or a picture without a file.
    void filesDropped(const QStringList& files);
    void imageDropped(const QImage& image);
    void contextMenuRequested(QPoint globalPosition);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    void syncViewport();
    void paintMessage(QPainter& painter) const;
    void announceZoom();

    CanvasGeometry m_geometry;
    QImage m_image;
    QString m_title;
    QString m_text;
    QPointF m_dragFrom;
    bool m_dragging = false;
};

} // namespace unfog
