#include <QDir>
#include <QFile>
#include <QProcess>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

#include "gallery/gallery_database.h"
#include "gallery/gallery_schema.h"

using namespace unfog;

namespace {

void writeBytes(const QString& name, const QByteArray& bytes)
{
    QFile file(name);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        qFatal("the test file could not be written");
}

QByteArray readBytes(const QString& name)
{
    QFile file(name);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

GalleryEntry entryOf(const QString& folder, int number)
{
    GalleryEntry entry;
    entry.file = folder + QStringLiteral("/%1.png").arg(number);
    entry.created = QDateTime::fromMSecsSinceEpoch(1'700'000'000'000LL + number, Qt::UTC);
    entry.prompt = QStringLiteral("fox number %1").arg(number);
    entry.contentHash = QString::number(number);
    return entry;
}

/// A file of version 1, as the first program wrote it, with one row.
void writeVersion1(const QString& file)
{
    QFile script(QStringLiteral(":/unfog/gallery/schema/001-pictures.sql"));
    newestGallerySchema(); // makes the scripts known to Qt
    if (!script.open(QIODevice::ReadOnly))
        qFatal("no script");
    const auto connection = SqlConnection::open(file, false);
    for (const QString& statement : QString::fromUtf8(script.readAll()).split(QLatin1String(";\n"))) {
        if (!statement.trimmed().isEmpty() && !sqlRun(connection->database(), statement))
            qFatal("the first script failed");
    }
    const auto inserted =
        sqlRun(connection->database(),
               QStringLiteral(
                   "INSERT INTO pictures (file, created, width_px, height_px, stars, content_hash, prompt, "
                   "negative_prompt, model, scheduler, seed, steps, guidance_scale, parameters, record_json) "
                   "VALUES ('a.png', 1, 8, 8, 4, 'h', 'an old Fox', '', '', '', '18446744073709551615', 4, "
                   "7.5, '', '')"));
    if (!inserted || !sqlRun(connection->database(), QStringLiteral("PRAGMA user_version = 1")))
        qFatal("version 1 could not be written");
}

} // namespace

class TestGallerySchema final : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_file;

