#pragma once

#include <QPointF>
#include <QRectF>
#include <QSize>
#include <QSizeF>

/// Where a picture lies in the canvas. Points of the widget are logical pixels, `zoom` counts device pixels:
/// at 1.0 one picture pixel covers exactly one pixel of the screen, whatever its scale factor.
namespace unfog {

class CanvasGeometry final {
public:
    static constexpr double minimumZoom = 1.0 / 32.0;
    static constexpr double maximumZoom = 64.0;
    /// Fit enlarges no further: a small model's image blown up to the whole canvas looks out of focus, and
    /// people blame the program. What is beyond is a zoom that a person asks for.
    static constexpr double maximumFitZoom = 4.0;

    void setViewport(QSizeF logicalSize, double devicePixelRatio);
    /// Keeps fit mode; outside it keeps the part of the picture that was in the middle.
    void setPictureSize(QSize sizePx);

    bool isFit() const { return m_fit; }
    void setFit();
    double zoom() const;
    /// Leaves fit mode; the point of the picture under `anchor` stays there.
    void setZoom(double zoom, QPointF anchor);
    void zoomBy(double factor, QPointF anchor) { setZoom(zoom() * factor, anchor); }
    /// Leaves fit mode. The picture can not be pushed out of sight.
    void panBy(QPointF logicalDelta);

    QRectF pictureRect() const; ///< logical; its corner lies on a whole device pixel outside fit mode
    QPointF toPicture(QPointF logical) const;
    QPointF centre() const { return QPointF(m_viewport.width() / 2, m_viewport.height() / 2); }
    QSize pictureSize() const { return m_picture; }

private:
    double fitZoom() const;
    void keepInSight();

    QSizeF m_viewport{1, 1};
    double m_ratio = 1.0;
    QSize m_picture;
    bool m_fit = true;
    double m_zoom = 1.0;
    QPointF m_middle; ///< the point of the picture, 0 … 1 each way, that lies in the middle of the viewport
};

} // namespace unfog
