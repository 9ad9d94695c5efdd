#include "widgets/fields/slider_field.h"

#include <cmath>

#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSlider>
#include <QToolButton>

#include "widgets/fields/field_row.h"

namespace unfog {

namespace {

/// Keeps four decimals, so that a value from a file comes back as it was, but shows no more than it needs.
class TrimmedSpinBox final : public QDoubleSpinBox {
public:
    TrimmedSpinBox(int shownDecimals, QWidget* parent) : QDoubleSpinBox(parent), m_shown(shownDecimals)
    {
        setDecimals(shownDecimals == 0 ? 0 : 4);
    }

    QString textFromValue(double value) const override
    {
        QString text = locale().toString(value, 'f', decimals());
        for (int cut = decimals(); cut > m_shown && text.endsWith(locale().zeroDigit()); --cut)
            text.chop(1);
        return text;
    }

private:
    int m_shown;
};

} // namespace

SliderField::SliderField(const QString& name, const QString& tip, Range range, QWidget* parent)
    : QWidget(parent), m_range(range), m_spin(new TrimmedSpinBox(range.decimals, this)),
      m_slider(new QSlider(Qt::Horizontal, this)), m_reset(resetButton(QString(name).remove(u'&'), this))
{
    const QString plainName = QString(name).remove(u'&');
    auto* label = new QLabel(name, this);
    label->setBuddy(m_spin);
    label->setToolTip(tip);
    m_spin->setRange(range.minimum, std::max(range.maximum, range.spinMaximum));
    m_spin->setSingleStep(range.step);
    m_spin->setValue(range.value);
    m_spin->setFixedWidth(68);
    m_spin->setAlignment(Qt::AlignRight);
    m_spin->setToolTip(tip);
    m_spin->setAccessibleName(plainName);
    m_spin->setAccessibleDescription(tip);
    m_slider->setRange(0, static_cast<int>(std::lround((range.maximum - range.minimum) / range.step)));
    m_slider->setPageStep(std::max(1, m_slider->maximum() / 20));
    m_slider->setToolTip(tip);
    m_slider->setAccessibleName(tr("%1 slider").arg(plainName));
    m_slider->setAccessibleDescription(tip);
    m_slider->setMinimumHeight(20);
    m_slider->setMinimumWidth(60);

    label->setFixedWidth(FieldRow::labelWidth);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    layout->addWidget(label);
    layout->addWidget(m_slider, 1);
    layout->addWidget(m_spin);
    layout->addWidget(m_reset);
    setFocusProxy(m_spin);

    connect(m_slider, &QSlider::valueChanged, this,
            [this](int position) { m_spin->setValue(m_range.minimum + position * m_range.step); });
    connect(m_spin, &QDoubleSpinBox::valueChanged, this, [this](double value) {
        showState();
        Q_EMIT valueChanged(value);
    });
    connect(m_reset, &QToolButton::clicked, this, [this] { setValue(m_range.value); });
    showState();
}

double SliderField::value() const
{
    return m_spin->value();
}
void SliderField::setValue(double value)
{
    m_spin->setValue(value);
}

void SliderField::setDefault(double value)
{
    m_range.value = value;
    showState();
}

bool SliderField::isAtDefault() const
{
    return std::abs(value() - m_range.value) < 5e-5;
}
void SliderField::setSuffix(const QString& suffix)
{
    m_spin->setSuffix(suffix);
}

void SliderField::showState()
{
    const QSignalBlocker blocker(m_slider); // the slider rounds: it must not write its position back
    m_slider->setValue(static_cast<int>(std::lround((value() - m_range.minimum) / m_range.step)));
    m_reset->setVisible(!isAtDefault());
}

} // namespace unfog
