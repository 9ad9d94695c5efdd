#include "gallery/trash_log.h"

#include <optional>

#include <QFileInfo>

#include "base/bounded_json.h"

namespace unfog {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;
const char* const kHeading = "unfog-trash";

Json toJson(const TrashedPicture& picture)
{
    const GalleryEntry& entry = picture.entry;
    Json json;
    json["file"] = entry.file.toStdString();
    json["trashFile"] = picture.trashFile.toStdString();
    json["trashSidecar"] = picture.trashSidecar.toStdString();
    json["ownTrash"] = picture.ownTrash.toStdString();
    if (!entry.missing)
        return json; // the rest is read from the file when it is back
    json["created"] = entry.created.toMSecsSinceEpoch();
    json["width"] = entry.widthPx;
    json["height"] = entry.heightPx;
    json["stars"] = entry.stars;
    json["contentHash"] = entry.contentHash.toStdString();
    json["prompt"] = entry.prompt.toStdString();
    json["negativePrompt"] = entry.negativePrompt.toStdString();
    json["model"] = entry.model.toStdString();
    json["scheduler"] = entry.scheduler.toStdString();
    json["seed"] = entry.seed;
    json["steps"] = entry.steps;
    json["guidance"] = entry.guidanceScale;
    json["parameters"] = entry.parameters.toStdString();
    json["record"] = entry.recordJson.toStdString();
    return json;
}

QString textAt(const Json& json, const char* key)
{
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? QString::fromStdString(found->get<std::string>())
                                                     : QString();
}

quint64 wholeAt(const Json& json, const char* key, quint64 high)
{
    const auto found = json.find(key);
    const bool fits = found != json.end() && found->is_number_unsigned() && found->get<quint64>() <= high;
    return fits ? found->get<quint64>() : 0;
}

std::optional<TrashedPicture> pictureOf(const Json& json)
{
    if (!json.is_object())
        return std::nullopt;
    TrashedPicture picture;
    GalleryEntry& entry = picture.entry;
    entry.file = textAt(json, "file");
    picture.trashFile = textAt(json, "trashFile");
    picture.trashSidecar = textAt(json, "trashSidecar");
    picture.ownTrash = textAt(json, "ownTrash");
    entry.missing = picture.trashFile.isEmpty();
    if (entry.file.isEmpty() || (!entry.missing && !QFileInfo::exists(picture.trashFile)))
        return std::nullopt;
    constexpr quint64 kMaxInt = 0x7FFFFFFF;
    constexpr quint64 kMaxTime = quint64{1} << 50; // milliseconds, some 35,000 years
    entry.created =
        QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(wholeAt(json, "created", kMaxTime)), Qt::UTC);
    entry.widthPx = static_cast<int>(wholeAt(json, "width", kMaxInt));
    entry.heightPx = static_cast<int>(wholeAt(json, "height", kMaxInt));
    entry.stars = static_cast<int>(wholeAt(json, "stars", 5));
    entry.contentHash = textAt(json, "contentHash");
    entry.prompt = textAt(json, "prompt");
    entry.negativePrompt = textAt(json, "negativePrompt");
    entry.model = textAt(json, "model");
    entry.scheduler = textAt(json, "scheduler");
    entry.seed = wholeAt(json, "seed", ~quint64{0});
    entry.steps = static_cast<int>(wholeAt(json, "steps", kMaxInt));
    if (const auto guidance = json.find("guidance"); guidance != json.end() && guidance->is_number())
        entry.guidanceScale = guidance->get<double>();
    entry.parameters = textAt(json, "parameters");
    entry.recordJson = textAt(json, "record");
    return picture;
}

} // namespace

QByteArray trashLogBytes(const QList<QList<TrashedPicture>>& moves)
{
    Json json{{kHeading, kVersion}, {"moves", Json::array()}};
    for (const QList<TrashedPicture>& move : moves) {
        Json pictures = Json::array();
        for (const TrashedPicture& picture : move)
            pictures.push_back(toJson(picture));
        json["moves"].push_back(std::move(pictures));
    }
    return QByteArray::fromStdString(json.dump(1, ' ', false, Json::error_handler_t::replace) + '\n');
}

Result<QList<QList<TrashedPicture>>> parseTrashLog(const QByteArray& bytes)
{
    QList<QList<TrashedPicture>> moves;
    const auto json = parseJson<Json>({bytes.constData(), static_cast<std::size_t>(bytes.size())});
    if (!json)
        return tl::unexpected<Error>(json.error());
    if (!json->is_object() || json->value(kHeading, Json()) != kVersion || !json->contains("moves") ||
        !json->at("moves").is_array())
        return fail(ErrorKind::BadFile, "is not a list of what was moved to the trash");
    for (const Json& move : json->at("moves")) {
        QList<TrashedPicture> pictures;
        for (const Json& one : move.is_array() ? move : Json(Json::array())) {
            if (auto picture = pictureOf(one))
                pictures.append(*std::move(picture));
        }
        if (!pictures.isEmpty())
            moves.append(pictures);
    }
    return moves;
}

} // namespace unfog
