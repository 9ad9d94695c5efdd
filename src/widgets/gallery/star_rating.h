#pragma once

#include <array>

#include <QWidget>

class QToolButton;

namespace unfog {

/// Five stars; a click on the last given one takes them away.
class StarRating final : public QWidget {
    Q_OBJECT
public:
    explicit StarRating(QWidget* parent = nullptr);

    int stars() const { return m_stars; }
    void setStars(int stars);

Q_SIGNALS:
    void starsChosen(int stars);

private:
    std::array<QToolButton*, 5> m_buttons{};
    int m_stars = 0;
};

} // namespace unfog
