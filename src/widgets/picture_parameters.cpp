#include "widgets/picture_parameters.h"

#include <QCoreApplication>
#include <QFileInfo>

#include "generation/a1111_text.h"
#include "widgets/step_text.h"

namespace unfog {

namespace {

constexpr qsizetype ignoredShown = 3;

struct Words final {
    Q_DECLARE_TR_FUNCTIONS(PictureParameters)
};

QStringList textsOf(const std::vector<std::string>& texts)
{
    QStringList list;
    for (const std::string& text : texts)
        list.append(QString::fromStdString(text));
    return list;
}

bool isHere(const std::string& model)
{
    return !model.empty() && QFileInfo::exists(QString::fromStdString(model));
}

} // namespace

bool PictureParameters::hasSeed() const
{
    return isWhole || taken.contains(QStringLiteral("Seed"));
}

std::optional<PictureParameters> parametersOf(const PictureMetadata& metadata)
{
    if (!metadata.request)
        return std::nullopt;
    PictureParameters parameters;
    parameters.request = *metadata.request;
    parameters.isWhole = metadata.source == MetadataSource::Unfog;
    parameters.modelName = parameters.isWhole
                               ? QFileInfo(QString::fromStdString(metadata.request->model)).fileName()
                               : QString::fromStdString(metadata.modelName);
    parameters.taken = textsOf(metadata.taken);
    parameters.ignored = textsOf(metadata.ignored);
    return parameters;
}

std::optional<PictureParameters> parametersOf(const GalleryEntry& entry)
{
    if (const auto parsed = parseRecord(entry.recordJson.toStdString());
        !entry.recordJson.isEmpty() && parsed) {
        PictureParameters parameters;
        parameters.request = parsed->record.request;
        parameters.isWhole = true;
        parameters.modelName = entry.model;
        return parameters;
    }
    const A1111Parameters text = parseA1111Text(entry.parameters.toStdString());
    if (text.values.empty())
        return std::nullopt;
    A1111Request read = toRequest(text);
    return PictureParameters{std::move(read.request), false, QString::fromStdString(read.modelName),
                             textsOf(read.taken), textsOf(read.ignored)};
}

GenerationRequest filledIn(const PictureParameters& parameters, const GenerationRequest& form)
{
    const GenerationRequest& said = parameters.request;
    if (parameters.isWhole) {
        GenerationRequest filled = said;
        if (!isHere(said.model))
            filled.model = form.model;
        return filled;
    }
    GenerationRequest filled = form;
    filled.prompt = said.prompt;
    filled.negativePrompt = said.negativePrompt; // a text without one says that there was none
    const auto take = [&](const char* key, auto copy) {
        if (parameters.taken.contains(QLatin1String(key)))
            copy();
    };
    take("Steps", [&] { filled.sampler.steps = said.sampler.steps; });
    take("Sampler", [&] { filled.sampler.scheduler = said.sampler.scheduler; });
    take("Schedule type", [&] { filled.sampler.spacing = said.sampler.spacing; });
    if (!said.sampler.spacing.empty()) // older texts have it in the sampler's name
        filled.sampler.spacing = said.sampler.spacing;
    take("CFG scale", [&] { filled.guidanceScale = said.guidanceScale; });
    take("CFG rescale", [&] { filled.guidanceRescale = said.guidanceRescale; });
    take("Seed", [&] { filled.seed = said.seed; });
    take("Size", [&] {
        filled.widthPx = said.widthPx;
        filled.heightPx = said.heightPx;
    });
    take("Clip skip", [&] { filled.clipSkip = said.clipSkip; });
    if (said.sampler.eta)
        filled.sampler.eta = said.sampler.eta;
    return filled;
}

QString takenText(const PictureParameters& parameters)
{
    const GenerationRequest& request = parameters.request;
    const auto isSaid = [&](const char* key) {
        return parameters.isWhole || parameters.taken.contains(QLatin1String(key));
    };
    QStringList taken;
    if (!request.prompt.empty())
        taken << Words::tr("prompt");
    if (!request.negativePrompt.empty())
        taken << Words::tr("negative prompt");
    if (isSaid("Seed"))
        taken << Words::tr("seed %1").arg(request.seed);
    if (isSaid("Steps"))
        taken << Words::tr("%n step(s)", nullptr, request.sampler.steps);
    if (isSaid("CFG scale"))
        taken << Words::tr("guidance %1").arg(numberText(request.guidanceScale));
    if (isSaid("CFG rescale") && request.guidanceRescale > 0.0)
        taken << Words::tr("rescale %1").arg(numberText(request.guidanceRescale));
    if (isSaid("Sampler") && !request.sampler.scheduler.empty())
        taken << QString::fromStdString(request.sampler.scheduler);
    if (!request.sampler.spacing.empty())
        taken << QString::fromStdString(request.sampler.spacing);
    if (isSaid("Size") && request.widthPx > 0)
        taken << QStringLiteral("%1 × %2").arg(request.widthPx).arg(request.heightPx);
    if (isSaid("Clip skip") && request.clipSkip > 0)
        taken << Words::tr("CLIP skip %1").arg(request.clipSkip);
    if (request.sampler.eta)
        taken << Words::tr("η %1").arg(numberText(*request.sampler.eta));
    return taken.isEmpty() ? Words::tr("nothing") : taken.join(QStringLiteral(", "));
}

QString notUsedText(const PictureParameters& parameters)
{
    if (parameters.ignored.isEmpty())
        return {};
    QStringList shown = parameters.ignored.mid(0, ignoredShown);
    if (const qsizetype more = parameters.ignored.size() - shown.size(); more > 0)
        shown << Words::tr("and %n more", nullptr, static_cast<int>(more));
    return Words::tr("Not used: %1.").arg(shown.join(QStringLiteral("  ·  ")));
}

QString missingModelText(const PictureParameters& parameters)
{
    if (isHere(parameters.request.model) || parameters.modelName.isEmpty())
        return {};
    if (parameters.isWhole)
        return Words::tr("Its model “%1” is not here; the present one stays.").arg(parameters.modelName);
    return Words::tr("It names the model “%1” without a place; the present one stays.")
        .arg(parameters.modelName);
}

} // namespace unfog
