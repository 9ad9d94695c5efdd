#pragma once

#include <QString>

/// Foreign text (prompts, file and model names, messages that quote them) on its way into a widget.
namespace unfog {

/// One line: line breaks and tabs become spaces, other control characters are escaped as "\x1B".
QString singleLine(const QString& text);
/// For setToolTip, which reads markup out of whatever looks like it: text that would be read so is escaped.
QString plainToolTip(const QString& text);
/// For the text of an action, a button or a tab: "&" is no mnemonic there.
QString withoutMnemonic(QString text);

} // namespace unfog
