#pragma once

#include <QAbstractSpinBox>
#include <QWidget>

class QToolButton;

namespace unfog {

/// A spin box over all 64 bits: QSpinBox ends at 2³¹ − 1. Wraps at both ends.
class SeedSpinBox final : public QAbstractSpinBox {
    Q_OBJECT
public:
    explicit SeedSpinBox(QWidget* parent = nullptr);

    quint64 value() const { return m_value; }
    void setValue(quint64 value);
    void stepBy(int steps) override;
    QValidator::State validate(QString& input, int& position) const override;
    void fixup(QString& input) const override;

Q_SIGNALS:
    void valueChanged(quint64 value);
    /// A person typed or stepped to a seed: it is the one that is wanted.
    void chosen();

protected:
    StepEnabled stepEnabled() const override { return StepUpEnabled | StepDownEnabled; }

private:
    void takeText(const QString& text);

    quint64 m_value = 0;
};

/// The seed with dice and lock. Locked: every run starts from this noise. Unlocked: each Generate throws the
/// dice.
class SeedField final : public QWidget {
    Q_OBJECT
public:
    explicit SeedField(QWidget* parent = nullptr);

    quint64 seed() const { return m_spin->value(); }
    void setSeed(quint64 seed) { m_spin->setValue(seed); }
    bool isLocked() const;
    void setLocked(bool locked);
    /// A new seed from the system's random source; up to 2³² − 1, as other programs write them.
    void throwDice();

Q_SIGNALS:
    void seedChanged(quint64 seed);
    void lockChanged(bool locked);

private:
    SeedSpinBox* m_spin;
    QToolButton* m_dice;
    QToolButton* m_lock;
};

} // namespace unfog
