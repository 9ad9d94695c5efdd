#include "widgets/fields/seed_field.h"

#include <limits>

#include <QHBoxLayout>
#include <QLineEdit>
#include <QRandomGenerator>
#include <QToolButton>

#include "widgets/fields/field_row.h"
#include "widgets/fields/symbolic_icon.h"

namespace unfog {

SeedSpinBox::SeedSpinBox(QWidget* parent) : QAbstractSpinBox(parent)
{
    lineEdit()->setText(QStringLiteral("0"));
    setAccessibleName(tr("Seed"));
    connect(lineEdit(), &QLineEdit::textEdited, this, &SeedSpinBox::takeText);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void SeedSpinBox::setValue(quint64 value)
{
    const bool changed = value != m_value;
    m_value = value;
    const QString text = QString::number(value);
    if (lineEdit()->text() != text)
        lineEdit()->setText(text);
    if (changed)
        Q_EMIT valueChanged(value);
}

void SeedSpinBox::stepBy(int steps)
{
    setValue(m_value + static_cast<quint64>(static_cast<qint64>(steps)));
    Q_EMIT chosen();
}

QValidator::State SeedSpinBox::validate(QString& input, int&) const
{
    if (input.isEmpty())
        return QValidator::Intermediate;
    bool isNumber = false;
    input.toULongLong(&isNumber);
    return isNumber && input.at(0) != u'-' && input.at(0) != u'+' ? QValidator::Acceptable
                                                                  : QValidator::Invalid;
}

void SeedSpinBox::fixup(QString& input) const
{
    input = QString::number(m_value);
}

void SeedSpinBox::takeText(const QString& text)
{
    bool isNumber = false;
    const quint64 value = text.toULongLong(&isNumber);
    if (isNumber && value != m_value) {
        m_value = value;
        Q_EMIT valueChanged(value);
    }
    if (isNumber)
        Q_EMIT chosen();
}

SeedField::SeedField(QWidget* parent)
    : QWidget(parent), m_spin(new SeedSpinBox(this)),
      m_dice(smallButton(QStringLiteral("dice"), tr("A new random seed"), this)),
      m_lock(smallButton(QStringLiteral("unlock"), tr("Keep this seed for the next images"), this))
{
    m_lock->setIcon(symbolicIcon(QStringLiteral("unlock"), QStringLiteral("lock")));
    m_lock->setCheckable(true);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(2);
    layout->addWidget(m_spin, 1);
    layout->addWidget(m_dice);
    layout->addWidget(m_lock);
    setFocusProxy(m_spin);
    connect(m_spin, &SeedSpinBox::valueChanged, this, &SeedField::seedChanged);
    connect(m_spin, &SeedSpinBox::chosen, this, [this] { setLocked(true); });
    connect(m_dice, &QToolButton::clicked, this, &SeedField::throwDice);
    connect(m_lock, &QToolButton::toggled, this, &SeedField::lockChanged);
}

bool SeedField::isLocked() const
{
    return m_lock->isChecked();
}
void SeedField::setLocked(bool locked)
{
    m_lock->setChecked(locked);
}
void SeedField::throwDice()
{
    setSeed(QRandomGenerator::system()->generate());
}

} // namespace unfog
