#pragma once

#include <QDateTime>
#include <QString>
#include <QStringList>

#include "base/result.h"

/// File names out of templates such as "{date}-{seed}-{prompt:40}".
namespace unfog {

/// What placeholders stand for, of one picture.
struct NameValues {
    QDateTime created; ///< any time zone; shown in local time
    quint64 seed = 0;
    QString prompt;
    QString negativePrompt;
    QString model;
    QString scheduler;
    int steps = 0;
    double guidanceScale = 0.0;
    int widthPx = 0; ///< as exported
    int heightPx = 0;
    int number = 1; ///< in this export, from 1
    int stars = 0;
    QString originalName; ///< without folder and suffix
};

/// {date} {time} {seed} {prompt} {negative} {model} {scheduler} {steps} {guidance} {width} {height} {number}
/// {stars} {name}: each with ":n" for at most n characters ({number:4}: padded with zeros to 4). "{{" and
/// "}}" are braces.
QStringList knownPlaceholders();
/// Those that occur in a template, "{prompt}" whatever its length; none when it is refused.
QStringList usedPlaceholders(const QString& nameTemplate);

/// An unknown placeholder, a missing brace or an empty template is refused with one sentence that lists what
/// is known.
Result<void> checkTemplate(const QString& nameTemplate);

/// The name without folder, suffix included; `suffix` without dot. Safe as it is: one path component of at
/// most 200 bytes of UTF-8, no separators, control or bidirectional characters, none of the characters
/// < > : " / \ | ? *, no name that Windows keeps for itself, no leading or trailing dot or space, never
/// empty. Also the live preview of the dialog.
Result<QString> expandTemplate(const QString& nameTemplate, const NameValues& values, const QString& suffix);

/// The last part of expandTemplate: any text to one safe path component of at most `maxBytes` bytes of UTF-8.
QString safeFileName(const QString& text, int maxBytes = 200);

} // namespace unfog
