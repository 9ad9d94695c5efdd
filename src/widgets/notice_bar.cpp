#include "widgets/notice_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QTimer>
#include <QToolButton>

#include "widgets/field_row.h"
#include "widgets/symbolic_icon.h"
#include "widgets/theme.h"

namespace unfog {

namespace {
constexpr int noteMs = 8000;
constexpr int iconPx = 18;
} // namespace

NoticeBar::NoticeBar(QWidget* parent)
    : QFrame(parent), m_icon(new QLabel(this)), m_text(new QLabel(this)), m_buttons(new QHBoxLayout),
      m_close(smallButton(QStringLiteral("close"), tr("Close this notice"), this)), m_timer(new QTimer(this))
{
    setObjectName(QStringLiteral("noticeBar"));
    m_icon->setFixedSize(iconPx, iconPx);
    m_icon->setAccessibleName(tr("Kind of notice"));
    m_text->setWordWrap(true);
    m_text->setTextFormat(Qt::PlainText);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_text->setAccessibleName(tr("Notice"));
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(14, 6, 8, 6);
    layout->setSpacing(10);
    layout->addWidget(m_icon);
    layout->addWidget(m_text, 1);
    layout->addLayout(m_buttons);
    layout->addWidget(m_close);
    m_timer->setSingleShot(true);
    connect(m_timer, &QTimer::timeout, this, &NoticeBar::closeTop);
    connect(m_close, &QToolButton::clicked, this, &NoticeBar::closeTop);
    hide();
}

void NoticeBar::announce(Kind kind, const QString& text, const QList<Button>& buttons, const QString& key)
{
    if (!key.isEmpty())
        m_notices.removeIf([&key](const Notice& notice) { return notice.key == key; });
    m_notices.removeIf([&text](const Notice& notice) { return notice.text == text; });
    m_notices.append({kind, text, buttons, key});
    showTop();
}

void NoticeBar::dismiss(const QString& key)
{
    m_notices.removeIf([&key](const Notice& notice) { return notice.key == key; });
    showTop();
}

QString NoticeBar::text() const
{
    return m_notices.isEmpty() ? QString() : m_notices.constLast().text;
}

void NoticeBar::closeTop()
{
    if (!m_notices.isEmpty())
        m_notices.removeLast();
    showTop();
}

void NoticeBar::showTop()
{
    while (QLayoutItem* item = m_buttons->takeAt(0)) {
        item->widget()->deleteLater();
        delete item;
    }
    setVisible(!m_notices.isEmpty());
    m_timer->stop();
    if (m_notices.isEmpty())
        return;
    const Notice notice = m_notices.constLast();
    const ThemeColours colours = Theme::colours(palette());
    const QColor ink = notice.kind == Kind::Problem ? colours.bad : palette().color(QPalette::Highlight);
    QPixmap icon =
        symbolicPixmap(notice.kind == Kind::Problem ? QStringLiteral("warning") : QStringLiteral("info"),
                       QSize(iconPx, iconPx) * devicePixelRatioF(), ink);
    icon.setDevicePixelRatio(devicePixelRatioF());
    m_icon->setPixmap(icon);
    m_text->setText(notice.text);
    for (const Button& button : notice.buttons) {
        auto* push = new QPushButton(button.text, this);
        m_buttons->addWidget(push);
        connect(push, &QPushButton::clicked, this, [this, action = button.action] {
            closeTop();
            action();
        });
    }
    setStyleSheet(
        QStringLiteral(
            "#noticeBar { background: rgba(%1,%2,%3,30); border: none; border-bottom: 1px solid %4; }")
            .arg(ink.red())
            .arg(ink.green())
            .arg(ink.blue())
            .arg(colours.line.name()));
    if (notice.kind == Kind::Note && notice.buttons.isEmpty())
        m_timer->start(noteMs);
}

} // namespace unfog
