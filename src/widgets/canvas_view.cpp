#include "widgets/canvas_view.h"

#include <QDragEnterEvent>
#include <QKeyEvent>
#include <QMimeData>
#include <QMouseEvent>
#include <QPainter>
#include <QUrl>
#include <QWheelEvent>

#include "widgets/theme.h"

namespace unfog {

namespace {
constexpr double zoomStep = 1.25;
constexpr double pixelsBecomeVisible = 8.0; // from here on a viewer looks at pixels, not at the picture
} // namespace

CanvasView::CanvasView(QWidget* parent) : QWidget(parent)
{
    setAccessibleName(tr("Picture"));
    setAccessibleDescription(tr("The picture as it forms. Wheel zooms, dragging or arrow keys move it."));
    setFocusPolicy(Qt::StrongFocus);
    setAcceptDrops(true);
    setAttribute(Qt::WA_OpaquePaintEvent);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

void CanvasView::setPicture(const QImage& image, QSize sizePx)
{
    const double before = m_geometry.zoom();
    m_image = image;
    m_geometry.setPictureSize(image.isNull() ? QSize() : sizePx);
    if (m_geometry.zoom() != before)
        announceZoom();
    update();
}

void CanvasView::setMessage(const QString& title, const QString& text)
{
    m_title = title;
    m_text = text;
    if (m_image.isNull())
        update();
}

void CanvasView::syncViewport()
{
    m_geometry.setViewport(size(), devicePixelRatioF());
}

void CanvasView::announceZoom()
{
    Q_EMIT zoomChanged(m_geometry.zoom(), m_geometry.isFit());
}

void CanvasView::zoomToFit()
{
    m_geometry.setFit();
    announceZoom();
    update();
}

void CanvasView::zoomToActualSize()
{
    m_geometry.setZoom(1.0, m_geometry.centre());
    announceZoom();
    update();
}

void CanvasView::zoomIn()
{
    m_geometry.zoomBy(zoomStep, m_geometry.centre());
    announceZoom();
    update();
}

void CanvasView::zoomOut()
{
    m_geometry.zoomBy(1.0 / zoomStep, m_geometry.centre());
    announceZoom();
    update();
}

void CanvasView::paintEvent(QPaintEvent*)
{
    syncViewport();
    QPainter painter(this);
    painter.fillRect(rect(), Theme::colours(palette()).canvas);
    if (m_image.isNull()) {
        paintMessage(painter);
        return;
    }
    painter.setRenderHint(QPainter::SmoothPixmapTransform,
                          m_geometry.isFit() || m_geometry.zoom() < pixelsBecomeVisible);
    painter.drawImage(m_geometry.pictureRect(), m_image);
}

void CanvasView::paintMessage(QPainter& painter) const
{
    const QColor canvas = Theme::colours(palette()).canvas;
    QColor ink = canvas.lightness() < 128 ? QColor(0xc8c8c8) : QColor(0x3a3a3a);
    QRect area = rect().adjusted(32, 32, -32, -32);
    area.setWidth(std::min(area.width(), 460));
    area.moveCenter(rect().center());
    QFont titleFont = font();
    titleFont.setPointSizeF(titleFont.pointSizeF() * 1.5);
    titleFont.setWeight(QFont::DemiBold);
    const int flags = Qt::AlignHCenter | Qt::TextWordWrap;
    const QRect titleBox = QFontMetrics(titleFont).boundingRect(area, flags, m_title);
    const QRect textBox = QFontMetrics(font()).boundingRect(area, flags, m_text);
    const int gap = 10;
    const int top = area.center().y() - (titleBox.height() + gap + textBox.height()) / 2;
    painter.setPen(ink);
    painter.setFont(titleFont);
    painter.drawText(QRect(area.left(), top, area.width(), titleBox.height()), flags, m_title);
    ink.setAlphaF(0.8F);
    painter.setPen(ink);
    painter.setFont(font());
    painter.drawText(QRect(area.left(), top + titleBox.height() + gap, area.width(), textBox.height() + 4),
                     flags, m_text);
}

void CanvasView::resizeEvent(QResizeEvent*)
{
    syncViewport();
    if (m_geometry.isFit())
        announceZoom();
}

void CanvasView::wheelEvent(QWheelEvent* event)
{
    syncViewport();
    const double notches = event->angleDelta().y() / 120.0;
    if (notches == 0.0 || m_image.isNull())
        return event->ignore();
    m_geometry.zoomBy(std::pow(zoomStep, notches), event->position());
    announceZoom();
    update();
    event->accept();
}

void CanvasView::mousePressEvent(QMouseEvent* event)
{
    if ((event->button() == Qt::LeftButton || event->button() == Qt::MiddleButton) && !m_image.isNull()) {
        m_dragging = true;
        m_dragFrom = event->position();
        setCursor(Qt::ClosedHandCursor);
    }
}

void CanvasView::mouseMoveEvent(QMouseEvent* event)
{
    if (!m_dragging)
        return;
    m_geometry.panBy(event->position() - m_dragFrom);
    m_dragFrom = event->position();
    announceZoom();
    update();
}

void CanvasView::mouseReleaseEvent(QMouseEvent*)
{
    m_dragging = false;
    unsetCursor();
}

void CanvasView::mouseDoubleClickEvent(QMouseEvent*)
{
    if (m_geometry.isFit())
        zoomToActualSize();
    else
        zoomToFit();
}

void CanvasView::keyPressEvent(QKeyEvent* event)
{
    const double distance = event->modifiers().testFlag(Qt::ShiftModifier) ? 160.0 : 40.0;
    switch (event->key()) {
    case Qt::Key_Left:
        m_geometry.panBy({distance, 0});
        break;
    case Qt::Key_Right:
        m_geometry.panBy({-distance, 0});
        break;
    case Qt::Key_Up:
        m_geometry.panBy({0, distance});
        break;
    case Qt::Key_Down:
        m_geometry.panBy({0, -distance});
        break;
    default:
        return QWidget::keyPressEvent(event);
    }
    announceZoom();
    update();
}

void CanvasView::contextMenuEvent(QContextMenuEvent* event)
{
    Q_EMIT contextMenuRequested(event->globalPos());
}

void CanvasView::dragEnterEvent(QDragEnterEvent* event)
{
    if (event->source() == nullptr && (event->mimeData()->hasUrls() || event->mimeData()->hasImage()))
        event->acceptProposedAction();
}

void CanvasView::dropEvent(QDropEvent* event)
{
    QStringList files;
    const QList<QUrl> urls = event->mimeData()->urls();
    for (const QUrl& url : urls) {
        if (url.isLocalFile())
            files.append(url.toLocalFile());
    }
    if (!files.isEmpty())
        Q_EMIT filesDropped(files);
    else if (event->mimeData()->hasImage())
        Q_EMIT imageDropped(qvariant_cast<QImage>(event->mimeData()->imageData()));
    event->acceptProposedAction();
}

} // namespace unfog
