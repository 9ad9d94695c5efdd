#pragma once

#include <QWidget>

namespace unfog {

class CanvasView;
class ElidedLabel;

/// The image alone on the whole screen, following the canvas it was opened from. Escape, F11 or a double
/// click leaves. Left and Right ask for the step or image before and after, by movedBy(); the wheel zooms.
/// Deletes itself.
class FullScreenImage final : public QWidget {
    Q_OBJECT
public:
    /// `canvas` outlives it or takes it along.
    FullScreenImage(CanvasView* canvas, QWidget* parent);

    CanvasView* view() const { return m_view; }
    void setBadge(const QString& text);

Q_SIGNALS:
    void movedBy(int steps); ///< −1 or 1

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    CanvasView* m_view;
    ElidedLabel* m_badge;
};

} // namespace unfog
