#include "settings/studio_settings.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>

#include "base/bounded_json.h"
#include "base/files/set_aside.h"
#include "generation/request/request_fields.h"
#include "generation/request/request_json.h"
#include "generation/request/validate.h"

namespace unfog {

namespace {

constexpr int kVersion = 1;
constexpr std::chrono::milliseconds kWriteDelay{400};
const QString kVersionKey = QStringLiteral("unfog-settings");

template <class Enum>
struct EnumName {
    Enum value;
    const char* name;
};
constexpr EnumName<ThemeChoice> kThemes[] = {
    {ThemeChoice::System, "system"}, {ThemeChoice::Light, "light"}, {ThemeChoice::Dark, "dark"}};
constexpr EnumName<PreviewMode> kPreviews[] = {
    {PreviewMode::Off, "off"}, {PreviewMode::Approximate, "approximate"}, {PreviewMode::Full, "full"}};

template <class Enum, std::size_t count>
QString nameIn(const EnumName<Enum> (&names)[count], Enum value)
{
    for (const auto& row : names) {
        if (row.value == value)
            return QLatin1String(row.name);
    }
    return QLatin1String(names[0].name);
}

/// Reads one value after the other; what is there but unfit is remembered by its key.
class Reader final {
public:
    explicit Reader(const QJsonObject& json) : m_json(json) {}

