#include "widgets/gallery/star_rating.h"

#include <QHBoxLayout>
#include <QToolButton>

#include "widgets/fields/field_row.h"
#include "widgets/fields/symbolic_icon.h"

namespace unfog {

StarRating::StarRating(QWidget* parent) : QWidget(parent)
{
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    for (int number = 1; number <= 5; ++number) {
        QToolButton* button = smallButton(QStringLiteral("star"), tr("%n star(s)", nullptr, number), this);
        button->setIcon(symbolicIcon(QStringLiteral("star"), QStringLiteral("star-filled")));
        button->setCheckable(true);
        button->setStyleSheet(
            QStringLiteral("QToolButton, QToolButton:checked { background: transparent; padding: 2px; }"));
        layout->addWidget(button);
        m_buttons[static_cast<std::size_t>(number - 1)] = button;
        connect(button, &QToolButton::clicked, this, [this, number] {
            setStars(number == m_stars ? 0 : number);
            Q_EMIT starsChosen(m_stars);
        });
    }
    setAccessibleName(tr("Stars"));
}

void StarRating::setStars(int stars)
{
    m_stars = stars;
    for (int number = 1; number <= 5; ++number)
        m_buttons[static_cast<std::size_t>(number - 1)]->setChecked(number <= stars);
}

} // namespace unfog
