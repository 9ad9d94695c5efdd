#pragma once

#include <QWidget>

class QDoubleSpinBox;
class QSlider;
class QToolButton;

namespace unfog {

/// A number with a name, a slider, a spin box and its own reset. Exact: the spin box holds the
/// value.
class SliderField final : public QWidget {
    Q_OBJECT
public:
    struct Range {
        double minimum = 0.0;
        double maximum = 1.0; ///< of the slider
        double step = 0.1;
        int decimals = 1;
        double value = 0.0;       ///< the default
        double spinMaximum = 0.0; ///< larger values may be typed; 0 = as the slider
    };

    SliderField(const QString& name, const QString& tip, Range range, QWidget* parent = nullptr);

    double value() const;
    void setValue(double value);
    void setDefault(double value);
    bool isAtDefault() const;
    void setSuffix(const QString& suffix);

Q_SIGNALS:
    void valueChanged(double value);

private:
    void showState();

    Range m_range;
    QDoubleSpinBox* m_spin;
    QSlider* m_slider;
    QToolButton* m_reset;
};

} // namespace unfog
