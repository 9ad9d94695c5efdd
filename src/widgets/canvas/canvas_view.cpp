#include "widgets/canvas/canvas_view.h"

#include <QDragEnterEvent>
#include <QKeyEvent>
#include <QMimeData>
#include <QMouseEvent>
#include <QPainter>
#include <QUrl>
#include <QWheelEvent>

#include "jobs/latent_pictures.h"
#include "pixels/resize.h"
#include "widgets/window/theme.h"

namespace unfog {

namespace {
constexpr double zoomStep = 1.25;
constexpr double pixelsBecomeVisible = 8.0;  // from here on a viewer looks at pixels, not at the image
constexpr qint64 mostEnlargedPx = 6'000'000; // Lanczos of more would be felt while a window is resized
constexpr int messageWidthPx = 460;
constexpr int messageMarginPx = 24;
constexpr int messageGapPx = 10;
constexpr int messageFlags = Qt::AlignHCenter | Qt::TextWordWrap;
} // namespace

CanvasView::CanvasView(QWidget* parent) : QWidget(parent), m_overlays(new OverlayStack(this))
{
    setAccessibleName(tr("Image"));
    setAccessibleDescription(
        tr("The image as it forms. The wheel zooms; dragging or the arrow keys move it."));
    setFocusPolicy(Qt::StrongFocus);
    setAcceptDrops(true);
    setAttribute(Qt::WA_OpaquePaintEvent);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

void CanvasView::setPicture(const QImage& image, QSize sizePx)
{
    const double before = m_geometry.zoom();
    m_image = image;
    m_enlarged = {};
    m_geometry.setPictureSize(image.isNull() ? QSize() : sizePx);
    if (m_geometry.zoom() != before)
        announceZoom();
    placeWelcome();
    update();
    Q_EMIT pictureChanged();
}

void CanvasView::setMessage(const QString& title, const QString& text, MessageKind kind)
{
    m_title = title;
    m_text = text;
    m_messageKind = kind;
    placeWelcome();
    if (m_image.isNull())
        update();
}

QString CanvasView::message() const
{
    return m_text.isEmpty() || m_title.isEmpty() ? m_title + m_text : tr("%1: %2").arg(m_title, m_text);
}

void CanvasView::setWelcomeWidget(QWidget* widget)
{
    delete m_welcome;
    m_welcome = widget;
    widget->setParent(this);
    widget->installEventFilter(this);
    placeWelcome();
}

void CanvasView::placeWelcome()
{
    if (!m_welcome)
        return;
    m_welcome->setVisible(isShowingWelcome());
    if (isShowingWelcome())
        m_welcome->setGeometry(layOutMessage().widget);
    update();
}

bool CanvasView::event(QEvent* event)
{
    // A change of the welcome widget's own size comes as a request to lay out the parent.
    if (event->type() == QEvent::FontChange || event->type() == QEvent::LayoutRequest)
        placeWelcome();
    return QWidget::event(event);
}

bool CanvasView::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_welcome && event->type() == QEvent::LayoutRequest)
        placeWelcome();
    return QWidget::eventFilter(watched, event);
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
    if (m_image.isNull())
        paintMessage(painter);
    else
        paintPicture(painter);
}

void CanvasView::paintPicture(QPainter& painter)
{
    const QRectF target = m_geometry.pictureRect();
    const double zoom = m_geometry.zoom();
    const bool isPreview = m_image.size() != m_geometry.pictureSize();
    const QSize enlarged = (QSizeF(m_image.size()) * zoom).toSize();
    const bool isSmallEnough = qint64{enlarged.width()} * enlarged.height() <= mostEnlargedPx;
    if (isPreview || zoom <= 1.0 || zoom >= pixelsBecomeVisible || !isSmallEnough) {
        painter.setRenderHint(QPainter::SmoothPixmapTransform, isPreview || zoom < pixelsBecomeVisible);
        painter.drawImage(target, m_image);
        return;
    }
    if (m_enlarged.size() != enlarged)
        m_enlarged = toQImage(resizeLanczos(toPixelImage(m_image), enlarged.width(), enlarged.height()));
    m_enlarged.setDevicePixelRatio(devicePixelRatioF());
    painter.drawImage(target.topLeft(), m_enlarged);
}

QFont CanvasView::titleFont() const
{
    QFont title = font();
    title.setPointSizeF(title.pointSizeF() * 1.5);
    title.setWeight(QFont::DemiBold);
    return title;
}

CanvasView::MessageBoxes CanvasView::layOutMessage() const
{
    const int width = std::max(40, std::min(messageWidthPx, this->width() - 2 * messageMarginPx));
    const QRect area((this->width() - width) / 2, messageMarginPx, width,
                     std::max(20, height() - 2 * messageMarginPx));
    const int titleHeight = QFontMetrics(titleFont()).boundingRect(area, messageFlags, m_title).height();
    QSize widget;
    if (m_welcome && m_messageKind == MessageKind::Welcome) {
        const int most = std::max(40, std::min(welcomeWidthPx, this->width() - 2 * messageMarginPx));
        const int wanted =
            m_welcome->hasHeightForWidth() ? m_welcome->heightForWidth(most) : m_welcome->sizeHint().height();
        widget = QSize(most, std::min(wanted, std::max(0, area.height() - titleHeight - 3 * messageGapPx)));
    }
    const int forWidget = widget.isEmpty() ? 0 : 2 * messageGapPx + widget.height();
    const int room = area.height() - titleHeight - messageGapPx - forWidget;
    MessageBoxes boxes;
    boxes.shownText = m_text;
    const auto heightOf = [&](const QString& text) {
        return text.isEmpty()
                   ? 0
                   : fontMetrics().boundingRect(QRect(0, 0, width, 10000), messageFlags, text).height();
    };
    qsizetype kept = m_text.size();
    while (kept > 0 && heightOf(boxes.shownText) > room) {
        kept = kept * 9 / 10;
        boxes.shownText = kept > 0 ? m_text.left(kept).trimmed() + u'…' : QString();
    }
    const int textHeight = heightOf(boxes.shownText);
    const int all = titleHeight + messageGapPx + textHeight + forWidget;
    const int top = std::max(messageMarginPx, (height() - all) / 2);
    boxes.title = QRect(area.left(), top, width, titleHeight);
    boxes.text = QRect(area.left(), top + titleHeight + messageGapPx, width, textHeight);
    boxes.widget = QRect(
        QPoint((this->width() - widget.width()) / 2, boxes.text.bottom() + 1 + 2 * messageGapPx), widget);
    return boxes;
}

void CanvasView::paintMessage(QPainter& painter) const
{
    const QColor canvas = Theme::colours(palette()).canvas;
    QColor ink = canvas.lightness() < 128 ? QColor(0xc8c8c8) : QColor(0x3a3a3a);
    const MessageBoxes boxes = layOutMessage();
    painter.setPen(ink);
    painter.setFont(titleFont());
    painter.drawText(boxes.title, messageFlags, m_title);
    ink.setAlphaF(0.8F);
    painter.setPen(ink);
    painter.setFont(font());
    painter.drawText(boxes.text, messageFlags, boxes.shownText);
}

void CanvasView::resizeEvent(QResizeEvent*)
{
    syncViewport();
    placeWelcome();
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

void CanvasView::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton && !m_image.isNull())
        Q_EMIT doubleClicked();
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
