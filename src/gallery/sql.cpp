#include "gallery/sql.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>

namespace unfog {

namespace {

/// The file is at fault, not the disk, the rights or another program at work: SQLite's codes ERROR (a table
/// is missing, the schema is malformed), CORRUPT, SCHEMA, TOOBIG, CONSTRAINT, MISMATCH, FORMAT and NOTADB.
bool isDamage(const QSqlError& error)
{
    const int code = error.nativeErrorCode().toInt() & 0xFF; // extended codes carry the plain one below
    constexpr std::array damage{1, kSqliteCorrupt, 17, 18, 19, 20, 24, kSqliteNotADatabase};
    return std::find(damage.begin(), damage.end(), code) != damage.end();
}

} // namespace

Error sqlError(const QSqlDatabase& database, const QSqlError& error)
{
    const QString text = error.databaseText().isEmpty() ? error.text() : error.databaseText();
    return Error{
        isDamage(error) ? ErrorKind::BadFile : ErrorKind::Io,
        QStringLiteral("The gallery index %1: %2.").arg(database.databaseName(), text).toStdString()};
}

Result<void> sqlRun(const QSqlDatabase& database, const QString& statement)
{
    QSqlQuery query(database);
    if (!query.exec(statement))
        return tl::unexpected<Error>(sqlError(database, query.lastError()));
    return {};
}

Result<void> sqlRun(const QSqlDatabase& database, QSqlQuery& prepared)
{
    if (!prepared.exec())
        return tl::unexpected<Error>(sqlError(database, prepared.lastError()));
    return {};
}

Result<SqlConnection> SqlConnection::open(const QString& file, bool readOnly)
{
    static std::atomic<quint64> counter = 0;
    SqlConnection connection(QStringLiteral("unfog-gallery-%1").arg(++counter));
    QSqlDatabase database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), connection.m_name);
    if (!database.isValid())
        return fail(ErrorKind::Unsupported,
                    "Qt's SQLite plugin is not installed (package libqt6sql6-sqlite).");
    database.setDatabaseName(file);
    database.setConnectOptions(QStringLiteral("QSQLITE_BUSY_TIMEOUT=5000"));
    if (!database.open())
        return tl::unexpected<Error>(sqlError(database, database.lastError()));
    // Opening says yes to any file: only a query reads it. The caller tells garbage by its own probe.
    for (const char* pragma :
         {"PRAGMA foreign_keys = ON", "PRAGMA synchronous = NORMAL", "PRAGMA temp_store = MEMORY"})
        QSqlQuery(database).exec(QLatin1String(pragma));
    QSqlQuery(database).exec(readOnly ? QStringLiteral("PRAGMA query_only = ON")
                                      : QStringLiteral("PRAGMA journal_mode = WAL"));
    return connection;
}

SqlConnection::SqlConnection(SqlConnection&& other) noexcept : m_name(std::exchange(other.m_name, QString()))
{
}

SqlConnection::~SqlConnection()
{
    if (m_name.isEmpty())
        return;
    database().close();
    QSqlDatabase::removeDatabase(m_name);
}

QSqlDatabase SqlConnection::database() const
{
    return QSqlDatabase::database(m_name, false);
}

Result<SqlTransaction> SqlTransaction::begin(const QSqlDatabase& database)
{
    if (auto begun = sqlRun(database, QStringLiteral("BEGIN IMMEDIATE")); !begun)
        return tl::unexpected<Error>(begun.error());
    return SqlTransaction(database);
}

SqlTransaction::SqlTransaction(SqlTransaction&& other) noexcept
    : m_database(other.m_database), m_open(std::exchange(other.m_open, false))
{
}

SqlTransaction::~SqlTransaction()
{
    if (m_open)
        QSqlQuery(m_database).exec(QStringLiteral("ROLLBACK"));
}

Result<void> SqlTransaction::commit()
{
    auto committed = sqlRun(m_database, QStringLiteral("COMMIT"));
    m_open = !committed;
    return committed;
}

} // namespace unfog
