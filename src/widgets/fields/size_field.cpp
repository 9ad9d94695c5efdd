#include "widgets/fields/size_field.h"

#include <cmath>

#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QToolButton>
#include <QVBoxLayout>

#include "generation/request/validate.h"
#include "widgets/fields/field_row.h"

namespace unfog {

namespace {

int toMultiple(double px)
{
    return std::max(kSizeStepPx, static_cast<int>(std::lround(px / kSizeStepPx)) * kSizeStepPx);
}

QSpinBox* sideBox(const QString& name, QWidget* parent)
{
    auto* box = new QSpinBox(parent);
    box->setRange(0, kMaxSizePx);
    box->setSingleStep(kSizeStepPx);
    box->setSpecialValueText(SizeField::tr("Auto"));
    box->setAccessibleName(name);
    box->setToolTip(
        SizeField::tr("%1 in pixels, a multiple of 8. Auto is the size the model was trained for; "
                      "far from it images repeat themselves.")
            .arg(name));
    box->setKeyboardTracking(false);
    box->setButtonSymbols(QAbstractSpinBox::NoButtons);
    box->setAlignment(Qt::AlignHCenter);
    box->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    return box;
}

} // namespace

SizeField::SizeField(QWidget* parent)
    : QWidget(parent), m_width(sideBox(tr("Width"), this)), m_height(sideBox(tr("Height"), this)),
      m_swap(smallButton(QStringLiteral("swap"), tr("Swap width and height"), this)),
      m_presets(smallButton(QStringLiteral("more"), tr("Common sizes"), this))
{
    m_presets->setPopupMode(QToolButton::InstantPopup);
    m_presets->setMenu(new QMenu(m_presets));
    auto* times = new QLabel(QStringLiteral("×"), this);
    times->setProperty("subtle", true);
    m_hint = new QWidget(this);
    m_hint->setObjectName(QStringLiteral("sizeHint"));
    m_hintText = new QLabel(m_hint);
    m_hintText->setProperty("subtle", true);
    m_hintText->setTextFormat(Qt::PlainText);
    m_back = new QToolButton(m_hint);
    m_back->setObjectName(QStringLiteral("nativeSize"));
    m_back->setToolTip(tr("Use the size that the model was trained at"));
    m_back->setAccessibleName(m_back->toolTip());
    m_back->setToolButtonStyle(Qt::ToolButtonTextOnly);
    auto* hintLayout = new QHBoxLayout(m_hint);
    hintLayout->setContentsMargins(0, 0, 0, 0);
    hintLayout->addWidget(m_hintText, 1);
    hintLayout->addWidget(m_back);
    m_hint->hide();
    connect(m_back, &QToolButton::clicked, this, [this] { setSizePx({0, 0}); });
    connect(this, &SizeField::sizeChanged, this, &SizeField::showHint);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2);
    auto* layout = new QHBoxLayout;
    column->addLayout(layout);
    column->addWidget(m_hint);
    layout->setSpacing(2);
    layout->addWidget(m_width, 1);
    layout->addWidget(times);
    layout->addWidget(m_height, 1);
    layout->addWidget(m_swap);
    layout->addWidget(m_presets);
    setFocusProxy(m_width);
    for (QSpinBox* box : {m_width, m_height}) {
        connect(box, &QSpinBox::valueChanged, this, [this, box](int value) {
            if (value % kSizeStepPx != 0)
                return box->setValue(toMultiple(value));
            Q_EMIT sizeChanged(sizePx());
        });
    }
    connect(m_swap, &QToolButton::clicked, this, &SizeField::swap);
    connect(m_presets->menu(), &QMenu::aboutToShow, this, &SizeField::fillPresets);
}

QSize SizeField::sizePx() const
{
    return {m_width->value(), m_height->value()};
}

void SizeField::setSizePx(QSize size)
{
    const QSize before = sizePx();
    {
        const QSignalBlocker widthBlocker(m_width);
        const QSignalBlocker heightBlocker(m_height);
        m_width->setValue(size.width() > 0 ? toMultiple(size.width()) : 0);
        m_height->setValue(size.height() > 0 ? toMultiple(size.height()) : 0);
    }
    if (sizePx() != before)
        Q_EMIT sizeChanged(sizePx());
}

void SizeField::setNativeSize(QSize size)
{
    m_native = size;
    showHint();
}

void SizeField::showHint()
{
    const QSize size = effectiveSize();
    const double trained = std::sqrt(double(m_native.width()) * m_native.height());
    constexpr double far = 1.6; // of the side: 512 → 832 already repeats things
    const auto isFar = [&](int side) { return side > trained * far || side < trained / far; };
    const bool isShown =
        !m_native.isEmpty() && !size.isEmpty() && (isFar(size.width()) || isFar(size.height()));
    m_hint->setVisible(isShown);
    if (!isShown)
        return;
    const QString native = QStringLiteral("%1 × %2").arg(m_native.width()).arg(m_native.height());
    m_hintText->setText(tr("Trained at %1").arg(native));
    m_hintText->setToolTip(
        tr("Far from the size that the model was trained at, images repeat things or blur."));
    m_back->setText(tr("Use it"));
}

QSize SizeField::effectiveSize() const
{
    return {m_width->value() > 0 ? m_width->value() : std::max(0, m_native.width()),
            m_height->value() > 0 ? m_height->value() : std::max(0, m_native.height())};
}

void SizeField::swap()
{
    setSizePx(sizePx().transposed());
}

void SizeField::fillPresets()
{
    QMenu* menu = m_presets->menu();
    menu->clear();
    const QSize native = m_native.isEmpty() ? QSize(512, 512) : m_native;
    const auto add = [this, menu](const QString& name, QSize size) {
        const QString text =
            size.isEmpty() ? name : tr("%1: %2 × %3").arg(name).arg(size.width()).arg(size.height());
        connect(menu->addAction(text), &QAction::triggered, this, [this, size] { setSizePx(size); });
    };
    add(tr("The model's own size"), QSize(0, 0));
    menu->addSeparator();
    // The same area as the model's own square, cut to other shapes.
    const std::pair<QString, double> shapes[] = {
        {tr("Square 1:1"), 1.0},          {tr("Landscape 4:3"), 4.0 / 3}, {tr("Landscape 3:2"), 3.0 / 2},
        {tr("Landscape 16:9"), 16.0 / 9}, {tr("Portrait 3:4"), 3.0 / 4},  {tr("Portrait 2:3"), 2.0 / 3},
        {tr("Portrait 9:16"), 9.0 / 16}};
    const double area = static_cast<double>(native.width()) * native.height();
    for (const auto& [name, aspect] : shapes)
        add(name, QSize(toMultiple(std::sqrt(area * aspect)), toMultiple(std::sqrt(area / aspect))));
    menu->addSeparator();
    add(tr("One and a half times as large"),
        QSize(toMultiple(native.width() * 1.5), toMultiple(native.height() * 1.5)));
    add(tr("Twice as large"), native * 2);
}

} // namespace unfog
