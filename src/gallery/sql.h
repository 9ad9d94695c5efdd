#pragma once

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QString>

#include "base/result.h"

/// The few lines around QtSql that the gallery's index shares.
namespace unfog {

inline constexpr int kSqliteCorrupt = 11;
inline constexpr int kSqliteNotADatabase = 26;

/// One connection of the calling thread, closed and forgotten at the end of its life. Pragmas are set:
/// foreign keys on, a wait of five seconds for other writers, write-ahead log where the file system can.
class SqlConnection final {
public:
    static Result<SqlConnection> open(const QString& file, bool readOnly);
    ~SqlConnection();
    SqlConnection(SqlConnection&& other) noexcept;
    SqlConnection& operator=(SqlConnection&&) = delete;

    QSqlDatabase database() const;

private:
    explicit SqlConnection(QString name) : m_name(std::move(name)) {}
    QString m_name;
};

inline constexpr const char* kIndexErrorBegin = "The gallery index ";
/// "The gallery index FILE: …". BadFile when the file is damaged, Io when it cannot be reached or written.
Error sqlError(const QSqlDatabase& database, const QSqlError& error);
Result<void> sqlRun(const QSqlDatabase& database, const QString& statement);
Result<void> sqlRun(const QSqlDatabase& database, QSqlQuery& prepared);

/// Rolls back unless commit() was reached. Immediate: a later write of the transaction cannot find the file
/// locked.
class SqlTransaction final {
public:
    static Result<SqlTransaction> begin(const QSqlDatabase& database);
    ~SqlTransaction();
    SqlTransaction(SqlTransaction&& other) noexcept;
    SqlTransaction& operator=(SqlTransaction&&) = delete;

    Result<void> commit();

private:
    explicit SqlTransaction(const QSqlDatabase& database) : m_database(database), m_open(true) {}
    QSqlDatabase m_database;
    bool m_open;
};

} // namespace unfog
