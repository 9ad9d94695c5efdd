#include "widgets/create/picture_parameters.h"

#include <algorithm>
#include <utility>

#include <QCoreApplication>
#include <QFileInfo>

#include "generation/interchange/sampler_names.h"
#include "image_files/metadata/known_files.h"
#include "widgets/canvas/step_text.h"
#include "widgets/fields/field_text.h"

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
    parameters.modelName = QFileInfo(QString::fromStdString(record.request.model.path)).fileName();
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
    if (!isHere(filled.model.path))
        filled.model.path = form.model.path;
    if (parameters.isWhole) {
        if (!isHere(filled.model.tokenizer))
            filled.model.tokenizer =
                filled.model.path == form.model.path ? form.model.tokenizer : std::string();
        return filled;
    }
    filled.model.tokenizer = form.model.tokenizer;
    filled.model.device = form.model.device;
    filled.model.precision = form.model.precision;
    filled.output.tiledDecode = form.output.tiledDecode;
    return filled;
}

QString takenText(const PictureParameters& parameters)
{
    const GenerationRequest& request = parameters.imported.request;
    const auto isSaid = [&](std::string_view key) {
        const ImportedValue* value = parameters.imported.find(key);
        return value ? value->outcome != ImportOutcome::Ignored : parameters.isWhole;
    };
    QStringList taken;
    for (const RequestField& field : requestFields()) {
        const auto name = QString::fromStdString(std::string(field.name));
        const QString text = fieldText(field, field.get(request));
        // What the source says by name; else what differs from the default.
        const bool isNamed = !field.a1111.empty();
        const bool isSwitchedOff =
            field.isAtDefault(request) && field.range.minimum == 0.0 && field.kind != FieldKind::Seed;
        if (isNamed ? !isSaid(field.a1111) || isSwitchedOff : field.isAtDefault(request))
            continue;
        if (field.key == "prompts.positive" || field.key == "prompts.negative")
            taken << name;
        else if (field.key == "sampler.steps")
            taken << Words::tr("%n step(s)", nullptr, request.sampler.steps);
        else if (field.key == "canvas.width" && request.canvas.widthPx > 0)
            taken << QStringLiteral("%1 × %2").arg(request.canvas.widthPx).arg(request.canvas.heightPx);
        else if (field.kind == FieldKind::Name && !text.isEmpty())
            taken << text;
        else if (field.kind == FieldKind::Whole || field.kind == FieldKind::Real ||
                 field.kind == FieldKind::Seed)
            if (!field.key.starts_with("canvas.") && !text.isEmpty())
                taken << Words::tr("%1 %2").arg(name, text);
    }
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
    const QString tokenizer = QString::fromStdString(parameters.imported.request.model.tokenizer);
    if (isHere(parameters.imported.request.model.path) && !tokenizer.isEmpty() &&
        !isHere(parameters.imported.request.model.tokenizer))
        return Words::tr("Its tokenizer “%1” was not found; the model's own is used.")
            .arg(QFileInfo(tokenizer).fileName());
    if (isHere(parameters.imported.request.model.path) || parameters.modelName.isEmpty())
        return {};
    if (parameters.isWhole)
        return Words::tr("Model “%1” was not found; the current model is kept.").arg(parameters.modelName);
    return Words::tr("It names the model “%1” without a location; the current model is kept.")
        .arg(parameters.modelName);
}

} // namespace unfog
