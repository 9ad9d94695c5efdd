#pragma once

#include <QList>
#include <QObject>
#include <QPointer>

class QWidget;

namespace unfog {

/// Widgets that float over a host without moving anything under them. Those of the top edge stand one below
/// the other in the order they were added, those of the bottom edge one above the other; each as wide as it
/// asks for, at most `maximumWidthPx` and never wider or higher than what the host has left. They are laid
/// out again when the host is resized and when one of them changes its size hint, is shown or is hidden. The
/// host does not take their size hints into its own: it can always become smaller than they are.
class OverlayStack final : public QObject {
    Q_OBJECT
public:
    enum class Edge { Top, Bottom };
    static constexpr int marginPx = 10;
    static constexpr int maximumWidthPx = 640;

    explicit OverlayStack(QWidget* host);

    /// `overlay` becomes a child of the host, which deletes it.
    void add(QWidget* overlay, Edge edge);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    struct Item {
        QPointer<QWidget> widget;
        Edge edge;
    };
    void layOut();

    QWidget* m_host;
    QList<Item> m_items;
    bool m_layingOut = false;
};

} // namespace unfog