    void read(const char* key, bool& value)
    {
        take(key, QJsonValue::Bool, [&](auto& json) {
            value = json.toBool();
            return true;
        });
    }
    void read(const char* key, QString& value)
    {
        take(key, QJsonValue::String, [&](auto& json) {
            value = json.toString();
            return true;
        });
    }
    void read(const char* key, QJsonObject& value)
    {
        take(key, QJsonValue::Object, [&](auto& json) {
            value = json.toObject();
            return true;
        });
    }
    void read(const char* key, int& value, int low, int high)
    {
        take(key, QJsonValue::Double, [&](auto& json) {
            const int number = json.toInt(low - 1);
            if (number < low || number > high)
                return false;
            value = number;
            return true;
        });
    }
    void read(const char* key, QStringList& list, int limit)
    {
        take(key, QJsonValue::Array, [&](auto& json) {
            QStringList read;
            const QJsonArray entries = json.toArray();
            for (const auto& entry : entries) {
                if (!entry.isString())
                    return false;
                read.append(entry.toString());
            }
            list = read.mid(0, limit);
            return true;
        });
    }
    void read(const char* key, QByteArray& bytes)
    {
        take(key, QJsonValue::String, [&](auto& json) {
            auto decoded = QByteArray::fromBase64Encoding(json.toString().toLatin1(),
                                                          QByteArray::AbortOnBase64DecodingErrors);
            if (!decoded)
                return false;
            bytes = *decoded;
            return true;
        });
    }
    template <class Enum, std::size_t count>
    void read(const char* key, const EnumName<Enum> (&names)[count], Enum& value)
    {
        take(key, QJsonValue::String, [&](auto& json) {
            for (const auto& row : names) {
                if (json.toString() == QLatin1String(row.name)) {
                    value = row.value;
                    return true;
                }
            }
            return false;
        });
    }
    template <class Function>
    void take(const char* key, QJsonValue::Type type, Function function)
    {
        const QJsonValue value = m_json.value(QLatin1String(key));
        if (!value.isUndefined() && (value.type() != type || !function(value)))
            m_unfit.append(QLatin1String(key));
    }
    const QStringList& unfit() const { return m_unfit; }

private:
    const QJsonObject& m_json;
    QStringList m_unfit;
};

/// What is out of its range is the default, all else stays. Names what was put right.
QStringList repair(GenerationRequest& form)
{
    QStringList repaired;
    const GenerationRequest defaults;
    for (const RequestField& field : requestFields()) {
        if (field.key == "model.path" || field.key == "images.start.strength")
            continue; // a form may be without a model; the strength is looked at below
        if (validateField(field, form))
            continue;
        if (const auto set = field.set(form, field.get(defaults)))
            repaired.append(QString::fromStdString(std::string(field.name)));
    }
    if (form.images.start) {
        double& strength = form.images.start->strength;
        const bool isInRange = strength > 0.0 && strength <= 1.0;
        if (!isInRange)
            strength = InitImage().strength;
        // Too little for one step of so few: raised to the hundredth that leaves one.
        const bool hasStep = static_cast<int>(form.sampler.steps * strength) >= 1;
        if (!hasStep)
            strength = std::ceil(100.0 / form.sampler.steps) / 100.0;
        if (!isInRange || !hasStep)
            repaired.append(QStringLiteral("strength"));
    }
    return repaired;
}

bool readForm(const QJsonValue& json, GenerationRequest& form, QStringList& repaired)
{
    const auto parsed = parseRecord(json.toString().toStdString());
    if (!parsed)
        return false;
    form = parsed->record.request;
    repaired = repair(form);
    return true;
}

} // namespace

QStringList withNewest(QStringList list, const QString& entry, int limit)
{
    if (entry.trimmed().isEmpty())
        return list;
    list.removeAll(entry);
    list.prepend(entry);
    return list.mid(0, limit);
}

QByteArray settingsBytes(const StudioState& state)
{
    QJsonObject json;
    json[kVersionKey] = kVersion;
    // As text: Qt's JSON rounds 64-bit seeds to doubles.
    json[QLatin1String("form")] = QString::fromStdString(toJson({state.form, std::nullopt}));
    json[QLatin1String("seed-locked")] = state.seedLocked;
    json[QLatin1String("live-mode")] = state.liveMode;
    json[QLatin1String("preview")] = nameIn(kPreviews, state.preview.mode);
    json[QLatin1String("preview-every")] = state.preview.everyNthStep;
    json[QLatin1String("prompts")] = QJsonArray::fromStringList(state.promptHistory);
    json[QLatin1String("negative-prompts")] = QJsonArray::fromStringList(state.negativePromptHistory);
    json[QLatin1String("models")] = QJsonArray::fromStringList(state.recentModels);
    json[QLatin1String("gallery-folder")] = state.galleryFolder;
    json[QLatin1String("model-folders")] = QJsonArray::fromStringList(state.modelFolders);
    json[QLatin1String("threads")] = state.threads;
    json[QLatin1String("export")] = planToJson(state.exportPlan);
    json[QLatin1String("theme")] = nameIn(kThemes, state.theme);
    json[QLatin1String("thumbnail-side")] = state.thumbnailSidePx;
    json[QLatin1String("window-geometry")] = QString::fromLatin1(state.windowGeometry.toBase64());
    json[QLatin1String("window-state")] = QString::fromLatin1(state.windowState.toBase64());
    json[QLatin1String("extras")] = state.extras;
    return QJsonDocument(json).toJson();
}

Result<SettingsContents> parseSettings(const QByteArray& bytes)
{
    if (const auto depth = jsonDepth({bytes.constData(), static_cast<std::size_t>(bytes.size())});
        depth > kMaxJsonDepth)
        return fail(ErrorKind::BadFile, "The settings are not readable: they are nested " +
                                            std::to_string(depth) + " levels deep, at most " +
                                            std::to_string(kMaxJsonDepth) + " are read.");
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(bytes, &error);
    if (!document.isObject())
        return fail(ErrorKind::BadFile,
                    "The settings are not readable: " + error.errorString().toStdString() + ".");
    const QJsonObject json = document.object();
    const int version = json.value(kVersionKey).toInt(-1);
    if (version < 1)
        return fail(ErrorKind::BadFile, "The settings carry no version of Unfog's.");
    if (version > kVersion)
        return fail(ErrorKind::Unsupported, "The settings are of a newer version of Unfog.");

    SettingsContents contents;
    StudioState& state = contents.state;
    Reader reader(json);
    QStringList repaired;
    reader.take("form", QJsonValue::String,
                [&](const QJsonValue& value) { return readForm(value, state.form, repaired); });
    reader.read("seed-locked", state.seedLocked);
    reader.read("live-mode", state.liveMode);
    reader.read("preview", kPreviews, state.preview.mode);
    reader.read("preview-every", state.preview.everyNthStep, 1, kMaxSteps);
    reader.read("prompts", state.promptHistory, kMaxHistory);
    reader.read("negative-prompts", state.negativePromptHistory, kMaxHistory);
    reader.read("models", state.recentModels, kMaxRecentModels);
    reader.read("gallery-folder", state.galleryFolder);
    reader.read("model-folders", state.modelFolders, kMaxModelFolders);
    reader.read("threads", state.threads, 0, 1024);
    QJsonObject plan = planToJson(state.exportPlan);
    reader.read("export", plan);
    state.exportPlan = planFromJson(plan);
    reader.read("theme", kThemes, state.theme);
    reader.read("thumbnail-side", state.thumbnailSidePx, 32, 1024);
    reader.read("window-geometry", state.windowGeometry);
    reader.read("window-state", state.windowState);
    reader.read("extras", state.extras);
    QStringList sentences;
    if (!reader.unfit().isEmpty())
        sentences << StudioSettings::tr("Some settings could not be used and have their defaults: %1.")
                         .arg(reader.unfit().join(QLatin1String(", ")));
    if (!repaired.isEmpty())
        sentences << StudioSettings::tr(
                         "Some values of the form were out of range and have been corrected: %1.")
                         .arg(repaired.join(QLatin1String(", ")));
    contents.notice = sentences.join(u' ');
    return contents;
}

StudioSettings::StudioSettings(QString file, QObject* parent)
    : QObject(parent), m_writer(std::move(file), QStringLiteral("settings"))
{
    connect(&m_writer, &NewestFileWriter::failed, this, &StudioSettings::writeFailed);
    m_writeTimer.setSingleShot(true);
    m_writeTimer.setInterval(kWriteDelay);
    connect(&m_writeTimer, &QTimer::timeout, this, &StudioSettings::write);
    QFile stored(m_writer.file());
    if (!stored.exists())
        return;
    const auto keepOld = [this] {
        const auto aside = setAside(m_writer.file().toStdString());
        m_notice +=
            u' ' + (aside ? tr("The old file is kept as %1.").arg(QString::fromStdString(aside->string()))
                          : QString::fromStdString(aside.error().message) + u'.');
    };
    if (!stored.open(QIODevice::ReadOnly)) {
        m_notice = tr("The settings %1 cannot be read: %2").arg(m_writer.file(), stored.errorString());
        keepOld(); // before new ones are written over them
        return;
    }
    const auto contents = parseSettings(stored.readAll());
    stored.close();
    if (contents) {
        m_state = contents->state;
        m_notice = contents->notice;
        if (m_notice.isEmpty())
            return;
    } else {
        m_notice = QString::fromStdString(contents.error().message);
    }
    keepOld();
}

StudioSettings::~StudioSettings()
{
    flush();
}

void StudioSettings::update(const std::function<void(StudioState&)>& change)
{
    StudioState state = m_state;
    change(state);
    if (state == m_state)
        return;
    m_state = std::move(state);
    // The first change counts: a slider that is held does not put the write off for ever.
    if (!m_writeTimer.isActive())
        m_writeTimer.start();
    Q_EMIT changed();
}

void StudioSettings::rememberPrompt(const QString& prompt, const QString& negativePrompt)
{
    update([&](StudioState& state) {
        state.promptHistory = withNewest(state.promptHistory, prompt, kMaxHistory);
        state.negativePromptHistory = withNewest(state.negativePromptHistory, negativePrompt, kMaxHistory);
    });
}

void StudioSettings::rememberModel(const QString& model)
{
    update([&](StudioState& state) {
        state.recentModels = withNewest(state.recentModels, model, kMaxRecentModels);
    });
}

void StudioSettings::flush()
{
    if (m_writeTimer.isActive()) {
        m_writeTimer.stop();
        write();
    }
    m_writer.flush();
}

void StudioSettings::write()
{
    m_writer.write([state = m_state] { return settingsBytes(state); });
}

} // namespace unfog
