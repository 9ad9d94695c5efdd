#include "gallery/gallery_database.h"

#include <algorithm>

#include <QDir>
#include <QVariant>

namespace unfog {

namespace {

const QString kColumns = QStringLiteral(
    "id, file, created, width_px, height_px, stars, missing, content_hash, prompt, negative_prompt, "
    "model, scheduler, seed, steps, guidance_scale, parameters, record_json");

QString searchText(const GalleryEntry& entry)
{
    // The A1111 text holds both prompts already, but not every picture has one.
    QString text = entry.parameters;
    for (const QString& prompt : {entry.negativePrompt, entry.prompt}) {
        if (!text.contains(prompt))
            text = prompt + u'\n' + text;
    }
    return text.toCaseFolded();
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
            sqlRun(connection->database(), QStringLiteral("SELECT text FROM picture_search LIMIT 1"));
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
            "negative_prompt, model, scheduler, seed, steps, guidance_scale, parameters, record_json) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
        bindEntry(query, entry, file);
        if (auto inserted = sqlRun(database, query); !inserted)
            return tl::unexpected<Error>(inserted.error());
        const PictureId id = query.lastInsertId().toLongLong();
        if (auto text = putText(id, searchText(entry)); !text)
            return tl::unexpected<Error>(text.error());
        return Put{id, true};
    }
    const PictureId id = known.value(0).toLongLong();
    GalleryEntry newest = entry;
    if (!known.value(2).toBool())
        newest.stars = std::max(entry.stars, known.value(1).toInt()); // its sidecar may have stayed behind
    query.prepare(QStringLiteral(
        "UPDATE pictures SET missing = 0, file = ?, created = ?, width_px = ?, height_px = ?, stars = ?, "
        "content_hash = ?, prompt = ?, negative_prompt = ?, model = ?, scheduler = ?, seed = ?, steps = ?, "
        "guidance_scale = ?, parameters = ?, record_json = ? WHERE id = ?"));
    bindEntry(query, newest, file);
    query.addBindValue(id);
    if (auto updated = sqlRun(database, query); !updated)
        return tl::unexpected<Error>(updated.error());
    if (auto text = putText(id, searchText(newest)); !text)
        return tl::unexpected<Error>(text.error());
    return Put{id, false};
}

Result<void> GalleryDatabase::putText(PictureId id, const QString& text)
{
    const QSqlDatabase database = m_connection.database();
    QSqlQuery query(database);
    query.prepare(
        QStringLiteral("INSERT INTO picture_search (id, text) VALUES (?, ?) "
                       "ON CONFLICT (id) DO UPDATE SET text = excluded.text WHERE text <> excluded.text"));
    query.addBindValue(id);
    query.addBindValue(text);
    return sqlRun(database, query);
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
        found.insert(entry.id, entry);
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
    if (QString answer = query.value(0).toString(); answer != QLatin1String("ok"))
        return answer;
    // The rank 1 compares the text index with the texts themselves.
    if (!query.exec(
            QStringLiteral("INSERT INTO picture_text (picture_text, rank) VALUES ('integrity-check', 1)")))
        return query.lastError().databaseText();
    return {};
}

Result<void> GalleryDatabase::rebuildTextIndex()
{
    return sqlRun(m_connection.database(),
                  QStringLiteral("INSERT INTO picture_text (picture_text) VALUES ('rebuild')"));
}

} // namespace unfog
