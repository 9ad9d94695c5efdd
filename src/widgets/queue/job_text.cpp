#include "widgets/queue/job_text.h"

#include <cmath>

#include <QCoreApplication>
#include <QFileInfo>

#include "generation/interchange/sampler_names.h"
#include "widgets/canvas/step_text.h"
#include "widgets/models/model_picker.h"

namespace unfog {

namespace {

struct Words final {
    Q_DECLARE_TR_FUNCTIONS(JobText)
};

QString nameOr(const std::string& title, const QString& otherwise)
{
    return title.empty() ? otherwise : QString::fromStdString(title);
}

} // namespace

QString differenceText(const Job& job, const Job* before)
{
    const GenerationRequest& now = job.request;
    QStringList parts;
    const auto differs = [&](auto member) { return !before || now.*member != before->request.*member; };
    if (before && now.model != before->request.model)
        parts << modelTitle(QString::fromStdString(now.model));
    if (before && now.negativePrompt != before->request.negativePrompt)
        parts << (now.negativePrompt.empty() ? Words::tr("no negative prompt")
                                             : Words::tr("another negative prompt"));
    const bool hasSize = now.widthPx > 0 && now.heightPx > 0;
    if (!before ? hasSize
                : now.widthPx != before->request.widthPx || now.heightPx != before->request.heightPx)
        parts << (hasSize ? QStringLiteral("%1 × %2").arg(now.widthPx).arg(now.heightPx)
                          : Words::tr("the model's size"));
    if (!before || now.sampler.steps != before->request.sampler.steps)
        parts << Words::tr("%n step(s)", nullptr, now.sampler.steps);
    if (before && differs(&GenerationRequest::guidanceScale))
        parts << Words::tr("guidance %1").arg(numberText(now.guidanceScale));
    if (before && differs(&GenerationRequest::guidanceRescale))
        parts << Words::tr("rescale %1").arg(numberText(now.guidanceRescale));
    if (before && now.sampler.scheduler != before->request.sampler.scheduler)
        parts << nameOr(schedulerTitle(now.sampler.scheduler), Words::tr("the model's scheduler"));
    if (before && now.sampler.spacing != before->request.sampler.spacing)
        parts << nameOr(spacingTitle(now.sampler.spacing), Words::tr("the default spacing"));
    if (before && now.sampler.eta != before->request.sampler.eta)
        parts << (now.sampler.eta ? Words::tr("η %1").arg(numberText(*now.sampler.eta))
                                  : Words::tr("η by default"));
    if (before && now.sampler.sigmaMax != before->request.sampler.sigmaMax)
        parts << (now.sampler.sigmaMax ? Words::tr("largest σ %1").arg(numberText(*now.sampler.sigmaMax))
                                       : Words::tr("largest σ by default"));
    if (before && differs(&GenerationRequest::clipSkip))
        parts << Words::tr("CLIP skip %1").arg(now.clipSkip);
    if (before && differs(&GenerationRequest::initImage))
        parts << (now.initImage ? Words::tr("from %1, strength %2")
                                      .arg(QFileInfo(QString::fromStdString(now.initImage->file)).fileName(),
                                           numberText(now.initImage->strength))
                                : Words::tr("no start image"));
    if (differs(&GenerationRequest::seed))
        parts << Words::tr("seed %1").arg(now.seed);
    return parts.join(QStringLiteral("  ·  "));
}

double workOf(const GenerationRequest& request, QSize nativeSizePx)
{
    const double width = request.widthPx > 0 ? request.widthPx : std::max(1, nativeSizePx.width());
    const double height = request.heightPx > 0 ? request.heightPx : std::max(1, nativeSizePx.height());
    const double steps = request.initImage ? std::ceil(request.sampler.steps * request.initImage->strength)
                                           : request.sampler.steps;
    const double evaluations = steps * (request.guidanceScale == 1.0 ? 1.0 : 2.0);
    return request.count * evaluations * width * height / 1e6;
}

} // namespace unfog
