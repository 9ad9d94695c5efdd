#pragma once

#include <QIcon>
#include <QPalette>
#include <QString>

/// Our own icons: one-colour SVGs under :/unfog/icons, drawn at the size and in the palette colour of the
/// moment, so that a change of theme or of screen scale needs no other files.
namespace unfog {

/// `name` is a file of resources/icons without ".svg"; `checkedName`, when given, is drawn for QIcon::On.
/// The colour is read from the application's palette at each paint: `role` in the group of the icon's mode.
QIcon symbolicIcon(const QString& name, const QString& checkedName = {},
                   QPalette::ColorRole role = QPalette::ButtonText);

/// Makes everything under :/unfog readable; called by the functions here, needed before other uses.
void loadIcons();

/// The icon as a picture of `sizePx` device pixels in one given colour.
QPixmap symbolicPixmap(const QString& name, QSize sizePx, const QColor& colour);

} // namespace unfog