    QStringList filesLike(const QString& pattern) const
    {
        return QDir(m_folder->path()).entryList({pattern}, QDir::Files, QDir::Name);
    }

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_file = m_folder->filePath(QStringLiteral("gallery.db"));
    }

    void aNewFileIsMadeOnce()
    {
        QCOMPARE(*inspectIndex(m_file), IndexState::Absent);
        const auto first = prepareIndex(m_file);
        QVERIFY(first && first->isNew && first->notice.isEmpty());
        QCOMPARE(*inspectIndex(m_file), IndexState::Ready);
        const auto second = prepareIndex(m_file);
        QVERIFY(second && !second->isNew);
    }

    void itWritesAheadAndKeepsForeignKeys()
    {
        QVERIFY(prepareIndex(m_file));
        const auto connection = SqlConnection::open(m_file, false);
        const auto ask = [&](const char* pragma) {
            QSqlQuery query(connection->database());
            query.exec(QLatin1String(pragma));
            query.next();
            return query.value(0).toString();
        };
        QCOMPARE(ask("PRAGMA journal_mode"), QStringLiteral("wal"));
        QCOMPARE(ask("PRAGMA foreign_keys"), QStringLiteral("1"));
        QCOMPARE(ask("PRAGMA busy_timeout"), QStringLiteral("5000"));
    }

    void garbageIsMovedAsideAndKept_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("five bytes") << QByteArray("hello");
        QTest::newRow("a page of text") << QByteArray(8192, 'x');
        QTest::newRow("a right heading only")
            << QByteArray("SQLite format 3\0", 16) + QByteArray(4080, '\xFF');
    }

    void garbageIsMovedAsideAndKept()
    {
        QFETCH(QByteArray, bytes);
        writeBytes(m_file, bytes);
        const auto prepared = prepareIndex(m_file);
        QVERIFY2(prepared, prepared ? "" : prepared.error().message.c_str());
        QVERIFY(prepared->isNew);
        QVERIFY(!prepared->notice.isEmpty());
        const QStringList aside = filesLike(QStringLiteral("gallery.db.corrupt-*"));
        QCOMPARE(aside.size(), 1);
        QCOMPARE(readBytes(m_folder->filePath(aside.first())), bytes);
        QCOMPARE(*inspectIndex(m_file), IndexState::Ready);
    }

    void aDatabaseOfAnotherProgramIsMovedAsideToo()
    {
        {
            const auto connection = SqlConnection::open(m_file, false);
            QVERIFY(sqlRun(connection->database(), QStringLiteral("CREATE TABLE notes (text TEXT)")));
        }
        QCOMPARE(*inspectIndex(m_file), IndexState::Garbage);
    }

    void anEmptyFileIsFilled()
    {
        writeBytes(m_file, {});
        const auto prepared = prepareIndex(m_file);
        QVERIFY(prepared && prepared->isNew);
        QVERIFY(filesLike(QStringLiteral("*.corrupt-*")).isEmpty());
    }

    void flippedBytesNeverCrash()
    {
        QVERIFY(prepareIndex(m_file));
        {
            auto database = GalleryDatabase::open(m_file, m_folder->path());
            QList<GalleryEntry> entries;
            for (int i = 0; i < 200; ++i)
                entries.append(entryOf(m_folder->path(), i));
            QVERIFY((*database)->put(entries));
        }
        const QByteArray whole = readBytes(m_file);
        QRandomGenerator random(1);
        for (int round = 0; round < 200; ++round) {
            QByteArray broken = whole;
            const auto at = random.bounded(static_cast<quint32>(broken.size()));
            broken[at] = static_cast<char>(broken[at] ^ (1 << random.bounded(8)));
            const QString copy = m_folder->filePath(QStringLiteral("broken.db"));
            for (const char* tail : {"", "-wal", "-shm"})
                QFile::remove(copy + QLatin1String(tail));
            writeBytes(copy, broken);
            const auto prepared = prepareIndex(copy);
            if (!prepared)
                continue; // refused with a reason, e.g. a version number that is now above ours
            const auto database = GalleryDatabase::open(copy, m_folder->path());
            if (!database)
                continue;
            static_cast<void>((*database)->find({}));
            static_cast<void>((*database)->find({QStringLiteral("number"), 0}));
            static_cast<void>((*database)->knownFiles());
            static_cast<void>((*database)->complaint());
        }
    }

    void aNewerVersionIsRefusedAndLeftAlone()
    {
        QVERIFY(prepareIndex(m_file));
        {
            const auto connection = SqlConnection::open(m_file, false);
            QVERIFY(sqlRun(connection->database(), QStringLiteral("PRAGMA user_version = 999")));
        }
        const QByteArray before = readBytes(m_file);
        const auto prepared = prepareIndex(m_file);
        QVERIFY(!prepared);
        QCOMPARE(prepared.error().kind, ErrorKind::Unsupported);
        QCOMPARE(readBytes(m_file), before);
    }

    void anOlderVersionIsBackedUpAndMigrated()
    {
        writeVersion1(m_file);
        QCOMPARE(*inspectIndex(m_file), IndexState::Older);
        const auto prepared = prepareIndex(m_file);
        QVERIFY2(prepared, prepared ? "" : prepared.error().message.c_str());
        QVERIFY(prepared->isNew);
        QCOMPARE(filesLike(QStringLiteral("gallery.db.backup-v1")).size(), 1);
        QCOMPARE(*inspectIndex(m_folder->filePath(QStringLiteral("gallery.db.backup-v1"))),
                 IndexState::Older);
        const auto database = GalleryDatabase::open(m_file, m_folder->path());
        const auto ids = (*database)->find({QStringLiteral("FOX"), 4});
        QCOMPARE(ids->size(), std::size_t(1));
        QCOMPARE((*database)->fetch({ids->front()})->first().seed, 0xFFFF'FFFF'FFFF'FFFFULL);
        QCOMPARE((*database)->complaint(), QString());
    }

    void aMigrationThatFailsAnywhereLeavesTheOldFile()
    {
        int statements = 0;
        {
            writeVersion1(m_file);
            QVERIFY(prepareIndex(m_file, [&statements](int at) {
                statements = at + 1;
                return false;
            }));
        }
        QVERIFY(statements >= 6);
        for (int fault = 0; fault < statements; ++fault) {
            init();
            writeVersion1(m_file);
            QVERIFY(!prepareIndex(m_file, [fault](int at) { return at == fault; }));
            QCOMPARE(*inspectIndex(m_file), IndexState::Older);
            const auto again = prepareIndex(m_file);
            QVERIFY2(again, again ? "" : again.error().message.c_str());
            QCOMPARE(*inspectIndex(m_file), IndexState::Ready);
        }
    }

    void creationThatFailsAnywhereIsDoneTheNextTime()
    {
        for (int fault = 0; fault < 5; ++fault) {
            init();
            QVERIFY(!prepareIndex(m_file, [fault](int at) { return at == fault; }));
            QCOMPARE(*inspectIndex(m_file), IndexState::Absent);
            QVERIFY(prepareIndex(m_file));
        }
    }
};

QTEST_GUILESS_MAIN(TestGallerySchema)
#include "test_gallery_schema.moc"
