#include "widgets/create/example_chips.h"

#include <algorithm>

#include <QPushButton>
#include <QRandomGenerator>

#include "widgets/fields/plain_text.h"
#include "widgets/fields/symbolic_icon.h"

namespace unfog {

namespace {
constexpr int gapPx = 8;
constexpr int mostChips = 8;
} // namespace

ExampleChips::ExampleChips(QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("exampleChips"));
}

void ExampleChips::setGuide(const ModelGuide& guide)
{
    m_guide = guide;
    qDeleteAll(findChildren<QPushButton*>(QString(), Qt::FindDirectChildrenOnly));
    const auto addChip = [this](const QString& text, const QString& tip, auto&& onClick) {
        auto* chip = new QPushButton(withoutMnemonic(singleLine(text)), this);
        chip->setProperty("chip", true);
        chip->setCursor(Qt::PointingHandCursor);
        chip->setToolTip(plainToolTip(tip));
        chip->setAutoDefault(false);
        connect(chip, &QPushButton::clicked, this, onClick);
        chip->show();
        return chip;
    };
    if (!guide.examples.empty())
        addChip(tr("Surprise me"), tr("Generate something the model knows"), [this] {
            surprise();
        })->setObjectName(QStringLiteral("surpriseMe"));
    for (const std::string& example : guide.examples) {
        if (&example - guide.examples.data() >= mostChips)
            break;
        const QString prompt = QString::fromStdString(example);
        addChip(prompt, tr("Generate “%1”").arg(prompt), [this, prompt] { Q_EMIT chosen(prompt); });
    }
    updateGeometry();
    layOut(width(), true);
}

void ExampleChips::surprise()
{
    std::vector<std::string> prompts = m_guide.surprises(QRandomGenerator::global()->generate());
    std::erase(prompts, m_lastSurprise.toStdString());
    if (prompts.empty())
        return;
    const auto which = QRandomGenerator::global()->bounded(static_cast<quint32>(prompts.size()));
    m_lastSurprise = QString::fromStdString(prompts[which]);
    Q_EMIT chosen(m_lastSurprise);
}

int ExampleChips::heightForWidth(int width) const
{
    return layOut(width, false);
}

QSize ExampleChips::sizeHint() const
{
    return {400, layOut(400, false)};
}

void ExampleChips::resizeEvent(QResizeEvent*)
{
    layOut(width(), true);
}

int ExampleChips::layOut(int width, bool place) const
{
    QList<QPushButton*> chips;
    for (QPushButton* chip : findChildren<QPushButton*>(QString(), Qt::FindDirectChildrenOnly)) {
        const bool fits = chip->sizeHint().width() <= width;
        if (fits)
            chips.append(chip);
        else if (place)
            chip->hide();
    }
    int top = 0;
    for (qsizetype first = 0; first < chips.size();) {
        qsizetype end = first;
        int used = 0, height = 0;
        while (end < chips.size()) {
            const QSize size = chips[end]->sizeHint();
            const int wanted = used + (end > first ? gapPx : 0) + size.width();
            if (end > first && wanted > width)
                break;
            used = wanted;
            height = std::max(height, size.height());
            ++end;
        }
        int left = std::max(0, (width - used) / 2);
        for (; first < end; ++first) {
            const int chipWidth = chips[first]->sizeHint().width();
            if (place) {
                chips[first]->setGeometry(left, top, chipWidth, height);
                chips[first]->setVisible(top + height <=
                                         this->height()); // no halves at the end of a low canvas
            }
            left += chipWidth + gapPx;
        }
        top += height + gapPx;
    }
    return std::max(0, top - gapPx);
}

} // namespace unfog
