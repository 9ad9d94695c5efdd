#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QRandomGenerator>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

#include "gallery/gallery_database.h"
#include "gallery/gallery_schema.h"
#include "gallery/gallery_store.h"
#include "gallery/picture_file.h"
#include "gallery/picture_trash.h"
#include "studio_support/sample_pictures.h"

using namespace unfog;
using namespace unfog::test;

class TestGalleryStore final : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<GalleryStore> m_store;
    std::unique_ptr<QSignalSpy> m_failed;

    QString pictures() const { return m_folder->filePath(QStringLiteral("Pictures/Unfog")); }
    QString databaseFile() const { return m_folder->filePath(QStringLiteral("data/gallery.db")); }
    QString path(const QString& name) const { return pictures() + u'/' + name; }

    void write(const QString& name, const QString& prompt, quint64 seed = 1)
    {
        writeSamplePicture(path(name).toStdString(), prompt.toStdString(), seed);
    }

    void open()
    {
        auto store = GalleryStore::open(pictures(), databaseFile());
        QVERIFY2(store, store ? "" : store.error().message.c_str());
        m_store = std::move(*store);
        m_failed = std::make_unique<QSignalSpy>(m_store.get(), &GalleryStore::failed);
    }

    /// Opens and waits for the filling of a new index.
    void openNew()
    {
        open();
        QSignalSpy ended(m_store.get(), &GalleryStore::scanEnded);
        QVERIFY(ended.wait(20000));
    }

    void scan(void (GalleryStore::*how)())
    {
        QSignalSpy ended(m_store.get(), &GalleryStore::scanEnded);
        (m_store.get()->*how)();
        QVERIFY(ended.wait(20000));
    }

    QStringList prompts(const GalleryFilter& filter = {}) const
    {
        QStringList list;
        const auto ids = m_store->find(filter);
        for (const GalleryEntry& entry : m_store->fetch(QList<PictureId>(ids.begin(), ids.end())))
            list.append(entry.prompt);
        list.sort();
        return list;
    }

    QList<GalleryEntry> everything() const
    {
        const auto ids = m_store->find({});
        QList<GalleryEntry> entries = m_store->fetch(QList<PictureId>(ids.begin(), ids.end()));
        std::sort(entries.begin(), entries.end(),
                  [](const GalleryEntry& a, const GalleryEntry& b) { return a.file < b.file; });
        for (GalleryEntry& entry : entries)
            entry.id = 0;
        return entries;
    }

    static QStringList ratings(const QList<GalleryEntry>& entries)
    {
        QStringList list;
        for (const GalleryEntry& entry : entries)
            list << QStringLiteral("%1 %2 %3 %4")
                        .arg(entry.file, entry.contentHash, QString::number(entry.stars),
                             QString::number(entry.missing));
        return list;
    }

    PictureId idOf(const QString& prompt) const { return m_store->find({prompt, 0}).front(); }

