#include "export/export_manifest.h"

#include <cmath>
#include <limits>

#include <QCryptographicHash>
#include <QJsonDocument>

#include "base/bounded_json.h"
#include "generation/request/validate.h"

namespace unfog {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr std::uint64_t kMaxSidePx = 1 << 20; // above what any format of ours can hold

QString textAt(const Json& json, const char* key)
{
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? QString::fromStdString(found->get<std::string>())
                                                     : QString();
}

Json entryToJson(const ManifestEntry& entry)
{
    Json json;
    json["file"] = entry.file.toStdString();
    json["sha256"] = entry.sha256.toStdString();
    json["source"] = entry.source.toStdString();
    json["recipe"] = entry.recipe.toStdString();
    json["width"] = entry.widthPx;
    json["height"] = entry.heightPx;
    if (!entry.hasMetadata)
        return json;
    const NameValues& values = entry.values;
    json["sourceName"] = entry.sourceName.toStdString();
    json["created"] = values.created.toUTC().toString(Qt::ISODateWithMs).toStdString();
    json["stars"] = values.stars;
    json["seed"] = values.seed;
    json["prompt"] = values.prompt.toStdString();
    json["negativePrompt"] = values.negativePrompt.toStdString();
    json["model"] = values.model.toStdString();
    json["scheduler"] = values.scheduler.toStdString();
    json["steps"] = values.steps;
    json["guidance"] = values.guidanceScale;
    if (!entry.recordJson.empty())
        json["record"] = parseJson<Json>(entry.recordJson).value_or(Json());
    return json;
}

/// 0 when the key is absent, none when it holds anything but a whole number up to `high`.
std::optional<std::uint64_t> wholeAt(const Json& json, const char* key, std::uint64_t high)
{
    const auto found = json.find(key);
    if (found == json.end())
        return 0;
    if (!found->is_number_unsigned() || found->get<std::uint64_t>() > high)
        return std::nullopt;
    return found->get<std::uint64_t>();
}

std::optional<double> guidanceAt(const Json& json)
{
    const auto found = json.find("guidance");
    if (found == json.end())
        return 0.0;
    if (!found->is_number() || std::abs(found->get<double>()) > kMaxGuidance)
        return std::nullopt;
    return found->get<double>();
}

std::optional<ManifestEntry> entryOf(const Json& json)
{
    if (!json.is_object())
        return std::nullopt;
    ManifestEntry entry;
    entry.file = textAt(json, "file");
    if (entry.file.isEmpty() || entry.file != safeFileName(entry.file, 255))
        return std::nullopt;
    entry.sha256 = textAt(json, "sha256");
    entry.source = textAt(json, "source");
    entry.recipe = textAt(json, "recipe");
    const auto width = wholeAt(json, "width", kMaxSidePx);
    const auto height = wholeAt(json, "height", kMaxSidePx);
    const auto stars = wholeAt(json, "stars", 5);
    const auto seed = wholeAt(json, "seed", std::numeric_limits<std::uint64_t>::max());
    const auto steps = wholeAt(json, "steps", std::numeric_limits<int>::max());
    const auto guidance = guidanceAt(json);
    if (!width || !height || !stars || !seed || !steps || !guidance)
        return std::nullopt;
    entry.widthPx = static_cast<int>(*width);
    entry.heightPx = static_cast<int>(*height);
    entry.hasMetadata = json.contains("seed");
    entry.sourceName = textAt(json, "sourceName");
    NameValues& values = entry.values;
    values.created = QDateTime::fromString(textAt(json, "created"), Qt::ISODateWithMs);
    values.stars = static_cast<int>(*stars);
    values.seed = *seed;
    values.prompt = textAt(json, "prompt");
    values.negativePrompt = textAt(json, "negativePrompt");
    values.model = textAt(json, "model");
    values.scheduler = textAt(json, "scheduler");
    values.steps = static_cast<int>(*steps);
    values.guidanceScale = *guidance;
    if (const auto record = json.find("record"); record != json.end() && record->is_object())
        entry.recordJson = record->dump();
    return entry;
}

/// A leading =, +, - or @ would be run as a formula by a spreadsheet: a prompt is foreign text.
QString cell(QString text)
{
    if (!text.isEmpty() && QStringLiteral("=+-@\t\r").contains(text.front()))
        text.prepend(u'\'');
    if (text.contains(u',') || text.contains(u'"') || text.contains(u'\n') || text.contains(u'\r'))
        return u'"' + text.replace(u'"', QLatin1String("\"\"")) + u'"';
    return text;
}

} // namespace

