#include "widgets/canvas/full_screen_image.h"

#include <QKeyEvent>
#include <QVBoxLayout>

#include "widgets/canvas/canvas_view.h"
#include "widgets/fields/elided_label.h"

namespace unfog {

FullScreenImage::FullScreenImage(CanvasView* canvas, QWidget* parent)
    : QWidget(parent, Qt::Window), m_view(new CanvasView(this)), m_badge(new ElidedLabel(this))
{
    setAttribute(Qt::WA_DeleteOnClose);
    setObjectName(QStringLiteral("fullScreenImage"));
    setWindowTitle(tr("Image"));
    m_badge->setContentsMargins(10, 4, 10, 4);
    m_badge->setAutoFillBackground(true);
    m_badge->setAccessibleName(tr("What the canvas shows"));
    m_badge->hide();
    m_view->overlays().add(m_badge, OverlayStack::Edge::Bottom);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_view);
    const auto copy = [this, canvas] {
        m_view->setMessage(canvas->message(), {});
        m_view->setPicture(canvas->picture(), canvas->pictureSizePx());
    };
    connect(canvas, &CanvasView::pictureChanged, this, copy);
    connect(m_view, &CanvasView::doubleClicked, this, &QWidget::close);
    m_view->installEventFilter(this);
    copy();
    m_view->setFocus();
}

void FullScreenImage::setBadge(const QString& text)
{
    m_badge->setText(text);
    m_badge->setVisible(!text.isEmpty());
    m_badge->updateGeometry();
}

bool FullScreenImage::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::ShortcutOverride) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        if (key == Qt::Key_Escape || key == Qt::Key_F11) // the main window has commands for both
            event->accept();
    }
    if (event->type() != QEvent::KeyPress)
        return QWidget::eventFilter(watched, event);
    switch (static_cast<QKeyEvent*>(event)->key()) {
    case Qt::Key_Escape:
    case Qt::Key_F11:
        close();
        return true;
    case Qt::Key_Left:
        Q_EMIT movedBy(-1);
        return true;
    case Qt::Key_Right:
        Q_EMIT movedBy(1);
        return true;
    default:
        return QWidget::eventFilter(watched, event);
    }
}

} // namespace unfog
