#include "widgets/notices/notice_bar.h"

#include <algorithm>

#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QTimer>
#include <QToolButton>
#include <QVBoxLayout>

#include "widgets/fields/field_row.h"
#include "widgets/fields/plain_text.h"
#include "widgets/fields/symbolic_icon.h"
#include "widgets/window/theme.h"

namespace unfog {

namespace {

constexpr int iconPx = 18;
constexpr qsizetype longestShown =
    500; // a card must leave something of the canvas; the tool tip has all of it
constexpr auto pointerLeft = std::chrono::milliseconds(1000);

QColor mixed(const QColor& under, const QColor& over, double share)
{
    const auto mix = [share](int a, int b) { return qRound(a + (b - a) * share); };
    return {mix(under.red(), over.red()), mix(under.green(), over.green()), mix(under.blue(), over.blue())};
}

} // namespace

NoticeClock NoticeClock::ofTheSystem()
{
    return {[] { return QDateTime::currentDateTime(); },
            [](std::chrono::milliseconds time, QObject* context, std::function<void()> call) {
                QTimer::singleShot(time, context, std::move(call));
            }};
}

NoticeBar::NoticeBar(QWidget* parent, NoticeClock clock)
    : QWidget(parent), m_clock(std::move(clock)), m_layout(new QVBoxLayout(this))
{
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->setSpacing(6);
    setAttribute(Qt::WA_NoMousePropagation); // a click on a card is not one on the image under it
    hide();
}

bool NoticeBar::needsAnswer(const Past& notice)
{
    return notice.kind == Kind::Question || (notice.kind == Kind::Problem && !notice.buttons.isEmpty());
}

void NoticeBar::announce(Kind kind, const QString& text, const QList<Button>& buttons, const QString& key)
{
    const auto isReplaced = [&](const Notice& notice) {
        return (!key.isEmpty() && notice.said.key == key) || notice.said.text == text;
    };
    for (const Notice& notice : std::as_const(m_notices)) {
        if (isReplaced(notice) && notice.said.text != text)
            toHistory(notice.said, true);
    }
    m_notices.removeIf(isReplaced);
    forgetButtons(key);
    const quint64 id = ++m_lastId;
    m_notices.append({id, {m_clock.now(), kind, text, buttons, key}});
    if (!needsAnswer(m_notices.constLast().said))
        m_clock.after(kShown, this, [this, id] { expire(id); });
    showCards();
}

void NoticeBar::dismiss(const QString& key)
{
    forgetButtons(key);
    const auto isMeant = [&key](const Notice& notice) { return notice.said.key == key; };
    for (const Notice& notice : std::as_const(m_notices)) {
        if (isMeant(notice))
            toHistory(notice.said, true);
    }
    if (m_notices.removeIf(isMeant) > 0)
        showCards();
}

QString NoticeBar::text() const
{
    return m_notices.isEmpty() ? QString() : m_notices.constLast().said.text;
}

void NoticeBar::showAgain(int index)
{
    const Past past = m_history.takeAt(index);
    announce(past.kind, past.text, past.buttons, past.key);
    Q_EMIT historyChanged();
}

void NoticeBar::expire(quint64 id)
{
    const auto card = findChild<QFrame*>(QStringLiteral("notice%1").arg(id), Qt::FindDirectChildrenOnly);
    if (card && card->underMouse())
        return m_clock.after(pointerLeft, this, [this, id] { expire(id); });
    close(id, false);
}

void NoticeBar::close(quint64 id, bool isOver)
{
    const auto found = std::ranges::find(m_notices, id, &Notice::id);
    if (found == m_notices.end())
        return;
    const Past said = found->said;
    m_notices.erase(found);
    toHistory(said, isOver);
    showCards();
}

void NoticeBar::toHistory(Past notice, bool isOver)
{
    if (isOver)
        notice.buttons.clear();
    m_history.prepend(std::move(notice));
    if (m_history.size() > kMaxHistory)
        m_history.removeLast();
    Q_EMIT historyChanged();
}

void NoticeBar::forgetButtons(const QString& key)
{
    for (Past& past : m_history) {
        if (!key.isEmpty() && past.key == key)
            past.buttons.clear();
    }
}

QWidget* NoticeBar::makeCard(const Notice& notice)
{
    const Past& said = notice.said;
    auto* card = new QFrame(this);
    card->setObjectName(QStringLiteral("notice%1").arg(notice.id));
    const ThemeColours colours = Theme::colours(palette());
    const QColor ink = said.kind == Kind::Problem ? colours.bad : palette().color(QPalette::Highlight);
    card->setStyleSheet(
        QStringLiteral("#notice%1 { background: %2; border: 1px solid %3; border-radius: 8px; }")
            .arg(notice.id)
            .arg(mixed(palette().color(QPalette::Window), ink, 0.1).name(),
                 mixed(palette().color(QPalette::Window), ink, 0.5).name()));
    auto* icon = new QLabel(card);
    icon->setFixedSize(iconPx, iconPx);
    icon->setAccessibleName(tr("Kind of notice"));
    QPixmap drawn =
        symbolicPixmap(said.kind == Kind::Problem ? QStringLiteral("warning") : QStringLiteral("info"),
                       QSize(iconPx, iconPx) * devicePixelRatioF(), ink);
    drawn.setDevicePixelRatio(devicePixelRatioF());
    icon->setPixmap(drawn);
    auto* text = new QLabel(card);
    text->setWordWrap(true);
    text->setTextFormat(Qt::PlainText);
    text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    text->setAccessibleName(tr("Notice"));
    text->setAccessibleDescription(said.text);
    const bool isLong = said.text.size() > longestShown;
    text->setText(isLong ? said.text.left(longestShown) + u'…' : said.text);
    text->setToolTip(isLong ? plainToolTip(said.text) : QString());
    // Several buttons stand below the text, so that a narrow canvas cuts neither.
    auto* column = new QVBoxLayout(card);
    column->setContentsMargins(12, 6, 6, 6);
    column->setSpacing(6);
    auto* layout = new QHBoxLayout;
    column->addLayout(layout);
    layout->setSpacing(10);
    layout->addWidget(icon, 0, Qt::AlignTop);
    layout->addWidget(text, 1);
    QHBoxLayout* buttons = layout;
    if (said.buttons.size() > 1) {
        buttons = new QHBoxLayout;
        column->addLayout(buttons);
        buttons->addStretch();
    }
    for (const Button& button : said.buttons) {
        auto* push = new QPushButton(button.text, card);
        buttons->addWidget(push);
        connect(push, &QPushButton::clicked, this, [this, id = notice.id, action = button.action] {
            close(id, true);
            action();
        });
    }
    QToolButton* shut = smallButton(QStringLiteral("close"), tr("Close this notice"), card);
    layout->addWidget(shut, 0, Qt::AlignTop);
    connect(shut, &QToolButton::clicked, this, [this, id = notice.id] { close(id, false); });
    return card;
}

void NoticeBar::showCards()
{
    while (QLayoutItem* item = m_layout->takeAt(0)) {
        item->widget()->hide();
        item->widget()->setObjectName(QString()); // its successor has the name now
        item->widget()->deleteLater();
        delete item;
    }
    const qsizetype shown = std::min<qsizetype>(kMaxCards, m_notices.size());
    for (qsizetype fromNewest = 0; fromNewest < shown; ++fromNewest)
        m_layout->addWidget(makeCard(m_notices.at(m_notices.size() - 1 - fromNewest)));
    setVisible(shown > 0);
    updateGeometry();
}

QSize NoticeBar::sizeHint() const
{
    int width = 0;
    for (int row = 0; row < m_layout->count(); ++row) {
        const QWidget* card = m_layout->itemAt(row)->widget();
        int wanted = card->layout()->sizeHint().width();
        for (const auto* label : card->findChildren<QLabel*>()) {
            if (!label->wordWrap())
                continue;
            const QRect line = label->fontMetrics().boundingRect(QRect(), Qt::TextExpandTabs, label->text());
            wanted += std::max(0, line.width() + 8 - label->sizeHint().width());
        }
        width = std::max(width, wanted);
    }
    return {width, m_layout->sizeHint().height()};
}

} // namespace unfog
