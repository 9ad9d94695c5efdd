#pragma once

#include <QSize>
#include <QWidget>

class QLabel;
class QSpinBox;
class QToolButton;

namespace unfog {

/// Width and height in picture pixels, multiples of 8; 0 means the model's own size. Presets follow the
/// model. Far from the model's own size a line says so, with a button back to it.
class SizeField final : public QWidget {
    Q_OBJECT
public:
    explicit SizeField(QWidget* parent = nullptr);

    QSize sizePx() const;
    /// Each side is 0 or is rounded to a multiple of 8.
    void setSizePx(QSize size);
    /// The model's own size: what 0 stands for and what the presets are built around.
    void setNativeSize(QSize size);
    /// The size that a run will have; empty as long as the model's own is asked for and not known.
    QSize effectiveSize() const;
    void swap();

Q_SIGNALS:
    void sizeChanged(QSize size);

private:
    void fillPresets();
    void showHint();

    QSpinBox* m_width;
    QSpinBox* m_height;
    QToolButton* m_swap;
    QToolButton* m_presets;
    QWidget* m_hint;
    QLabel* m_hintText;
    QToolButton* m_back;
    QSize m_native;
};

} // namespace unfog
