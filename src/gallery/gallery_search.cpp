#include <algorithm>

#include <QVariant>

#include "gallery/gallery_database.h"

// The part of the index that answers what is looked for.

namespace unfog {

namespace {

constexpr int kTrigram = 3; // shorter words have no trigram to look up

constexpr PictureId kMaxPictureId = 100'000'000;

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

struct Words {
    QString phrases;   ///< of the text index, joined; "" = none
    QStringList likes; ///< patterns for words too short for it
};

Words parseWords(const QString& text)
{
    Words words;
    QStringList phrases;
    for (const QString& word : wordsOf(text)) {
        if (word.toUcs4().size() >= kTrigram) {
            phrases.append(u'"' + QString(word).replace(u'"', QLatin1String("\"\"")) + u'"');
            continue;
        }
        QString escaped;
        for (const QChar letter : word) {
            if (letter == u'%' || letter == u'_' || letter == u'\\')
                escaped += u'\\';
            escaped += letter;
        }
        words.likes.append(u'%' + escaped + u'%');
    }
    words.phrases = phrases.join(QLatin1String(" AND "));
    return words;
}

/// Calls `take` with the first column of every row.
Result<void> forEachId(const QSqlDatabase& database, QSqlQuery& query,
                       const std::function<void(PictureId)>& take)
{
    if (auto asked = sqlRun(database, query); !asked)
        return asked;
    while (query.next())
        take(query.value(0).toLongLong());
    if (query.lastError().isValid())
        return tl::unexpected<Error>(sqlError(database, query.lastError()));
    return {};
}

qint64 askNumber(const QSqlDatabase& database, const QString& question)
{
    QSqlQuery query(database);
    return query.exec(question) && query.next() ? query.value(0).toLongLong() : -1;
}

} // namespace

/// Sorting is most of the work of a search with many answers: the order of all is read once and kept until
/// somebody changes the file.
Result<void> GalleryDatabase::refreshOrder() const
{
    const QSqlDatabase database = m_connection.database();
    const std::pair state(askNumber(database, QStringLiteral("PRAGMA data_version")),     // others' changes
                          askNumber(database, QStringLiteral("SELECT total_changes()"))); // our own
    if (state == m_order.state)
        return {};
    QSqlQuery query(database);
    query.setForwardOnly(true);
    query.prepare(QStringLiteral("SELECT id, stars FROM pictures ORDER BY created DESC, id DESC"));
    Order order;
    auto read = forEachId(database, query, [&](PictureId id) {
        order.ids.push_back(id);
        order.stars.push_back(static_cast<std::int8_t>(query.value(1).toInt()));
        order.highestId = std::max(order.highestId, id);
    });
    if (!read)
        return read;
    // Ids count up by one: a damaged page that says otherwise would ask for all memory below.
    if (order.highestId > kMaxPictureId)
        return fail(ErrorKind::BadFile, kIndexErrorBegin + database.databaseName().toStdString() +
                                            ": an image has the number " + std::to_string(order.highestId) +
                                            ".");
    order.state = state;
    m_order = std::move(order);
    return {};
}

Result<std::vector<PictureId>> GalleryDatabase::find(const GalleryFilter& filter) const
{
    if (auto fresh = refreshOrder(); !fresh)
        return tl::unexpected<Error>(fresh.error());
    const QSqlDatabase database = m_connection.database();
    const Words words = parseWords(filter.text);
    const std::size_t conditions =
        static_cast<std::size_t>(words.likes.size()) + (words.phrases.isEmpty() ? 0 : 1);

    // How many of the conditions each picture meets; ids are given in sequence, so a plain list finds them.
    std::vector<std::uint16_t> met(conditions > 0 ? static_cast<std::size_t>(m_order.highestId) + 1 : 0);
    const auto mark = [&](QSqlQuery& query) {
        query.setForwardOnly(true);
        return forEachId(database, query, [&](PictureId id) {
            if (id >= 0 && id <= m_order.highestId)
                ++met[static_cast<std::size_t>(id)];
        });
    };
    if (!words.phrases.isEmpty()) {
        QSqlQuery query(database);
        query.prepare(QStringLiteral("SELECT rowid FROM picture_text WHERE picture_text MATCH ?"));
        query.addBindValue(words.phrases);
        if (auto marked = mark(query); !marked)
            return tl::unexpected<Error>(marked.error());
    }
    for (const QString& like : words.likes) {
        QSqlQuery query(database);
        query.prepare(QStringLiteral("SELECT id FROM picture_search WHERE text LIKE ? ESCAPE '\\'"));
        query.addBindValue(like);
        if (auto marked = mark(query); !marked)
            return tl::unexpected<Error>(marked.error());
    }

    std::vector<PictureId> ids;
    for (std::size_t i = 0; i < m_order.ids.size(); ++i) {
        const PictureId id = m_order.ids[i];
        if (m_order.stars[i] >= filter.minStars &&
            (conditions == 0 || met[static_cast<std::size_t>(id)] == conditions))
            ids.push_back(id);
    }
    return ids;
}

bool GalleryDatabase::matches(PictureId id, const GalleryFilter& filter) const
{
    const Words words = parseWords(filter.text);
    QString question = QStringLiteral("SELECT 1 FROM pictures WHERE id = ? AND stars >= ?");
    // The text index is entered at this row; a list of all rows that match would be made for nothing.
    if (!words.phrases.isEmpty())
        question += QLatin1String(
            " AND EXISTS (SELECT 1 FROM picture_text WHERE rowid = pictures.id AND picture_text MATCH ?)");
    for (qsizetype i = 0; i < words.likes.size(); ++i)
        question +=
            QLatin1String(" AND (SELECT text FROM picture_search WHERE id = pictures.id) LIKE ? ESCAPE '\\'");
    QSqlQuery query(m_connection.database());
    query.prepare(question);
    query.addBindValue(id);
    query.addBindValue(filter.minStars);
    if (!words.phrases.isEmpty())
        query.addBindValue(words.phrases);
    for (const QString& like : words.likes)
        query.addBindValue(like);
    return query.exec() && query.next();
}

} // namespace unfog
