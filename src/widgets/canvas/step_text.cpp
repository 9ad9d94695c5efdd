#include "widgets/canvas/step_text.h"

#include <cmath>

#include <QCoreApplication>
#include <QLocale>
#include <QStringList>

#include "widgets/fields/field_text.h"

namespace unfog {

namespace {
QString tr(const char* text)
{
    return QCoreApplication::translate("StepText", text);
}
} // namespace

QString durationText(double seconds)
{
    if (seconds < 10.0)
        return tr("%1 s").arg(QLocale().toString(seconds, 'f', 1));
    const auto whole = static_cast<qint64>(std::llround(seconds));
    if (whole < 60)
        return tr("%1 s").arg(whole);
    if (whole < 3600)
        return tr("%1 min %2 s").arg(whole / 60).arg(whole % 60);
    return tr("%1 h %2 min").arg(whole / 3600).arg(whole % 3600 / 60);
}

QString progressText(const RunProgress& progress)
{
    QStringList parts;
    if (progress.imageCount > 1)
        parts << tr("Image %1 of %2").arg(progress.imageIndex + 1).arg(progress.imageCount);
    parts << tr("Step %1 of %2").arg(progress.step).arg(progress.stepCount);
    parts << QStringLiteral("σ %1").arg(localNumberText(progress.sigma));
    parts << QStringLiteral("t %1").arg(QLocale().toString(progress.timestep, 'f', 0));
    if (progress.stepsPerSecond > 0.0)
        parts << tr("%1 it/s").arg(QLocale().toString(progress.stepsPerSecond, 'f', 1));
    if (progress.secondsLeft >= 0.0)
        parts << tr("%1 left").arg(durationText(progress.secondsLeft));
    return parts.join(QStringLiteral("  ·  "));
}

} // namespace unfog
