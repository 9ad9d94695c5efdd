#include "export/export_manifest.h"

#include <QCryptographicHash>
#include <QJsonDocument>

#include <nlohmann/json.hpp>

namespace unfog {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;

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
        json["record"] = Json::parse(entry.recordJson, nullptr, false);
    return json;
}

template <class T>
T numberAt(const Json& json, const char* key)
{
    const auto found = json.find(key);
    return found != json.end() && found->is_number() ? found->get<T>() : T{};
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
    entry.widthPx = numberAt<int>(json, "width");
    entry.heightPx = numberAt<int>(json, "height");
    entry.hasMetadata = json.contains("seed");
    entry.sourceName = textAt(json, "sourceName");
    NameValues& values = entry.values;
    values.created = QDateTime::fromString(textAt(json, "created"), Qt::ISODateWithMs);
    values.stars = numberAt<int>(json, "stars");
    values.seed = numberAt<quint64>(json, "seed");
    values.prompt = textAt(json, "prompt");
    values.negativePrompt = textAt(json, "negativePrompt");
    values.model = textAt(json, "model");
    values.scheduler = textAt(json, "scheduler");
    values.steps = numberAt<int>(json, "steps");
    values.guidanceScale = numberAt<double>(json, "guidance");
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
    const Json json = Json::parse(bytes.begin(), bytes.end(), nullptr, false);
    if (!json.is_object() || json.value("unfog-export", Json()) != kVersion)
        return manifest;
    for (const Json& picture : json.value("pictures", Json::array())) {
        if (auto entry = entryOf(picture)) {
            const QString file = entry->file;
            manifest.entries.emplace(file, std::move(*entry));
        }
    }
    for (const Json& sheet : json.value("contactSheets", Json::array())) {
        if (sheet.is_string())
            manifest.contactSheets.append(QString::fromStdString(sheet.get<std::string>()));
    }
    return manifest;
}

} // namespace unfog
