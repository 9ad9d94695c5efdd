#include "widgets/window/theme.h"

#include <QApplication>
#include <QEvent>
#include <QStyle>
#include <QStyleFactory>
#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0)
#include <QStyleHints>
#endif

namespace unfog {

namespace {

QString styleSheet(const QPalette& palette)
{
    const ThemeColours colours = Theme::colours(palette);
    const bool dark = Theme::isDark(palette);
    const QString hover = dark ? QStringLiteral("rgba(255,255,255,26)") : QStringLiteral("rgba(0,0,0,18)");
    const QString pressed = dark ? QStringLiteral("rgba(255,255,255,44)") : QStringLiteral("rgba(0,0,0,34)");
    QString sheet = QStringLiteral(R"(
QMainWindow::separator { background: @line; width: 1px; height: 1px; }
QMainWindow::separator:hover { background: @accent; }
QToolBar { border: none; border-bottom: 1px solid @line; spacing: 2px; padding: 4px 8px; }
QToolBar::separator { background: @line; width: 1px; margin: 6px 6px; }
QDockWidget { titlebar-close-icon: none; titlebar-normal-icon: none; }
QMenuBar { background: transparent; padding: 2px 4px; }
QMenuBar::item { padding: 4px 9px; border-radius: 5px; background: transparent; }
QMenuBar::item:selected { background: @hover; }
QStatusBar { border-top: 1px solid @line; }
QStatusBar::item { border: none; }
QToolButton { border: 1px solid transparent; border-radius: 6px; padding: 4px; }
QToolButton:hover { background: @hover; }
QToolButton:pressed, QToolButton:checked { background: @pressed; }
QToolButton:focus { border-color: @accent; }
QToolButton::menu-indicator { image: none; }
QToolButton[section="true"]:checked, QToolButton[section="true"] { background: transparent; }
QToolButton[section="true"]:hover { background: @hover; }
QToolButton[section="true"] { font-weight: 600; padding: 4px 2px; text-align: left; }
QPushButton[primary="true"] { background: @primary; color: white; border: 1px solid @primary; border-radius: 7px;
    padding: 8px 18px; font-weight: 600; }
QPushButton[primary="true"]:hover { background: @accentPressed; }
QPushButton[primary="true"]:pressed { background: @accentHover; }
QPushButton[primary="true"]:disabled { background: @hover; border-color: transparent; color: @disabled; }
QPushButton[chip="true"] { padding: 5px 12px; border: 1px solid @subtle; border-radius: 13px; background: @base; color: @text; }
QPushButton[chip="true"]:hover { border-color: @accent; color: @accent; }
QPushButton[chip="true"]:focus { border-color: @accent; }
QPushButton[primary="true"]:focus { border: 2px solid @text; padding: 7px 17px; }
QPlainTextEdit, QTextEdit, QLineEdit { border: 1px solid @line; border-radius: 6px; padding: 4px 6px;
    background: @base; selection-background-color: @accent; selection-color: white; }
QPlainTextEdit:focus, QTextEdit:focus, QLineEdit:focus { border-color: @accent; }
QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: @groove; }
QSlider::sub-page:horizontal { height: 4px; border-radius: 2px; background: @accent; }
QSlider::sub-page:horizontal:disabled { background: @groove; }
QSlider::handle:horizontal { background: @handle; border: 1px solid @handleLine; width: 14px; height: 14px;
    margin: -6px 0; border-radius: 8px; }
QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus { border: 2px solid @accent; width: 12px; height: 12px; }
QSlider::handle:horizontal:disabled { background: @groove; }
QProgressBar { border: none; border-radius: 2px; background: @groove; max-height: 4px; min-height: 4px; }
QProgressBar::chunk { border-radius: 2px; background: @accent; }
QScrollArea { border: none; background: transparent; }
QScrollBar:vertical { width: 12px; background: transparent; margin: 0; }
QScrollBar:horizontal { height: 12px; background: transparent; margin: 0; }
QScrollBar::handle { background: @scroll; border-radius: 4px; margin: 2px; }
QScrollBar::handle:disabled { background: transparent; }
QScrollBar::handle:hover { background: @subtle; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QLabel[subtle="true"] { color: @subtle; }
QLabel[heading="true"] { font-weight: 600; }
QLabel[problem="true"] { color: @bad; }
QFrame[panel="true"] { background: @field; border: 1px solid @line; border-radius: 8px; }
QFrame[hairline="true"] { background: @line; border: none; max-height: 1px; min-height: 1px; }
QToolTip { border: 1px solid @line; padding: 4px 6px; background: @base; color: @text; }
)");
    const QColor accent = palette.color(QPalette::Highlight);
    const std::pair<const char*, QString> values[] = {
        // White on it must have a contrast of 4.5 to 1 in every state (WCAG 2.2, 1.4.3).
        {"@primary", Theme::primary(dark).name()},
        {"@accentHover", Theme::primary(dark).darker(125).name()},
        {"@accentPressed", Theme::primary(dark).darker(112).name()},
        {"@accent", accent.name()},
        {"@disabled", palette.color(QPalette::Disabled, QPalette::ButtonText).name()},
        {"@handleLine", dark ? QStringLiteral("#6a6a6e") : QStringLiteral("#a9a9ae")},
        {"@handle", dark ? QStringLiteral("#d9d9dc") : QStringLiteral("#ffffff")},
        {"@groove", dark ? QStringLiteral("#47474b") : QStringLiteral("#d0d0d4")},
        {"@scroll", dark ? QStringLiteral("#505055") : QStringLiteral("#c4c4c9")},
        {"@hover", hover},
        {"@pressed", pressed},
        {"@line", colours.line.name()},
        {"@field", colours.field.name()},
        {"@subtle", colours.subtle.name()},
        {"@bad", colours.bad.name()},
        {"@base", palette.color(QPalette::Base).name()},
        {"@text", palette.color(QPalette::Text).name()},
    };
    for (const auto& [name, value] : values)
        sheet.replace(QLatin1String(name), value);
    return sheet;
}

} // namespace

Theme::Theme(QObject* parent) : QObject(parent)
{
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0)
    connect(QGuiApplication::styleHints(), &QStyleHints::colorSchemeChanged, this, [this] { apply(); });
#else
    m_systemWasDark = isDark(QGuiApplication::palette());
#endif
    qApp->installEventFilter(this);
    apply();
}

