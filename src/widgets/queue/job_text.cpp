#include "widgets/queue/job_text.h"

#include <cmath>

#include <QCoreApplication>
#include <QFileInfo>

#include "generation/request/request_fields.h"
#include "widgets/fields/field_text.h"
#include "widgets/models/model_picker.h"

namespace unfog {

namespace {

struct Words final {
    Q_DECLARE_TR_FUNCTIONS(JobText)
};

QString sizeText(const Canvas& canvas)
{
    return canvas.widthPx > 0 && canvas.heightPx > 0
               ? QStringLiteral("%1 × %2").arg(canvas.widthPx).arg(canvas.heightPx)
               : Words::tr("the model's size");
}

QString startText(const std::optional<InitImage>& start)
{
    if (!start)
        return Words::tr("no start image");
    return Words::tr("from %1, strength %2")
        .arg(QFileInfo(QString::fromStdString(start->file)).fileName(), localNumberText(start->strength));
}

/// What a job asks for in one field; "" for fields that another one tells as well.
QString requestText(const RequestField& field, const GenerationRequest& request)
{
    const QString text = fieldText(field, field.get(request));
    const auto name = QString::fromStdString(std::string(field.name));
    if (field.key == "prompts.positive" || field.key == "canvas.height" ||
        field.key == "images.start.sha256" || field.key == "images.start.strength")
        return {};
    if (field.key == "model.path")
        return modelTitle(text);
    if (field.key == "canvas.width")
        return sizeText(request.canvas);
    if (field.key == "images.start.file")
        return startText(request.images.start);
    if (field.key == "prompts.negative")
        return text.isEmpty() ? Words::tr("no negative prompt") : Words::tr("another negative prompt");
    if (field.key == "sampler.steps")
        return Words::tr("%n step(s)", nullptr, request.sampler.steps);
    if (text.isEmpty())
        return Words::tr("%1 by default").arg(name);
    return field.kind == FieldKind::Name || field.kind == FieldKind::Flag
               ? text
               : Words::tr("%1 %2").arg(name, text);
}

/// Fields that one text tells.
bool differs(const RequestField& field, const GenerationRequest& a, const GenerationRequest& b)
{
    if (field.key == "canvas.width")
        return a.canvas != b.canvas;
    if (field.key == "images.start.file")
        return a.images != b.images;
    return field.get(a) != field.get(b);
}

} // namespace

QString differenceText(const Job& job, const Job* before)
{
    const GenerationRequest& now = job.request;
    QStringList parts;
    const auto isTold = [&](const RequestField& field) {
        if (before)
            return differs(field, now, before->request);
        return field.key == "sampler.steps" || field.key == "output.seed" ||
               (field.key == "canvas.width" && now.canvas.widthPx > 0);
    };
    for (const RequestField& field : requestFields()) {
        if (!isTold(field))
            continue;
        if (const QString text = requestText(field, now); !text.isEmpty())
            parts << text;
    }
    return parts.join(QStringLiteral("  ·  "));
}

double workOf(const GenerationRequest& request, QSize nativeSizePx)
{
    const double width =
        request.canvas.widthPx > 0 ? request.canvas.widthPx : std::max(1, nativeSizePx.width());
    const double height =
        request.canvas.heightPx > 0 ? request.canvas.heightPx : std::max(1, nativeSizePx.height());
    const double steps = request.images.start
                             ? std::ceil(request.sampler.steps * request.images.start->strength)
                             : request.sampler.steps;
    const double evaluations = steps * (request.guidance.scale == 1.0 ? 1.0 : 2.0);
    return request.output.count * evaluations * width * height / 1e6;
}

} // namespace unfog
