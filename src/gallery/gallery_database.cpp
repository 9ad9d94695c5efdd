#include "gallery/gallery_database.h"

#include <algorithm>

#include <QDir>
#include <QVariant>

namespace unfog {

namespace {

constexpr int kTrigram = 3; // shorter words have no trigram to look up

const QString kColumns = QStringLiteral(
    "id, file, created, width_px, height_px, stars, missing, content_hash, prompt, negative_prompt, "
    "model, scheduler, seed, steps, guidance_scale, parameters, record_json");

QString searchText(const GalleryEntry& entry)
{
    return (entry.prompt + u'\n' + entry.negativePrompt + u'\n' + entry.parameters).toCaseFolded();
}

/// Words between spaces; what stands in quotes is one word.
QStringList wordsOf(const QString& text)
{
    QStringList words;
    const QStringList parts = text.toCaseFolded().split(u'"');
    for (qsizetype i = 0; i < parts.size(); ++i) {
        const bool isQuoted = i % 2 == 1;
        if (!isQuoted)
            words += parts[i].simplified().split(u' ', Qt::SkipEmptyParts);
        else if (!parts[i].isEmpty())
            words.append(parts[i]);
    }
    return words;
}

struct Condition {
    QString sql; ///< "1" = all
    QVariantList values;
};

/// `isForOne`: asked of one row that is known already; else of all.
Condition conditionOf(const GalleryFilter& filter, bool isForOne)
{
    QStringList parts;
    QStringList phrases;
    Condition condition;
    for (const QString& word : wordsOf(filter.text)) {
        if (word.toUcs4().size() >= kTrigram) {
            phrases.append(u'"' + QString(word).replace(u'"', QLatin1String("\"\"")) + u'"');
            continue;
        }
        parts.append(QStringLiteral("instr(search_text, ?) > 0"));
        condition.values.append(word);
    }
    if (filter.minStars > 0) {
        parts.append(QStringLiteral("stars >= ?"));
        condition.values.append(filter.minStars);
    }
    if (!phrases.isEmpty()) {
        // For one row the text index is entered at that row; the list of all rows would be made for nothing.
        parts.append(
            isForOne ? QStringLiteral("EXISTS (SELECT 1 FROM picture_text WHERE rowid = pictures.id AND "
                                      "picture_text MATCH ?)")
                     : QStringLiteral("id IN (SELECT rowid FROM picture_text WHERE picture_text MATCH ?)"));
        condition.values.append(phrases.join(QLatin1String(" AND ")));
    }
    condition.sql = parts.isEmpty() ? QStringLiteral("1") : parts.join(QLatin1String(" AND "));
    return condition;
}

QString listOf(const QList<PictureId>& ids)
{
    QStringList numbers;
    numbers.reserve(ids.size());
    for (const PictureId id : ids)
        numbers.append(QString::number(id));
    return numbers.join(u',');
}

void bindEntry(QSqlQuery& query, const GalleryEntry& entry, const QString& file)
{
    const auto text = [](const QString& value) { return value.isNull() ? QStringLiteral("") : value; };
    query.addBindValue(file);
    query.addBindValue(entry.created.toMSecsSinceEpoch());
    query.addBindValue(entry.widthPx);
    query.addBindValue(entry.heightPx);
    query.addBindValue(entry.stars);
    query.addBindValue(text(entry.contentHash));
    query.addBindValue(text(entry.prompt));
    query.addBindValue(text(entry.negativePrompt));
    query.addBindValue(text(entry.model));
    query.addBindValue(text(entry.scheduler));
    query.addBindValue(QString::number(entry.seed));
    query.addBindValue(entry.steps);
    query.addBindValue(entry.guidanceScale);
    query.addBindValue(text(entry.parameters));
    query.addBindValue(text(entry.recordJson));
    query.addBindValue(searchText(entry));
}

} // namespace

GalleryDatabase::GalleryDatabase(SqlConnection connection, QString folder)
    : m_connection(std::move(connection)), m_folder(std::move(folder))
{
}

GalleryDatabase::~GalleryDatabase() = default;

Result<std::unique_ptr<GalleryDatabase>> GalleryDatabase::open(const QString& file, const QString& folder,
                                                               bool readOnly)
{
    auto connection = SqlConnection::open(file, readOnly);
    if (!connection)
        return tl::unexpected<Error>(connection.error());
    if (auto probe =
            sqlRun(connection->database(), QStringLiteral("SELECT search_text FROM pictures LIMIT 1"));
        !probe)
        return tl::unexpected<Error>(probe.error());
    return std::unique_ptr<GalleryDatabase>(
        new GalleryDatabase(std::move(*connection), QDir::cleanPath(folder) + u'/'));
}

QString GalleryDatabase::relative(const QString& file) const
{
    const QString clean = QDir::cleanPath(file);
    return clean.startsWith(m_folder) ? clean.mid(m_folder.size()) : clean;
}

QString GalleryDatabase::absolute(const QString& file) const
{
    return QDir::isAbsolutePath(file) ? file : m_folder + file;
}

Result<QList<GalleryDatabase::Put>> GalleryDatabase::put(const QList<GalleryEntry>& entries)
{
    auto transaction = SqlTransaction::begin(m_connection.database());
    if (!transaction)
        return tl::unexpected<Error>(transaction.error());
    QList<Put> done;
    for (const GalleryEntry& entry : entries) {
        const auto put = putOne(entry);
        if (!put)
            return tl::unexpected<Error>(put.error());
        done.append(*put);
    }
    if (auto committed = transaction->commit(); !committed)
        return tl::unexpected<Error>(committed.error());
    return done;
}

Result<GalleryDatabase::Put> GalleryDatabase::putOne(const GalleryEntry& entry)
{
    const QSqlDatabase database = m_connection.database();
    const QString file = relative(entry.file);
    QSqlQuery known(database);
    // Found under its own name first, else as a picture that went missing and has come up elsewhere.
    known.prepare(QStringLiteral("SELECT id, stars, file = ? AS here FROM pictures WHERE file = ? OR "
                                 "(missing = 1 AND content_hash = ?) ORDER BY here DESC, id LIMIT 1"));
    known.addBindValue(file);
    known.addBindValue(file);
    known.addBindValue(entry.contentHash);
    if (auto asked = sqlRun(database, known); !asked)
        return tl::unexpected<Error>(asked.error());

    QSqlQuery query(database);
    if (!known.next()) {
        query.prepare(QStringLiteral(
            "INSERT INTO pictures (file, created, width_px, height_px, stars, content_hash, prompt, "
            "negative_prompt, "
            "model, scheduler, seed, steps, guidance_scale, parameters, record_json, search_text) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
        bindEntry(query, entry, file);
        if (auto inserted = sqlRun(database, query); !inserted)
            return tl::unexpected<Error>(inserted.error());
        return Put{query.lastInsertId().toLongLong(), true};
    }
    const PictureId id = known.value(0).toLongLong();
    GalleryEntry newest = entry;
    if (!known.value(2).toBool())
        newest.stars = std::max(entry.stars, known.value(1).toInt()); // its sidecar may have stayed behind
    query.prepare(QStringLiteral(
        "UPDATE pictures SET missing = 0, file = ?, created = ?, width_px = ?, height_px = ?, stars = ?, "
        "content_hash = ?, prompt = ?, negative_prompt = ?, model = ?, scheduler = ?, seed = ?, steps = ?, "
        "guidance_scale = ?, parameters = ?, record_json = ?, search_text = ? WHERE id = ?"));
    bindEntry(query, newest, file);
    query.addBindValue(id);
    if (auto updated = sqlRun(database, query); !updated)
        return tl::unexpected<Error>(updated.error());
    return Put{id, false};
}

Result<void> GalleryDatabase::setStars(const QList<PictureId>& ids, int stars)
{
    return sqlRun(
        m_connection.database(),
        QStringLiteral("UPDATE pictures SET stars = %1 WHERE id IN (%2)").arg(stars).arg(listOf(ids)));
}

Result<void> GalleryDatabase::setMissing(const QList<PictureId>& ids, bool missing)
{
    return sqlRun(m_connection.database(), QStringLiteral("UPDATE pictures SET missing = %1 WHERE id IN (%2)")
                                               .arg(missing ? 1 : 0)
                                               .arg(listOf(ids)));
}

Result<void> GalleryDatabase::remove(const QList<PictureId>& ids)
{
    return sqlRun(m_connection.database(),
                  QStringLiteral("DELETE FROM pictures WHERE id IN (%1)").arg(listOf(ids)));
}

Result<std::vector<PictureId>> GalleryDatabase::find(const GalleryFilter& filter) const
{
    const QSqlDatabase database = m_connection.database();
    const Condition condition = conditionOf(filter, false);
    QSqlQuery query(database);
    query.setForwardOnly(true);
    query.prepare(
        QStringLiteral("SELECT id FROM pictures WHERE %1 ORDER BY created DESC, id DESC").arg(condition.sql));
    for (const QVariant& value : condition.values)
        query.addBindValue(value);
    if (auto asked = sqlRun(database, query); !asked)
        return tl::unexpected<Error>(asked.error());
    std::vector<PictureId> ids;
    while (query.next())
        ids.push_back(query.value(0).toLongLong());
    if (query.lastError().isValid())
        return tl::unexpected<Error>(sqlError(database, query.lastError()));
    return ids;
}

bool GalleryDatabase::matches(PictureId id, const GalleryFilter& filter) const
{
    const Condition condition = conditionOf(filter, true);
    QSqlQuery query(m_connection.database());
    query.prepare(QStringLiteral("SELECT 1 FROM pictures WHERE id = ? AND (%1)").arg(condition.sql));
    query.addBindValue(id);
    for (const QVariant& value : condition.values)
        query.addBindValue(value);
    return query.exec() && query.next();
}

Result<QList<GalleryEntry>> GalleryDatabase::fetch(const QList<PictureId>& ids) const
{
    const QSqlDatabase database = m_connection.database();
    QSqlQuery query(database);
    query.setForwardOnly(true);
    if (!query.exec(QStringLiteral("SELECT %1 FROM pictures WHERE id IN (%2)").arg(kColumns, listOf(ids))))
        return tl::unexpected<Error>(sqlError(database, query.lastError()));
    QHash<PictureId, GalleryEntry> found;
    while (query.next()) {
        GalleryEntry entry;
        int column = 0;
        entry.id = query.value(column++).toLongLong();
        entry.file = absolute(query.value(column++).toString());
        entry.created = QDateTime::fromMSecsSinceEpoch(query.value(column++).toLongLong(), Qt::UTC);
        entry.widthPx = query.value(column++).toInt();
        entry.heightPx = query.value(column++).toInt();
        entry.stars = query.value(column++).toInt();
        entry.missing = query.value(column++).toBool();
        entry.contentHash = query.value(column++).toString();
        entry.prompt = query.value(column++).toString();
        entry.negativePrompt = query.value(column++).toString();
        entry.model = query.value(column++).toString();
        entry.scheduler = query.value(column++).toString();
        entry.seed = query.value(column++).toString().toULongLong();
        entry.steps = query.value(column++).toInt();
        entry.guidanceScale = query.value(column++).toDouble();
        entry.parameters = query.value(column++).toString();
        entry.recordJson = query.value(column++).toString();
        found.insert(entry.id, std::move(entry));
    }
    if (query.lastError().isValid())
        return tl::unexpected<Error>(sqlError(database, query.lastError()));
    QList<GalleryEntry> entries;
    entries.reserve(ids.size());
    for (const PictureId id : ids) {
        if (const auto entry = found.constFind(id); entry != found.constEnd())
            entries.append(*entry);
    }
    return entries;
}

Result<QHash<QString, GalleryDatabase::Known>> GalleryDatabase::knownFiles() const
{
    const QSqlDatabase database = m_connection.database();
    QSqlQuery query(database);
    query.setForwardOnly(true);
    if (!query.exec(QStringLiteral("SELECT id, file, missing FROM pictures")))
        return tl::unexpected<Error>(sqlError(database, query.lastError()));
    QHash<QString, Known> known;
    while (query.next())
        known.insert(absolute(query.value(1).toString()),
                     Known{query.value(0).toLongLong(), query.value(2).toBool()});
    if (query.lastError().isValid())
        return tl::unexpected<Error>(sqlError(database, query.lastError()));
    return known;
}

Result<qint64> GalleryDatabase::count() const
{
    const QSqlDatabase database = m_connection.database();
    QSqlQuery query(database);
    if (!query.exec(QStringLiteral("SELECT count(*) FROM pictures")) || !query.next())
        return tl::unexpected<Error>(sqlError(database, query.lastError()));
    return query.value(0).toLongLong();
}

QString GalleryDatabase::complaint() const
{
    QSqlQuery query(m_connection.database());
    if (!query.exec(QStringLiteral("PRAGMA integrity_check(1)")) || !query.next())
        return query.lastError().databaseText();
    const QString answer = query.value(0).toString();
    return answer == QLatin1String("ok") ? QString() : answer;
}

Result<void> GalleryDatabase::rebuildTextIndex()
{
    return sqlRun(m_connection.database(),
                  QStringLiteral("INSERT INTO picture_text (picture_text) VALUES ('rebuild')"));
}

} // namespace unfog
