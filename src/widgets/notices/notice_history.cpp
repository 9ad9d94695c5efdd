#include "widgets/notices/notice_history.h"

#include <algorithm>

#include <QHBoxLayout>
#include <QLocale>
#include <QMenu>
#include <QToolButton>

#include "widgets/fields/elided_label.h"
#include "widgets/fields/plain_text.h"
#include "widgets/fields/symbolic_icon.h"
#include "widgets/notices/notice_bar.h"

namespace unfog {

namespace {

constexpr int menuTextPx = 520;

QString timeText(const QDateTime& time)
{
    return QLocale().toString(time.toLocalTime().time(), QLocale::ShortFormat);
}

} // namespace

NoticeHistory::NoticeHistory(NoticeBar& notices, QWidget* parent)
    : QWidget(parent), m_notices(notices), m_last(new ElidedLabel(this)), m_button(new QToolButton(this)),
      m_menu(new QMenu(m_button))
{
    m_last->setObjectName(QStringLiteral("lastNotice"));
    m_last->setProperty("subtle", true);
    m_last->setAccessibleName(tr("Last notice"));
    m_button->setObjectName(QStringLiteral("noticeHistory"));
    m_button->setIcon(symbolicIcon(QStringLiteral("history")));
    m_button->setIconSize({14, 14});
    m_button->setText(tr("Notices"));
    m_button->setAccessibleName(tr("Earlier notices"));
    m_button->setToolTip(tr("Shows the last notices. Choose one to see it again."));
    m_button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_button->setAutoRaise(true);
    m_button->setMenu(m_menu);
    m_button->setPopupMode(QToolButton::InstantPopup);
    m_menu->setToolTipsVisible(true);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(8, 0, 0, 0);
    layout->setSpacing(8);
    layout->addWidget(m_last, 1);
    layout->addWidget(m_button);
    connect(m_menu, &QMenu::aboutToShow, this, &NoticeHistory::fillMenu);
    connect(&notices, &NoticeBar::historyChanged, this, &NoticeHistory::showLast);
    showLast();
}

void NoticeHistory::showLast()
{
    const auto& history = m_notices.history();
    m_button->setEnabled(!history.isEmpty());
    m_last->setText(history.isEmpty() ? QString()
                                      : timeText(history.constFirst().time) + QStringLiteral("  ") +
                                            history.constFirst().text);
}

void NoticeHistory::fillMenu()
{
    m_menu->clear();
    const auto& history = m_notices.history();
    const int count = static_cast<int>(std::min<qsizetype>(kListed, history.size()));
    for (int row = 0; row < count; ++row) {
        const NoticeBar::Past& past = history.at(row);
        const QString line = timeText(past.time) + QStringLiteral("  ") + singleLine(past.text);
        QAction* action = m_menu->addAction(
            withoutMnemonic(m_menu->fontMetrics().elidedText(line, Qt::ElideRight, menuTextPx)));
        action->setIcon(symbolicIcon(past.kind == NoticeBar::Kind::Problem ? QStringLiteral("warning")
                                                                           : QStringLiteral("info")));
        action->setToolTip(plainToolTip(past.text));
        connect(action, &QAction::triggered, this, [this, row] { m_notices.showAgain(row); });
    }
}

} // namespace unfog
