#include "export/export_plan.h"

#include <algorithm>
#include <cmath>

#include <QDir>

#include "export/name_template.h"

namespace unfog {

namespace {

struct FormatName {
    ExportFormat format;
    const char* name;
    const char* suffix;
};
constexpr FormatName kFormats[] = {{ExportFormat::Png, "png", "png"},
                                   {ExportFormat::Jpeg, "jpeg", "jpg"},
                                   {ExportFormat::WebP, "webp", "webp"}};

struct ClashName {
    ClashRule rule;
    const char* name;
};
constexpr ClashName kClashes[] = {
    {ClashRule::Rename, "rename"}, {ClashRule::Skip, "skip"}, {ClashRule::Overwrite, "overwrite"}};

struct ResizeName {
    ResizeKind kind;
    const char* name;
};
constexpr ResizeName kResizes[] = {{ResizeKind::None, "none"},
                                   {ResizeKind::LongestSide, "longest-side"},
                                   {ResizeKind::Percent, "percent"},
                                   {ResizeKind::Exact, "exact"}};

Result<void> within(const char* what, double value, double low, double high)
{
    if (value >= low && value <= high)
        return {};
    return fail(ErrorKind::InvalidRequest, QStringLiteral("%1 must be %2 to %3, found %4.")
                                               .arg(QLatin1String(what))
                                               .arg(low)
                                               .arg(high)
                                               .arg(value)
                                               .toStdString());
}

int sidePx(double value)
{
    return std::max(1, static_cast<int>(std::lround(value)));
}

int numberIn(const QJsonObject& json, QLatin1String key, int fallback, int low, int high)
{
    const double value = json.value(key).toDouble(fallback);
    return value >= low && value <= high ? static_cast<int>(value) : fallback;
}

} // namespace

Result<void> validatePlan(const ExportPlan& plan)
{
    if (!QDir::isAbsolutePath(plan.folder))
        return fail(ErrorKind::InvalidRequest,
                    "The export folder must be named in full, found \"" + plan.folder.toStdString() + "\".");
    const ResizeRule& resize = plan.resize;
    for (const auto& check :
         {checkTemplate(plan.nameTemplate), within("Quality", plan.quality, 1, 100),
          within("Longest side", resize.longestSidePx, 1, 16384), within("Percent", resize.percent, 1, 1600),
          within("Width", resize.widthPx, 1, 16384), within("Height", resize.heightPx, 1, 16384),
          within("Contact sheet columns", plan.contactSheetColumns, 1, 64),
          within("Contact sheet tile", plan.contactSheetTilePx, 16, 2048)}) {
        if (!check)
            return check;
    }
    return {};
}

QSize exportedSize(QSize original, const ResizeRule& rule)
{
    switch (rule.kind) {
    case ResizeKind::None:
        return original;
    case ResizeKind::LongestSide: {
        const double scale =
            static_cast<double>(rule.longestSidePx) / std::max(original.width(), original.height());
        return {sidePx(original.width() * scale), sidePx(original.height() * scale)};
    }
    case ResizeKind::Percent:
        return {sidePx(original.width() * rule.percent / 100.0),
                sidePx(original.height() * rule.percent / 100.0)};
    case ResizeKind::Exact:
        return {rule.widthPx, rule.heightPx};
    }
    Q_UNREACHABLE();
}

QString suffixOf(ExportFormat format)
{
    const auto found = std::find_if(std::begin(kFormats), std::end(kFormats),
                                    [format](const FormatName& row) { return row.format == format; });
    return QLatin1String(found->suffix);
}

QJsonObject planToJson(const ExportPlan& plan)
{
    QJsonObject json;
    json[QLatin1String("folder")] = plan.folder;
    json[QLatin1String("name-template")] = plan.nameTemplate;
    for (const FormatName& row : kFormats) {
        if (row.format == plan.format)
            json[QLatin1String("format")] = QLatin1String(row.name);
    }
    json[QLatin1String("quality")] = plan.quality;
    for (const ResizeName& row : kResizes) {
        if (row.kind == plan.resize.kind)
            json[QLatin1String("resize")] = QLatin1String(row.name);
    }
    json[QLatin1String("longest-side")] = plan.resize.longestSidePx;
    json[QLatin1String("percent")] = plan.resize.percent;
    json[QLatin1String("width")] = plan.resize.widthPx;
    json[QLatin1String("height")] = plan.resize.heightPx;
    json[QLatin1String("keep-metadata")] = plan.keepMetadata;
    for (const ClashName& row : kClashes) {
        if (row.rule == plan.clash)
            json[QLatin1String("clash")] = QLatin1String(row.name);
    }
    json[QLatin1String("manifest")] = plan.manifest;
    json[QLatin1String("contact-sheet")] = plan.contactSheet;
    json[QLatin1String("contact-sheet-columns")] = plan.contactSheetColumns;
    json[QLatin1String("contact-sheet-tile")] = plan.contactSheetTilePx;
    return json;
}

ExportPlan planFromJson(const QJsonObject& json)
{
    ExportPlan plan;
    plan.folder = json.value(QLatin1String("folder")).toString();
    const QString nameTemplate = json.value(QLatin1String("name-template")).toString(plan.nameTemplate);
    if (checkTemplate(nameTemplate))
        plan.nameTemplate = nameTemplate;
    for (const FormatName& row : kFormats) {
        if (json.value(QLatin1String("format")) == QLatin1String(row.name))
            plan.format = row.format;
    }
    plan.quality = numberIn(json, QLatin1String("quality"), plan.quality, 1, 100);
    for (const ResizeName& row : kResizes) {
        if (json.value(QLatin1String("resize")) == QLatin1String(row.name))
            plan.resize.kind = row.kind;
    }
    ResizeRule& resize = plan.resize;
    resize.longestSidePx = numberIn(json, QLatin1String("longest-side"), resize.longestSidePx, 1, 16384);
    const double percent = json.value(QLatin1String("percent")).toDouble(resize.percent);
    resize.percent = percent >= 1.0 && percent <= 1600.0 ? percent : resize.percent;
    resize.widthPx = numberIn(json, QLatin1String("width"), resize.widthPx, 1, 16384);
    resize.heightPx = numberIn(json, QLatin1String("height"), resize.heightPx, 1, 16384);
    plan.keepMetadata = json.value(QLatin1String("keep-metadata")).toBool(plan.keepMetadata);
    for (const ClashName& row : kClashes) {
        if (json.value(QLatin1String("clash")) == QLatin1String(row.name))
            plan.clash = row.rule;
    }
    plan.manifest = json.value(QLatin1String("manifest")).toBool(plan.manifest);
    plan.contactSheet = json.value(QLatin1String("contact-sheet")).toBool(plan.contactSheet);
    plan.contactSheetColumns =
        numberIn(json, QLatin1String("contact-sheet-columns"), plan.contactSheetColumns, 1, 64);
    plan.contactSheetTilePx =
        numberIn(json, QLatin1String("contact-sheet-tile"), plan.contactSheetTilePx, 16, 2048);
    return plan;
}

} // namespace unfog
