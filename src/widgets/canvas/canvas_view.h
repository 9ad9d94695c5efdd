#pragma once

#include <QImage>
#include <QPointer>
#include <QWidget>

#include "widgets/canvas/canvas_geometry.h"
#include "widgets/notices/overlay_stack.h"

/// The image on neutral grey: fit, 100 %, wheel zoom about the pointer, pan by dragging or arrow keys.
///
/// Filter: between 1 and 8 times an image is enlarged by Lanczos, which keeps edges where bilinear filtering
/// makes a blur of them and nearest-neighbour makes stairs; from 8 times on a person looks at pixels and sees
/// them as they are. Smaller, and for previews of fewer pixels than the image (there is nothing in them to be
/// crisp), bilinear.
///
/// What floats over the image goes into overlays(), so that nothing ever moves the image; what belongs to the
/// empty canvas goes into setWelcomeWidget().
namespace unfog {

class CanvasView final : public QWidget {
    Q_OBJECT
public:
    /// A Welcome has the welcome widget under it; a State (what failed, what is loading) stands alone.
    enum class MessageKind { Welcome, State };

    explicit CanvasView(QWidget* parent = nullptr);

    /// `sizePx` is the size of the finished image: a preview of fewer pixels is enlarged to it. A null
    /// image clears.
    void setPicture(const QImage& image, QSize sizePx);
    const QImage& picture() const { return m_image; }
    QSize pictureSizePx() const { return m_geometry.pictureSize(); }
    /// Plain text, shown in the middle while there is no image.
    void setMessage(const QString& title, const QString& text, MessageKind kind = MessageKind::State);
    /// "title: text"; "" = none.
    QString message() const;
    bool isShowingWelcome() const { return m_image.isNull() && m_messageKind == MessageKind::Welcome; }
    /// Becomes a child; shown centred under a Welcome message while there is no image, at most
    /// welcomeWidthPx wide. Its size hint (or height for width) is asked for whenever it or the canvas
    /// changes.
    void setWelcomeWidget(QWidget* widget);
    static constexpr int welcomeWidthPx = 560;

    OverlayStack& overlays() { return *m_overlays; }
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
    void pictureChanged();
    void doubleClicked();
    /// Images dropped from other programs: files, or an image without a file.
    void filesDropped(const QStringList& files);
    void imageDropped(const QImage& image);
    void contextMenuRequested(QPoint globalPosition);

protected:
    bool event(QEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;
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
    struct MessageBoxes {
        QRect title;
        QRect text;
        QRect widget;
        QString shownText; ///< shortened to what the canvas has room for
    };
    MessageBoxes layOutMessage() const;
    QFont titleFont() const;
    void placeWelcome();
    void paintPicture(QPainter& painter);
    void paintMessage(QPainter& painter) const;
    void announceZoom();

    CanvasGeometry m_geometry;
    QImage m_image;
    QImage m_enlarged; ///< m_image by Lanczos for the present zoom; null until it is painted
    QString m_title;
    QString m_text;
    MessageKind m_messageKind = MessageKind::State;
    QPointer<QWidget> m_welcome;
    OverlayStack* m_overlays;
    QPointF m_dragFrom;
    bool m_dragging = false;
};

} // namespace unfog