QString recipeOf(const ExportPlan& plan)
{
    ExportPlan deciding = plan;
    deciding.folder.clear();
    deciding.clash = ClashRule::Rename;
    deciding.manifest = false;
    deciding.contactSheet = false;
    deciding.contactSheetColumns = 1;
    deciding.contactSheetTilePx = 16;
    const QByteArray json = QJsonDocument(planToJson(deciding)).toJson(QJsonDocument::Compact);
    return QString::fromLatin1(QCryptographicHash::hash(json, QCryptographicHash::Sha256).toHex());
}

QByteArray manifestJson(const Manifest& manifest)
{
    Json json;
    json["unfog-export"] = kVersion;
    json["pictures"] = Json::array();
    for (const auto& [file, entry] : manifest.entries)
        json["pictures"].push_back(entryToJson(entry));
    json["contactSheets"] = Json::array();
    for (const QString& sheet : manifest.contactSheets)
        json["contactSheets"].push_back(sheet.toStdString());
    return QByteArray::fromStdString(json.dump(1, ' ', false, Json::error_handler_t::replace) + '\n');
}

QByteArray manifestCsv(const Manifest& manifest)
{
    QStringList lines{
        QStringLiteral("file,width,height,seed,prompt,negative prompt,model,scheduler,steps,guidance,"
                       "stars,created,source,sha256")};
    for (const auto& [file, entry] : manifest.entries) {
        const NameValues& values = entry.values;
        QStringList cells{cell(file), QString::number(entry.widthPx), QString::number(entry.heightPx)};
        if (entry.hasMetadata)
            cells += {QString::number(values.seed),
                      cell(values.prompt),
                      cell(values.negativePrompt),
                      cell(values.model),
                      cell(values.scheduler),
                      QString::number(values.steps),
                      QString::number(values.guidanceScale),
                      QString::number(values.stars),
                      values.created.toUTC().toString(Qt::ISODateWithMs),
                      cell(entry.sourceName)};
        else
            cells += QStringList(10, QString());
        cells.append(entry.sha256);
        lines.append(cells.join(u','));
    }
    return QByteArrayLiteral("\xEF\xBB\xBF") +
           (lines.join(QLatin1String("\r\n")) + QLatin1String("\r\n")).toUtf8();
}

Manifest parseManifest(const QByteArray& bytes)
{
    Manifest manifest;
    if (bytes.isEmpty())
        return manifest;
    const auto read =
        parseJson<Json>(std::string_view(bytes.constData(), static_cast<std::size_t>(bytes.size())));
    if (!read || !read->is_object() || read->value("unfog-export", Json()) != kVersion) {
        manifest.problem = QStringLiteral("%1 is not a list of exported images: it %2.")
                               .arg(kManifestJson, read ? QStringLiteral("carries no version of Unfog's")
                                                        : QString::fromStdString(read.error().message));
        return manifest;
    }
    int refused = 0;
    const auto listAt = [&](const char* key) {
        const auto found = read->find(key);
        if (found == read->end())
            return Json(Json::array());
        refused += found->is_array() ? 0 : 1;
        return found->is_array() ? *found : Json(Json::array());
    };
    for (const Json& picture : listAt("pictures")) {
        auto entry = entryOf(picture);
        const QString file = entry ? entry->file : QString();
        refused += entry && manifest.entries.emplace(file, std::move(*entry)).second ? 0 : 1;
    }
    for (const Json& sheet : listAt("contactSheets")) {
        if (sheet.is_string())
            manifest.contactSheets.append(QString::fromStdString(sheet.get<std::string>()));
        else
            ++refused;
    }
    if (refused > 0)
        manifest.problem =
            QStringLiteral("%1 of the entries of %2 cannot be used.").arg(refused).arg(kManifestJson);
    return manifest;
}

} // namespace unfog