private Q_SLOTS:
    void initTestCase()
    {
        // The trash of the test, not of whoever runs it.
        static QTemporaryDir home;
        QVERIFY(QDir(home.path()).mkpath(QStringLiteral("share")));
        qputenv("XDG_DATA_HOME", home.filePath(QStringLiteral("share")).toUtf8());
    }

    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        QDir().mkpath(pictures());
    }

    void cleanup()
    {
        m_store.reset();
        m_folder.reset();
    }

    void theDefaultFolderIsPlainAndVisible()
    {
        QVERIFY(defaultGalleryFolder().endsWith(QLatin1String("/Unfog")));
        QVERIFY(!defaultGalleryFolder().contains(QLatin1String("/.")));
    }

    void aNewIndexFindsThePicturesThatAreThere()
    {
        write(QStringLiteral("2024-01-01/a.png"), QStringLiteral("fox"));
        write(QStringLiteral("b.png"), QStringLiteral("owl"));
        write(QStringLiteral(".thumbnails/c.png"), QStringLiteral("hidden folder"));
        openNew();
        QCOMPARE(prompts(), (QStringList{"fox", "owl"}));
        QCOMPARE(m_failed->count(), 0);
    }

    void anAddedPictureIsThereAtOnce()
    {
        openNew();
        QSignalSpy added(m_store.get(), &GalleryStore::added);
        write(QStringLiteral("a.png"), QStringLiteral("fox"), 77);
        m_store->add(path(QStringLiteral("a.png")));
        QVERIFY(added.wait(10000));
        const auto ids = added.first().first().value<QList<PictureId>>();
        const auto details = m_store->details(ids.first());
        QCOMPARE(details->request->output.seed, std::uint64_t(77));
        QCOMPARE(details->entry.file, path(QStringLiteral("a.png")));
        QVERIFY(!m_store->details(999));
    }

    void aFileThatCannotBeAddedIsTold()
    {
        openNew();
        m_store->add(path(QStringLiteral("absent.png")));
        QVERIFY(m_failed->wait(10000));
    }

    void searchOnAnotherThreadAnswersTheNewestOnly()
    {
        write(QStringLiteral("a.png"), QStringLiteral("fox"));
        write(QStringLiteral("b.png"), QStringLiteral("owl"));
        openNew();
        QSignalSpy found(m_store.get(), &GalleryStore::found);
        quint64 newest = 0;
        for (const char* text : {"x", "fo", "fox", "owl"})
            newest = m_store->findLater({QLatin1String(text), 0});
        QVERIFY(QTest::qWaitFor(
            [&] { return !found.isEmpty() && found.last().first().toULongLong() == newest; }, 10000));
        QCOMPARE(found.last().at(1).value<std::vector<PictureId>>(),
                 m_store->find({QStringLiteral("owl"), 0}));
    }

    void starsAreInTheIndexAndBesideThePicture()
    {
        write(QStringLiteral("a.png"), QStringLiteral("fox"));
        openNew();
        QSignalSpy changed(m_store.get(), &GalleryStore::changed);
        m_store->setStars({idOf(QStringLiteral("fox"))}, 4);
        QVERIFY(changed.wait(10000));
        QCOMPARE(prompts({{}, 4}), QStringList{"fox"});
        QCOMPARE(readStars(path(QStringLiteral("a.png"))), 4);
    }

    void rebuildingFromNothingGivesTheSameIndex()
    {
        write(QStringLiteral("2024-01-01/a.png"), QStringLiteral("fox"), 1);
        write(QStringLiteral("2024-01-02/b.png"), QStringLiteral("owl"), 2);
        openNew();
        m_store->setStars({idOf(QStringLiteral("owl"))}, 5);
        m_store->drain();
        const QList<GalleryEntry> before = everything();
        QCOMPARE(before.size(), 2);

        scan(&GalleryStore::rebuild);
        QCOMPARE(everything(), before);

        m_store.reset();
        for (const char* tail : {"", "-wal", "-shm"})
            QFile::remove(databaseFile() + QLatin1String(tail));
        openNew();
        QCOMPARE(everything(), before);
    }

    void garbageIsReplacedAndFilledAgain()
    {
        write(QStringLiteral("a.png"), QStringLiteral("fox"));
        openNew();
        m_store.reset();
        QFile file(databaseFile());
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        file.write(QByteArray(5000, 'g'));
        file.close();
        openNew();
        QVERIFY(m_store->notice().contains(QLatin1String("corrupt")));
        QCOMPARE(prompts(), QStringList{"fox"});
    }

    void rebuildReplacesAnIndexThatIsDamagedInside()
    {
        for (int i = 0; i < 40; ++i)
            write(QStringLiteral("%1.png").arg(i), QStringLiteral("fox %1").arg(i));
        openNew();
        m_store.reset();
        {
            const auto connection = SqlConnection::open(databaseFile(), false);
            QVERIFY(sqlRun(connection->database(), QStringLiteral("PRAGMA wal_checkpoint(TRUNCATE)")));
            // An index entry too few: found by the integrity check only.
            QVERIFY(sqlRun(connection->database(), QStringLiteral("PRAGMA writable_schema = ON")));
            QVERIFY(
                sqlRun(connection->database(),
                       QStringLiteral("UPDATE sqlite_master SET sql = replace(sql, 'created DESC, id DESC', "
                                      "'steps, id DESC') WHERE name = 'pictures_newest'")));
        }
        open();
        QSignalSpy reset(m_store.get(), &GalleryStore::reset);
        scan(&GalleryStore::rebuild);
        QCOMPARE(reset.count(), 1);
        QCOMPARE(m_store->count(), 40);
        QCOMPARE(QDir(m_folder->filePath(QStringLiteral("data")))
                     .entryList({QStringLiteral("*.corrupt-*")})
                     .isEmpty(),
                 false);
    }

    void anIndexDamagedAnywhereOpensAndLosesNothing_data()
    {
        QTest::addColumn<int>("page"); // zeroed or filled; −1 = random bytes at a random place instead
        QTest::addColumn<quint32>("seed");
        for (int page = 0; page < 24; ++page)
            QTest::addRow("page %d", page) << page << quint32(page);
        for (quint32 seed = 0; seed < 40; ++seed)
            QTest::addRow("seed %u", seed) << -1 << seed;
    }

    void anIndexDamagedAnywhereOpensAndLosesNothing()
    {
        QFETCH(int, page);
        QFETCH(quint32, seed);
        for (int i = 0; i < 12; ++i)
            write(QStringLiteral("%1.png").arg(i), QStringLiteral("fox %1").arg(i), static_cast<quint64>(i));
        openNew();
        for (const auto id : m_store->find({}))
            m_store->setStars({id}, static_cast<int>(id % 6));
        m_store->drain();
        const QList<GalleryEntry> before = everything();
        m_store.reset();

        QFile file(databaseFile());
        QVERIFY(file.open(QIODevice::ReadWrite));
        constexpr int kPage = 4096;
        QRandomGenerator random(seed);
        const qint64 pages = file.size() / kPage;
        if (page >= pages)
            return; // an index of fewer pages
        QByteArray bytes(page < 0 ? 16 : kPage, '\0');
        if (page < 0 || seed % 2 == 1) {
            for (char& byte : bytes)
                byte = static_cast<char>(random.generate());
        }
        QVERIFY(file.seek(page < 0 ? random.bounded(static_cast<quint32>(file.size() - 16)) : page * kPage));
        file.write(bytes);
        file.close();
        QFile log(databaseFile() + QLatin1String("-wal")); // as after a crash
        QVERIFY(log.open(QIODevice::WriteOnly));
        log.close();

        open();
        const auto isHealed = [&] {
            m_store->drain();
            return !m_store->isScanning() && ratings(everything()) == ratings(before) &&
                   m_store->find({QStringLiteral("fox"), 0}).size() == 12;
        };
        QVERIFY2(QTest::qWaitFor(isHealed, 10000), qPrintable(m_store->notice()));
    }

    void anIndexOfImpossibleNumbersIsMadeAnew()
    {
        write(QStringLiteral("a.png"), QStringLiteral("fox"));
        openNew();
        m_store.reset();
        {
            const auto connection = SqlConnection::open(databaseFile(), false);
            QVERIFY(sqlRun(connection->database(), QStringLiteral("PRAGMA foreign_keys = OFF")));
            QVERIFY(sqlRun(connection->database(),
                           QStringLiteral("UPDATE pictures SET id = 9223372036854775806")));
        }
        open();
        m_store->find({QStringLiteral("fox"), 0});
        QVERIFY(QTest::qWaitFor(
            [&] {
                return m_store->find({QStringLiteral("fox"), 0}).size() == 1;
            },
            10000));
    }

    void aNewerIndexIsRefused()
    {
        QVERIFY(prepareIndex(databaseFile()));
        {
            const auto connection = SqlConnection::open(databaseFile(), false);
            QVERIFY(sqlRun(connection->database(), QStringLiteral("PRAGMA user_version = 999")));
        }
        const auto store = GalleryStore::open(pictures(), databaseFile());
        QVERIFY(!store);
        QCOMPARE(store.error().kind, ErrorKind::Unsupported);
    }

    void missingIsAFlagAndMovedFilesAreFoundAgain()
    {
        write(QStringLiteral("a.png"), QStringLiteral("fox"), 1);
        write(QStringLiteral("b.png"), QStringLiteral("owl"), 2);
        openNew();
        const PictureId fox = idOf(QStringLiteral("fox"));
        const PictureId owl = idOf(QStringLiteral("owl"));
        QVERIFY(QDir().mkpath(path(QStringLiteral("sorted"))));
        QVERIFY(QFile::rename(path(QStringLiteral("a.png")), path(QStringLiteral("sorted/fox.png"))));
        QVERIFY(QFile::remove(path(QStringLiteral("b.png"))));
        scan(&GalleryStore::rescan);
        QCOMPARE(m_store->details(fox)->entry.file, path(QStringLiteral("sorted/fox.png")));
        QVERIFY(!m_store->details(fox)->entry.missing);
        QVERIFY(m_store->details(owl)->entry.missing);
        QCOMPARE(m_store->count(), 2);

        write(QStringLiteral("b.png"), QStringLiteral("owl"), 2);
        scan(&GalleryStore::rescan);
        QVERIFY(!m_store->details(owl)->entry.missing);
        QCOMPARE(m_store->count(), 2);
    }

    void unreadableFilesAreToldOnceAndTheRestIsThere()
    {
        write(QStringLiteral("a.png"), QStringLiteral("fox"));
        for (const char* name : {"bad1.png", "bad2.png"}) {
            QFile bad(path(QLatin1String(name)));
            QVERIFY(bad.open(QIODevice::WriteOnly));
            bad.write("no picture");
        }
        openNew();
        QCOMPARE(prompts(), QStringList{"fox"});
        QCOMPARE(m_failed->count(), 1);
        QVERIFY(m_failed->first().first().toString().contains(QLatin1String("bad1.png")));
    }

    void aScanCanBeCancelled()
    {
        for (int i = 0; i < 30; ++i)
            write(QStringLiteral("%1.png").arg(i), QStringLiteral("fox"));
        open();
        QSignalSpy ended(m_store.get(), &GalleryStore::scanEnded);
        m_store->rescan();
        m_store->cancelScan();
        QVERIFY(ended.wait(10000));
        QVERIFY(ended.first().at(2).toBool());
        QVERIFY(!m_store->isScanning());
        scan(&GalleryStore::rescan);
        QCOMPARE(m_store->count(), 30);
    }

    void trashAndUndo()
    {
        write(QStringLiteral("a.png"), QStringLiteral("fox"));
        openNew();
        m_store->setStars({idOf(QStringLiteral("fox"))}, 3);
        m_store->drain();
        const QList<GalleryEntry> before = everything();
        QSignalSpy trashed(m_store.get(), &GalleryStore::trashed);
        QSignalSpy removed(m_store.get(), &GalleryStore::removed);
        m_store->trash({idOf(QStringLiteral("fox"))});
        QVERIFY(trashed.wait(10000));
        QCOMPARE(removed.count(), 1);
        QVERIFY(!QFile::exists(path(QStringLiteral("a.png"))));
        QVERIFY(!QFile::exists(path(QStringLiteral("a.png.xmp"))));
        QCOMPARE(m_store->count(), 0);
        const auto pictures = trashed.first().first().value<QList<TrashedPicture>>();
        QVERIFY(QFile::exists(pictures.first().trashFile));

        QSignalSpy restored(m_store.get(), &GalleryStore::restored);
        m_store->restore(pictures);
        QVERIFY(restored.wait(10000));
        QCOMPARE(everything(), before);
        QVERIFY(!QFile::exists(pictures.first().trashFile));
    }

    void withoutATrashOfTheSystemThereIsOneOfOurOwn_data()
    {
        QTest::addColumn<QString>("inTheWay"); // a file, which stops a super-user too
        QTest::newRow("no data folder") << QStringLiteral("share");
        QTest::newRow("no trash in it") << QStringLiteral("share/Trash");
        QTest::newRow("no folder for files") << QStringLiteral("share/Trash/files");
        QTest::newRow("no folder for notes") << QStringLiteral("share/Trash/info");
    }

    void withoutATrashOfTheSystemThereIsOneOfOurOwn()
    {
        QFETCH(QString, inTheWay);
        const QByteArray usual = qgetenv("XDG_DATA_HOME");
        const QString work = m_folder->filePath(QStringLiteral("work"));
        const QString before = QDir::currentPath();
        QVERIFY(QDir().mkpath(work) && QDir::setCurrent(work));
        const QString blocker = m_folder->filePath(inTheWay);
        QVERIFY(QDir().mkpath(QFileInfo(blocker).path()));
        QFile file(blocker);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.close();
        qputenv("XDG_DATA_HOME", m_folder->filePath(QStringLiteral("share")).toUtf8());

        write(QStringLiteral("a.png"), QStringLiteral("fox"));
        openNew();
        m_store->setStars({idOf(QStringLiteral("fox"))}, 3);
        m_store->drain();
        const QList<GalleryEntry> all = everything();
        QSignalSpy trashed(m_store.get(), &GalleryStore::trashed);
        m_store->trash({idOf(QStringLiteral("fox"))});
        QVERIFY(trashed.wait(10000));
        qputenv("XDG_DATA_HOME", usual);
        QVERIFY(QDir::setCurrent(before));

        QVERIFY(QDir(work).isEmpty());
        const auto pictures = trashed.first().first().value<QList<TrashedPicture>>();
        QCOMPARE(pictures.size(), 1);
        QCOMPARE(pictures.first().ownTrash, path(QStringLiteral(".trash")));
        QVERIFY(QFile::exists(path(QStringLiteral(".trash/files/a.png"))));
        QVERIFY(QFile::exists(path(QStringLiteral(".trash/files/a.png.xmp"))));
        QVERIFY(!QFile::exists(path(QStringLiteral("a.png"))));
        scan(&GalleryStore::rescan);
        QCOMPARE(m_store->count(), 0); // no scan looks into it

        QSignalSpy restored(m_store.get(), &GalleryStore::restored);
        m_store->restore(pictures);
        QVERIFY(restored.wait(10000));
        QCOMPARE(everything(), all);
        QVERIFY(QDir(path(QStringLiteral(".trash/info"))).isEmpty(QDir::Files | QDir::Hidden));
    }

    void theHomeTrashIsMadeWhereItIsMissing()
    {
        const QByteArray usual = qgetenv("XDG_DATA_HOME");
        const QString data = m_folder->filePath(QStringLiteral("not/there/yet"));
        qputenv("XDG_DATA_HOME", data.toUtf8());
        write(QStringLiteral("a.png"), QStringLiteral("fox"));
        openNew();
        QSignalSpy trashed(m_store.get(), &GalleryStore::trashed);
        m_store->trash({idOf(QStringLiteral("fox"))});
        QVERIFY(trashed.wait(10000));
        qputenv("XDG_DATA_HOME", usual);
        const auto pictures = trashed.first().first().value<QList<TrashedPicture>>();
        QVERIFY(QDir(data + QLatin1String("/Trash/files")).exists());
        QVERIFY(QFile::exists(pictures.first().trashFile));
        QVERIFY(pictures.first().trashFile.contains(QLatin1String("rash")));
    }

    void theOwnTrashIsKeptForThirtyDays_data()
    {
        QTest::addColumn<int>("days");
        QTest::addColumn<bool>("isKept");
        QTest::newRow("fresh") << 0 << true;
        QTest::newRow("thirty days") << 30 << true;
        QTest::newRow("longer") << 31 << false;
        QTest::newRow("from the future") << -400 << true;
    }

    void theOwnTrashIsKeptForThirtyDays()
    {
        QFETCH(int, days);
        QFETCH(bool, isKept);
        const QDateTime now(QDate(2026, 3, 1), QTime(12, 0));
        for (const QString& name : {QStringLiteral("a.png"), QStringLiteral("a.png.xmp")}) {
            for (const QString& file : {path(QStringLiteral(".trash/files/")) + name,
                                        path(QStringLiteral(".trash/info/%1.trashinfo")).arg(name)}) {
                QVERIFY(QDir().mkpath(QFileInfo(file).path()));
                QFile out(file);
                QVERIFY(out.open(QIODevice::WriteOnly));
                out.write("[Trash Info]\nPath=/x\nDeletionDate=" +
                          now.addDays(-days).toString(Qt::ISODate).toUtf8() + "\n");
            }
        }
        removeOldTrash(pictures(), now);
        for (const char* part : {"files", "info"})
            QCOMPARE(
                QDir(path(QStringLiteral(".trash/") + QLatin1String(part))).entryList(QDir::Files).size(),
                isKept ? 2 : 0);
    }

    void undoWorksAfterARestart()
    {
        write(QStringLiteral("a.png"), QStringLiteral("fox"), 1);
        write(QStringLiteral("b.png"), QStringLiteral("owl"), 2);
        write(QStringLiteral("c.png"), QStringLiteral("elk"), ~quint64{0});
        openNew();
        m_store->setStars({idOf(QStringLiteral("fox"))}, 3);
        m_store->drain();
        QVERIFY(QFile::remove(path(QStringLiteral("c.png"))));
        scan(&GalleryStore::rescan);
        const QList<GalleryEntry> before = everything();
        for (const char* prompt : {"fox", "owl", "elk"})
            m_store->trash({idOf(QLatin1String(prompt))});
        m_store->drain();

        m_store.reset();
        open();
        QCOMPARE(m_store->count(), 0);
        QCOMPARE(m_store->trashedBefore().size(), 3);
        for (const QList<TrashedPicture>& move : m_store->trashedBefore())
            m_store->restore(move);
        m_store->drain();
        QCOMPARE(everything(), before);
        m_store.reset();
        open();
        QVERIFY(m_store->trashedBefore().isEmpty());
    }

    void aDamagedListOfTheTrashIsSetAside()
    {
        openNew();
        m_store.reset();
        QFile file(m_folder->filePath(QStringLiteral("data/trash.json")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray(200000, '['));
        file.close();
        open();
        QVERIFY(m_store->notice().contains(QLatin1String("trash.json.bad")));
        QVERIFY(QFile::exists(file.fileName() + QLatin1String(".bad")));
    }

    void whatCannotBeBroughtBackStaysInHand()
    {
        write(QStringLiteral("sub/a.png"), QStringLiteral("fox"));
        write(QStringLiteral("b.png"), QStringLiteral("owl"), 2);
        openNew();
        QSignalSpy trashed(m_store.get(), &GalleryStore::trashed);
        m_store->trash({idOf(QStringLiteral("fox")), idOf(QStringLiteral("owl"))});
        QVERIFY(trashed.wait(10000));
        const auto pictures = trashed.first().first().value<QList<TrashedPicture>>();
        QVERIFY(QDir(path(QStringLiteral("sub"))).removeRecursively());
        QFile inTheWay(path(QStringLiteral("sub")));
        QVERIFY(inTheWay.open(QIODevice::WriteOnly));
        inTheWay.close();

        QSignalSpy restored(m_store.get(), &GalleryStore::restored);
        m_store->restore(pictures);
        QVERIFY(restored.wait(10000));
        QCOMPARE(restored.first().first().value<QList<PictureId>>().size(), 1);
        const auto left = restored.first().at(1).value<QList<TrashedPicture>>();
        QCOMPARE(left.size(), 1);
        QCOMPARE(left.first().entry.prompt, QStringLiteral("fox"));
        QVERIFY(inTheWay.remove());
        m_store->restore(left);
        QVERIFY(restored.wait(10000));
        QCOMPARE(prompts(), (QStringList{"fox", "owl"}));
        // Out of the trash for good: nobody can bring it back.
        m_store->restore(left);
        QVERIFY(restored.wait(10000));
        QVERIFY(restored.last().at(1).value<QList<TrashedPicture>>().isEmpty());
    }

    void undoDoesNotReplaceWhatTookTheName()
    {
        write(QStringLiteral("a.png"), QStringLiteral("fox"), 1);
        openNew();
        QSignalSpy trashed(m_store.get(), &GalleryStore::trashed);
        m_store->trash({idOf(QStringLiteral("fox"))});
        QVERIFY(trashed.wait(10000));
        write(QStringLiteral("a.png"), QStringLiteral("owl"), 2);
        m_store->add(path(QStringLiteral("a.png")));
        m_store->restore(trashed.first().first().value<QList<TrashedPicture>>());
        m_store->drain();
        QCOMPARE(prompts(), (QStringList{"fox", "owl"}));
        QCOMPARE(m_store->details(idOf(QStringLiteral("fox")))->entry.file, path(QStringLiteral("a-2.png")));
    }

    void aMissingPictureCanBeTakenOutOfTheIndex()
    {
        write(QStringLiteral("a.png"), QStringLiteral("fox"));
        openNew();
        QVERIFY(QFile::remove(path(QStringLiteral("a.png"))));
        scan(&GalleryStore::rescan);
        QSignalSpy trashed(m_store.get(), &GalleryStore::trashed);
        m_store->trash({idOf(QStringLiteral("fox"))});
        QVERIFY(trashed.wait(10000));
        QCOMPARE(m_store->count(), 0);
        m_store->restore(trashed.first().first().value<QList<TrashedPicture>>());
        m_store->drain();
        QVERIFY(m_store->details(idOf(QStringLiteral("fox")))->entry.missing);
    }

    void aKillAtAnyMomentLosesNothing()
    {
        for (int i = 0; i < 30; ++i)
            write(QStringLiteral("%1.png").arg(i), QStringLiteral("fox %1").arg(i));
        QVERIFY(prepareIndex(databaseFile()));
        for (int round = 0; round < 10; ++round) {
            int progress[2];
            QCOMPARE(::pipe(progress), 0);
            const pid_t child = ::fork();
            QVERIFY(child >= 0);
            if (child == 0) {
                // Writes until it is killed; each row is reported when its transaction is through.
                const auto database = GalleryDatabase::open(databaseFile(), pictures());
                for (int i = 0; database; i = (i + 1) % 30) {
                    const auto entry = readEntry(path(QStringLiteral("%1.png").arg(i)));
                    if (!entry || !(*database)->put({*entry}) || !(*database)->setStars({1}, i % 6) ||
                        ::write(progress[1], ".", 1) != 1)
                        break;
                }
                ::_exit(1);
            }
            ::close(progress[1]);
            char byte = 0;
            for (int i = 0; i <= round * 3; ++i)
                QCOMPARE(::read(progress[0], &byte, 1), ssize_t(1));
            ::kill(child, SIGKILL);
            int status = 0;
            ::waitpid(child, &status, 0);
            ::close(progress[0]);
            QVERIFY(WIFSIGNALED(status));

            const auto database = GalleryDatabase::open(databaseFile(), pictures());
            QVERIFY(database);
            QCOMPARE((*database)->complaint(), QString());
            QVERIFY(*(*database)->count() >= std::min(30, round * 3 + 1));
        }
        open();
        scan(&GalleryStore::rescan);
        QCOMPARE(m_store->count(), 30);
    }

    void twoStoresShareOneIndex()
    {
        write(QStringLiteral("a.png"), QStringLiteral("fox"));
        openNew();
        const auto second = GalleryStore::open(pictures(), databaseFile());
        QVERIFY(second);
        write(QStringLiteral("b.png"), QStringLiteral("owl"));
        (*second)->add(path(QStringLiteral("b.png")));
        (*second)->drain();
        QCOMPARE(prompts(), (QStringList{"fox", "owl"}));
    }

    void closingWhileItScansEndsCleanly()
    {
        for (int i = 0; i < 50; ++i)
            write(QStringLiteral("%1.png").arg(i), QStringLiteral("fox"));
        open();
        m_store->rescan();
        m_store.reset();
        open();
        scan(&GalleryStore::rescan);
        QCOMPARE(m_store->count(), 50);
    }
};

QTEST_GUILESS_MAIN(TestGalleryStore)
#include "test_gallery_store.moc"
