#pragma once

#include <QColor>
#include <QObject>
#include <QPalette>

#include "settings/studio_settings.h"

/// Light and dark: palette, the small style sheet on top of Fusion, and the few colours that a palette has no
/// role for.
namespace unfog {

struct ThemeColours {
    QColor canvas;    ///< neutral grey behind the picture: no hue, so that colours are judged as they are
    QColor subtle;    ///< secondary text
    QColor line;      ///< hairlines between areas
    QColor field;     ///< background of panels inside the window
    QColor good;      ///< finished
    QColor attention; ///< a notice
    QColor bad;       ///< failed
};

/// Applies a theme to the application and keeps it following the desktop while the choice is System.
class Theme final : public QObject {
    Q_OBJECT
public:
    explicit Theme(QObject* parent = nullptr);

    ThemeChoice choice() const { return m_choice; }
    bool isDark() const { return m_dark; }
    void setChoice(ThemeChoice choice);

    /// The colours that belong to a palette, by its lightness: usable in any paint event.
    static ThemeColours colours(const QPalette& palette);
    static bool isDark(const QPalette& palette);
    static QPalette palette(bool dark);
    /// Background of the main button, whose text is white.
    static QColor primary(bool dark);

Q_SIGNALS:
    void changed();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    bool systemIsDark() const;
    void apply();

    ThemeChoice m_choice = ThemeChoice::System;
    bool m_systemWasDark = false;
    bool m_dark = false;
    bool m_applying = false;
};

} // namespace unfog
