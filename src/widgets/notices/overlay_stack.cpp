#include "widgets/notices/overlay_stack.h"

#include <algorithm>

#include <QEvent>
#include <QWidget>

namespace unfog {

OverlayStack::OverlayStack(QWidget* host) : QObject(host), m_host(host)
{
    host->installEventFilter(this);
}

void OverlayStack::add(QWidget* overlay, Edge edge)
{
    const bool isHidden = overlay->isHidden();
    overlay->setParent(m_host);
    overlay->setVisible(!isHidden);
    overlay->installEventFilter(this);
    m_items.append({overlay, edge});
    layOut();
}

bool OverlayStack::eventFilter(QObject* watched, QEvent* event)
{
    switch (event->type()) {
    case QEvent::Resize:
        if (watched == m_host)
            layOut();
        break;
    case QEvent::LayoutRequest:
    case QEvent::ShowToParent:
    case QEvent::HideToParent:
        if (watched != m_host)
            layOut();
        break;
    default:
        break;
    }
    return QObject::eventFilter(watched, event);
}

void OverlayStack::layOut()
{
    if (m_layingOut)
        return;
    m_layingOut = true;
    int top = marginPx;
    int bottom = m_host->height() - marginPx;
    for (const Item& item : std::as_const(m_items)) {
        if (!item.widget || item.widget->isHidden())
            continue;
        const int most = std::max(0, std::min(maximumWidthPx, m_host->width() - 2 * marginPx));
        const int width =
            std::min(most, std::max(item.widget->sizeHint().width(), item.widget->minimumSizeHint().width()));
        const int wanted = item.widget->hasHeightForWidth() ? item.widget->heightForWidth(width)
                                                            : item.widget->sizeHint().height();
        const int height = std::clamp(wanted, 0, std::max(0, bottom - top));
        const int y = item.edge == Edge::Top ? top : bottom - height;
        item.widget->setGeometry((m_host->width() - width) / 2, y, width, height);
        item.widget->raise();
        if (item.edge == Edge::Top)
            top += height + marginPx;
        else
            bottom -= height + marginPx;
    }
    m_layingOut = false;
}

} // namespace unfog
