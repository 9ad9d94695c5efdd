#include "widgets/canvas/canvas_geometry.h"

#include <algorithm>
#include <cmath>

namespace unfog {

namespace {
constexpr double marginPx = 24.0; // logical, around a picture in fit mode
}

void CanvasGeometry::setViewport(QSizeF logicalSize, double devicePixelRatio)
{
    m_viewport = QSizeF(std::max(1.0, logicalSize.width()), std::max(1.0, logicalSize.height()));
    m_ratio = devicePixelRatio > 0.0 ? devicePixelRatio : 1.0;
    keepInSight();
}

void CanvasGeometry::setPictureSize(QSize sizePx)
{
    if (m_picture.isEmpty())
        m_middle = QPointF(0.5, 0.5);
    m_picture = sizePx;
    keepInSight();
}

void CanvasGeometry::setFit()
{
    m_fit = true;
    m_middle = QPointF(0.5, 0.5);
}

double CanvasGeometry::fitZoom() const
{
    if (m_picture.isEmpty())
        return 1.0;
    const double width = std::max(16.0, m_viewport.width() - 2 * marginPx);
    const double height = std::max(16.0, m_viewport.height() - 2 * marginPx);
    const double zoom = m_ratio * std::min(width / m_picture.width(), height / m_picture.height());
    return std::clamp(zoom, minimumZoom, maximumFitZoom);
}

double CanvasGeometry::zoom() const
{
    return m_fit ? fitZoom() : m_zoom;
}

QRectF CanvasGeometry::pictureRect() const
{
    const double scale = zoom() / m_ratio;
    const QSizeF size(m_picture.width() * scale, m_picture.height() * scale);
    const QPointF middle = m_fit ? QPointF(0.5, 0.5) : m_middle;
    QPointF corner(centre().x() - middle.x() * size.width(), centre().y() - middle.y() * size.height());
    // Half a device pixel off would blur a picture at 100 %.
    corner = QPointF(std::round(corner.x() * m_ratio) / m_ratio, std::round(corner.y() * m_ratio) / m_ratio);
    return QRectF(corner, size);
}

QPointF CanvasGeometry::toPicture(QPointF logical) const
{
    const QRectF rect = pictureRect();
    if (rect.isEmpty())
        return {};
    return QPointF((logical.x() - rect.x()) / rect.width() * m_picture.width(),
                   (logical.y() - rect.y()) / rect.height() * m_picture.height());
}

void CanvasGeometry::setZoom(double zoom, QPointF anchor)
{
    if (m_picture.isEmpty())
        return;
    const QPointF held = toPicture(anchor);
    m_fit = false;
    m_zoom = std::clamp(zoom, minimumZoom, maximumZoom);
    const double scale = m_zoom / m_ratio;
    m_middle = QPointF((held.x() + (centre().x() - anchor.x()) / scale) / m_picture.width(),
                       (held.y() + (centre().y() - anchor.y()) / scale) / m_picture.height());
    keepInSight();
}

void CanvasGeometry::panBy(QPointF logicalDelta)
{
    if (m_picture.isEmpty())
        return;
    if (m_fit) {
        m_zoom = fitZoom();
        m_fit = false;
    }
    const double scale = m_zoom / m_ratio;
    m_middle -= QPointF(logicalDelta.x() / (scale * m_picture.width()),
                        logicalDelta.y() / (scale * m_picture.height()));
    keepInSight();
}

void CanvasGeometry::keepInSight()
{
    m_middle = QPointF(std::clamp(m_middle.x(), 0.0, 1.0), std::clamp(m_middle.y(), 0.0, 1.0));
}

} // namespace unfog
