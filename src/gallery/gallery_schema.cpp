#include "gallery/gallery_schema.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QVariant>

#include "gallery/sql.h"

static void initResources()
{
    Q_INIT_RESOURCE(gallery_schema);
}

namespace unfog {

namespace {

const QString kSchemaFolder = QStringLiteral(":/unfog/gallery/schema");

QStringList scripts()
{
    initResources();
    return QDir(kSchemaFolder).entryList({QStringLiteral("*.sql")}, QDir::Files, QDir::Name);
}

/// A statement ends with its line's ";"; a trigger with its own "END;".
QStringList statementsOf(const QString& script)
{
    QStringList statements;
    QString statement;
    for (const QString& line : script.split(u'\n')) {
        if (statement.isEmpty() && (line.trimmed().isEmpty() || line.startsWith(QLatin1String("--"))))
            continue;
        statement += line + u'\n';
        const bool isTrigger = statement.startsWith(QLatin1String("CREATE TRIGGER"));
        if (isTrigger ? line == QLatin1String("END;")
                      : line.section(QLatin1String("--"), 0, 0).trimmed().endsWith(u';')) {
            statements.append(statement);
            statement.clear();
        }
    }
    return statements;
}

Result<QString> readScript(const QString& name)
{
    QFile file(kSchemaFolder + u'/' + name);
    if (!file.open(QIODevice::ReadOnly))
        return fail(ErrorKind::Internal,
                    "The schema script " + name.toStdString() + " is not in the program.");
    return QString::fromUtf8(file.readAll());
}

Result<QVariant> askOne(const QSqlDatabase& database, const QString& question)
{
    QSqlQuery query(database);
    if (!query.exec(question) || !query.next())
        return tl::unexpected<Error>(sqlError(database, query.lastError()));
    return query.value(0);
}

Result<void> migrate(const QSqlDatabase& database, int fromVersion, const std::function<bool(int)>& faultAt)
{
    auto transaction = SqlTransaction::begin(database);
    if (!transaction)
        return tl::unexpected<Error>(transaction.error());
    int count = 0;
    const QStringList names = scripts();
    for (int version = fromVersion; version < names.size(); ++version) {
        const auto script = readScript(names[version]);
        if (!script)
            return tl::unexpected<Error>(script.error());
        QStringList statements = statementsOf(*script);
        statements.append(QStringLiteral("PRAGMA user_version = %1").arg(version + 1));
        for (const QString& statement : statements) {
            if (faultAt && faultAt(count++))
                return fail(ErrorKind::Io,
                            "Stopped before statement " + std::to_string(count) + " by the test.");
            if (auto done = sqlRun(database, statement); !done)
                return done;
        }
    }
    return transaction->commit();
}

Result<void> backUp(const QSqlDatabase& database, const QString& copy)
{
    if (QFile::exists(copy) && !QFile::remove(copy))
        return fail(ErrorKind::Io, "The old backup " + copy.toStdString() + " cannot be replaced.");
    return sqlRun(database,
                  QStringLiteral("VACUUM INTO '%1'").arg(QString(copy).replace(u'\'', QLatin1String("''"))));
}

} // namespace

int newestGallerySchema()
{
    return static_cast<int>(scripts().size());
}

Result<IndexState> inspectIndex(const QString& file)
{
    const QFileInfo info(file);
    if (!info.exists() || info.size() == 0)
        return IndexState::Absent;
    if (!info.isFile())
        return IndexState::Garbage;
    if (!info.isReadable())
        return fail(ErrorKind::Io, "The gallery index " + file.toStdString() + " cannot be read.");
    const auto connection = SqlConnection::open(file, true);
    if (!connection)
        return tl::unexpected<Error>(connection.error());
    const QSqlDatabase database = connection->database();
    QSqlQuery probe(database);
    if (!probe.exec(QStringLiteral("SELECT count(*) FROM sqlite_master")) || !probe.next()) {
        const int code =
            probe.lastError().nativeErrorCode().toInt() & 0xFF; // extended codes carry the plain one below
        if (code == kSqliteNotADatabase || code == kSqliteCorrupt)
            return IndexState::Garbage;
        return tl::unexpected<Error>(sqlError(database, probe.lastError()));
    }
    const int objects = probe.value(0).toInt();
    const auto version = askOne(database, QStringLiteral("PRAGMA user_version"));
    if (!version)
        return IndexState::Garbage;
    if (version->toInt() == 0)
        return objects == 0 ? IndexState::Absent : IndexState::Garbage;
    if (version->toInt() < 0)
        return IndexState::Garbage;
    if (version->toInt() > newestGallerySchema())
        return IndexState::Newer;
    QSqlQuery rows(database);
    if (!rows.exec(QStringLiteral("SELECT id, created FROM pictures LIMIT 1")))
        return IndexState::Garbage;
    return version->toInt() < newestGallerySchema() ? IndexState::Older : IndexState::Ready;
}

Result<QString> moveIndexAside(const QString& file)
{
    const QString stamp = QDateTime::currentDateTimeUtc().toString(QStringLiteral("yyyyMMdd-HHmmss"));
    QString aside = QStringLiteral("%1.corrupt-%2").arg(file, stamp);
    for (int n = 2; QFile::exists(aside); ++n)
        aside = QStringLiteral("%1.corrupt-%2-%3").arg(file, stamp).arg(n);
    if (!QFile::rename(file, aside))
        return fail(ErrorKind::Io,
                    "The damaged gallery index " + file.toStdString() + " cannot be moved aside.");
    for (const char* tail : {"-wal", "-shm"}) {
        if (QFile::exists(file + QLatin1String(tail)))
            QFile::rename(file + QLatin1String(tail), aside + QLatin1String(tail));
    }
    return aside;
}

Result<PreparedIndex> prepareIndex(const QString& file, const std::function<bool(int)>& faultAt)
{
    const auto state = inspectIndex(file);
    if (!state)
        return tl::unexpected<Error>(state.error());
    PreparedIndex prepared;
    if (*state == IndexState::Newer)
        return fail(ErrorKind::Unsupported,
                    "The gallery index " + file.toStdString() +
                        " was written by a newer version of Unfog; this one reads versions up to " +
                        std::to_string(newestGallerySchema()) + ".");
    if (*state == IndexState::Garbage)
        return replaceIndex(file);
    if (*state == IndexState::Ready)
        return prepared;

    prepared.isNew = true;
    if (!QDir().mkpath(QFileInfo(file).absolutePath()))
        return fail(ErrorKind::Io,
                    "The folder of the gallery index " + file.toStdString() + " cannot be made.");
    const auto connection = SqlConnection::open(file, false);
    if (!connection)
        return tl::unexpected<Error>(connection.error());
    const QSqlDatabase database = connection->database();
    int from = 0;
    if (*state == IndexState::Older) {
        const auto version = askOne(database, QStringLiteral("PRAGMA user_version"));
        if (!version)
            return tl::unexpected<Error>(version.error());
        from = version->toInt();
        const QString copy = QStringLiteral("%1.backup-v%2").arg(file).arg(from);
        if (auto backedUp = backUp(database, copy); !backedUp)
            return tl::unexpected<Error>(backedUp.error());
        prepared.notice =
            QStringLiteral("The gallery index was brought from version %1 to %2; the old one is kept as %3.")
                .arg(from)
                .arg(newestGallerySchema())
                .arg(QDir::toNativeSeparators(copy));
    }
    if (auto migrated = migrate(database, from, faultAt); !migrated) {
        if (migrated.error().kind != ErrorKind::BadFile || *state == IndexState::Absent)
            return tl::unexpected<Error>(migrated.error());
        return replaceIndex(file);
    }
    return prepared;
}

Result<PreparedIndex> replaceIndex(const QString& file)
{
    const auto aside = moveIndexAside(file);
    if (!aside)
        return tl::unexpected<Error>(aside.error());
    auto prepared = prepareIndex(file);
    if (prepared)
        prepared->notice =
            QStringLiteral(
                "The gallery index was damaged. It is kept as %1 and is made again from the images.")
                .arg(QDir::toNativeSeparators(*aside));
    return prepared;
}

} // namespace unfog
