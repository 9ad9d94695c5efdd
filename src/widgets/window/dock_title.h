#pragma once

#include <QDockWidget>

namespace unfog {

/// A dock with a quiet heading and one close button in place of the style's own title bar.
/// `header`, when given, stands beside the heading.
QDockWidget* makeDock(const QString& title, const QString& objectName, QWidget* content, QWidget* parent,
                      QWidget* header = nullptr);

} // namespace unfog
