#include "widgets/fields/field_text.h"

#include <cmath>

#include <QCoreApplication>
#include <QFileInfo>
#include <QLocale>

#include "generation/interchange/sampler_names.h"

namespace unfog {
namespace {

struct Words final {
    Q_DECLARE_TR_FUNCTIONS(RequestField)
};

QString translated(std::string_view text)
{
    const std::string copy(text);
    return QCoreApplication::translate("RequestField", copy.c_str());
}

QString flagText(const RequestField& field, bool isSet)
{
    if (field.key == "prompts.weighted")
        return isSet ? Words::tr("Brackets are weights") : Words::tr("Brackets are text");
    if (field.key == "output.tiled_decode")
        return isSet ? Words::tr("In tiles") : Words::tr("In one piece");
    return isSet ? Words::tr("on") : Words::tr("off");
}

std::string titleOf(const RequestField& field, const std::string& name)
{
    if (field.key == "sampler.scheduler")
        return schedulerTitle(name);
    if (field.key == "sampler.spacing")
        return spacingTitle(name);
    return field.key == "sampler.prediction" ? predictionTitle(name) : name;
}

} // namespace

QString fieldLabel(const RequestField& field)
{
    return translated(field.label);
}

QString fieldLabelOf(const RequestField& field)
{
    return fieldLabel(field).remove(u'&');
}

QString fieldTip(const RequestField& field)
{
    return translated(field.tip);
}

QString fieldText(const RequestField& field, const FieldValue& value)
{
    if (value.is_null())
        return {};
    switch (field.kind) {
    case FieldKind::Flag:
        return flagText(field, value.get<bool>());
    case FieldKind::Whole:
    case FieldKind::Seed:
        return QString::fromStdString(value.dump());
    case FieldKind::Real:
        return localNumberText(value.get<double>());
    default:
        break;
    }
    const auto text = QString::fromStdString(titleOf(field, value.get<std::string>()));
    return field.key == "images.start.file" ? QFileInfo(text).fileName() : text;
}

QString localNumberText(double value)
{
    if (!std::isfinite(value))
        return QStringLiteral("–");
    return QLocale().toString(value, 'g', 4);
}

} // namespace unfog
