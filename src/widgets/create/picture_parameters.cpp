#include "widgets/create/picture_parameters.h"

#include <algorithm>
#include <utility>

#include <QCoreApplication>
#include <QFileInfo>

#include "generation/interchange/sampler_names.h"
#include "image_files/metadata/known_files.h"
#include "widgets/canvas/step_text.h"

namespace unfog {

namespace {

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
    const QFileInfo file(QString::fromStdString(model));
    return !model.empty() && file.isAbsolute() && file.exists();
}

PictureParameters ofRecord(GenerationRecord record)
{
    locateFiles(record);
    PictureParameters parameters;
    parameters.isWhole = true;
    parameters.modelName = QFileInfo(QString::fromStdString(record.request.model)).fileName();
    parameters.imported.request = std::move(record.request);
    parameters.imported.hasSeed = true;
    return parameters;
}

PictureParameters ofForeign(ImportedParameters imported)
{
    PictureParameters parameters;
    parameters.modelName = QString::fromStdString(imported.modelName);
    parameters.imported = std::move(imported);
    return parameters;
}

} // namespace

int PictureParameters::count(ImportOutcome outcome) const
{
    return static_cast<int>(
        std::count_if(imported.values.begin(), imported.values.end(),
                      [&](const ImportedValue& value) { return value.outcome == outcome; }));
}

std::optional<PictureParameters> parametersOf(const PictureMetadata& metadata)
{
    if (!metadata.request)
        return std::nullopt;
    PictureParameters parameters = metadata.imported ? ofForeign(*metadata.imported)
                                                     : ofRecord({*metadata.request, metadata.provenance});
    parameters.notes = textsOf(metadata.notes);
    return parameters;
}

std::optional<PictureParameters> parametersOf(const GalleryEntry& entry)
{
    if (!entry.recordJson.isEmpty())
        if (const auto parsed = parseRecord(entry.recordJson.toStdString()))
            return ofRecord(parsed->record);
    return parametersOf(entry.parameters);
}

std::optional<PictureParameters> parametersOf(const QString& text)
{
    auto imported = importText(text.toStdString());
    return imported ? std::optional(ofForeign(std::move(*imported))) : std::nullopt;
}

GenerationRequest filledIn(const PictureParameters& parameters, const GenerationRequest& form)
{
    GenerationRequest filled = parameters.imported.request;
    if (!isHere(filled.model))
        filled.model = form.model;
    if (parameters.isWhole) {
        if (!isHere(filled.tokenizer))
            filled.tokenizer = filled.model == form.model ? form.tokenizer : std::string();
        return filled;
    }
    filled.tokenizer = form.tokenizer;
    filled.device = form.device;
    filled.precision = form.precision;
    filled.tiledDecode = form.tiledDecode;
    return filled;
}

QString takenText(const PictureParameters& parameters)
{
    const GenerationRequest& request = parameters.imported.request;
    const auto isSaid = [&](const char* key) {
        const ImportedValue* value = parameters.imported.find(key);
        return value ? value->outcome != ImportOutcome::Ignored : parameters.isWhole;
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
        taken << QString::fromStdString(schedulerTitle(request.sampler.scheduler));
    if (!request.sampler.spacing.empty())
        taken << QString::fromStdString(spacingTitle(request.sampler.spacing));
    if (isSaid("Size") && request.widthPx > 0)
        taken << QStringLiteral("%1 × %2").arg(request.widthPx).arg(request.heightPx);
    if (isSaid("Clip skip") && request.clipSkip > 0)
        taken << Words::tr("CLIP skip %1").arg(request.clipSkip);
    if (request.sampler.eta)
        taken << Words::tr("η %1").arg(numberText(*request.sampler.eta));
    return taken.isEmpty() ? Words::tr("nothing") : taken.join(QStringLiteral(", "));
}

QString deviationText(const PictureParameters& parameters)
{
    const int approximated = parameters.count(ImportOutcome::Approximated);
    const int ignored = parameters.count(ImportOutcome::Ignored);
    QStringList sentences;
    if (approximated > 0)
        sentences << Words::tr("%n setting(s) approximated.", nullptr, approximated);
    if (ignored > 0)
        sentences << Words::tr("%n setting(s) ignored.", nullptr, ignored);
    return sentences.join(u' ');
}

QString missingModelText(const PictureParameters& parameters)
{
    const QString tokenizer = QString::fromStdString(parameters.imported.request.tokenizer);
    if (isHere(parameters.imported.request.model) && !tokenizer.isEmpty() &&
        !isHere(parameters.imported.request.tokenizer))
        return Words::tr("Its tokenizer “%1” is not here; the model's own is used.")
            .arg(QFileInfo(tokenizer).fileName());
    if (isHere(parameters.imported.request.model) || parameters.modelName.isEmpty())
        return {};
    if (parameters.isWhole)
        return Words::tr("Its model “%1” is not here; the present one stays.").arg(parameters.modelName);
    return Words::tr("It names the model “%1” without a place; the present one stays.")
        .arg(parameters.modelName);
}

} // namespace unfog