bool Theme::isDark(const QPalette& palette)
{
    return palette.color(QPalette::Window).lightness() < palette.color(QPalette::WindowText).lightness();
}

bool Theme::systemIsDark() const
{
#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0)
    return QGuiApplication::styleHints()->colorScheme() == Qt::ColorScheme::Dark;
#else
    return m_systemWasDark;
#endif
}

void Theme::setChoice(ThemeChoice choice)
{
    m_choice = choice;
    apply();
}

void Theme::apply()
{
    m_dark = m_choice == ThemeChoice::Dark || (m_choice == ThemeChoice::System && systemIsDark());
    m_applying = true;
    const QPalette next = palette(m_dark);
    QApplication::setPalette(next);
    qApp->setStyleSheet(styleSheet(next));
    m_applying = false;
    Q_EMIT changed();
}

bool Theme::eventFilter(QObject* watched, QEvent* event)
{
    // Before Qt 6.5 the desktop's switch shows itself only as a palette that is not ours.
    if (watched == qApp && event->type() == QEvent::ApplicationPaletteChange && !m_applying) {
        const bool dark = isDark(QGuiApplication::palette());
        if (dark != m_systemWasDark) {
            m_systemWasDark = dark;
            QMetaObject::invokeMethod(this, &Theme::apply, Qt::QueuedConnection);
        }
    }
    return QObject::eventFilter(watched, event);
}

QColor Theme::primary(bool dark)
{
    return QColor(dark ? 0x3568cf : 0x2f66c9);
}

ThemeColours Theme::colours(const QPalette& palette)
{
    if (isDark(palette))
        return {QColor(0x1b1b1b), QColor(0xa0a0a6), QColor(0x3c3c40), QColor(0x2e2e31),
                QColor(0x6cc28a), QColor(0xe0b050), QColor(0xf28b82)};
    return {QColor(0xcfcfcf), QColor(0x63636a), QColor(0xd9d9de), QColor(0xfbfbfc),
            QColor(0x1f8a4c), QColor(0xa86a00), QColor(0xb3261e)};
}

QPalette Theme::palette(bool dark)
{
    const QColor window(dark ? 0x262628 : 0xf3f3f5);
    const QColor text(dark ? 0xececee : 0x1c1c1f);
    const QColor button(dark ? 0x38383c : 0xfcfcfd);
    const QColor base(dark ? 0x1f1f21 : 0xffffff);
    const QColor accent(dark ? 0x5b8def : 0x2f66c9);
    const QColor disabled(dark ? 0x77777c : 0xa2a2a8);
    QPalette palette(button, window);
    palette.setColor(QPalette::Window, window);
    palette.setColor(QPalette::WindowText, text);
    palette.setColor(QPalette::Base, base);
    palette.setColor(QPalette::AlternateBase, dark ? QColor(0x2a2a2d) : QColor(0xf7f7f9));
    palette.setColor(QPalette::Text, text);
    palette.setColor(QPalette::PlaceholderText, QColor(dark ? 0x85858b : 0x8a8a91));
    palette.setColor(QPalette::Button, button);
    palette.setColor(QPalette::ButtonText, text);
    palette.setColor(QPalette::BrightText, Qt::white);
    palette.setColor(QPalette::ToolTipBase, base);
    palette.setColor(QPalette::ToolTipText, text);
    palette.setColor(QPalette::Highlight, accent);
    palette.setColor(QPalette::HighlightedText, Qt::white);
    palette.setColor(QPalette::Link, accent);
    palette.setColor(QPalette::LinkVisited, accent);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        palette.setColor(QPalette::Disabled, role, disabled);
    palette.setColor(QPalette::Disabled, QPalette::Highlight, disabled);
    return palette;
}

} // namespace unfog
